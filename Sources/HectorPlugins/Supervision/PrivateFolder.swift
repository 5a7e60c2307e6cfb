import Foundation
import Glibc
import Synchronization

/// A folder for this process alone, mode 0700: sockets and temporary files of its plugins.
package final class PrivateFolder: Sendable {
    package struct Failure: Error, Sendable, CustomStringConvertible {
        package let description: String
    }

    package let path: String
    /// Open and locked as long as the process lives: by that others know that the folder is in use.
    private let lock: CInt
    private let next = Mutex(0)

    private static let prefix = "hector-"
    /// `plugin` and a random number, by go-plugin, below a folder of ours `/NNNNNN`; Python's tempfile needs less.
    private static let longestPath = 107 - "/NNNNNN/plugin-0123456789".utf8.count

    /// Makes the folder below `XDG_RUNTIME_DIR` or `TMPDIR`, otherwise below /tmp, and removes what killed hosts left there.
    package init(environment: [String: String]) throws(Failure) {
        let candidates = [environment["XDG_RUNTIME_DIR"], environment["TMPDIR"], "/tmp"].compactMap(\.self)
        var reasons: [String] = []
        for base in candidates where base.hasPrefix("/") {
            // mkdtemp makes it with mode 0700 and a name that nobody could have prepared.
            var template = Array("\(base)/.\(Self.prefix)XXXXXX".utf8CString)
            guard base.utf8.count + Self.prefix.utf8.count + 8 <= Self.longestPath else {
                reasons.append("\(base): too long a path for a unix socket")
                continue
            }
            guard mkdtemp(&template) != nil else {
                reasons.append("\(base): \(String(cString: strerror(errno)))")
                continue
            }
            let hidden = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
            // Locked before it gets the name that others look for.
            let path = "\(base)/" + hidden.dropFirst(base.utf8.count + 2)
            let lock = open(hidden, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            guard lock >= 0, flock(lock, LOCK_EX | LOCK_NB) == 0, rename(hidden, path) == 0 else {
                reasons.append("\(base): \(String(cString: strerror(errno)))")
                if lock >= 0 { close(lock) }
                rmdir(hidden)
                continue
            }
            self.path = path
            self.lock = lock
            Self.removeAbandoned(in: base)
            return
        }
        throw Failure(description: "no private folder can be made (\(reasons.joined(separator: "; "))). Set TMPDIR to a short, writable folder")
    }

    /// Makes a folder for one plugin process.
    func make() throws(Failure) -> String {
        let number = next.withLock { next in
            next += 1
            return next
        }
        let folder = "\(path)/\(number)"
        guard mkdir(folder, 0o700) == 0 else {
            throw Failure(description: "the folder \(folder) cannot be made: \(String(cString: strerror(errno)))")
        }
        return folder
    }

    /// Removes the folder with everything in it. At the end of the process.
    package func remove() { Self.remove(path) }

    static func remove(_ folder: String) {
        // What is left belongs to nobody; should it fail, the next host tries again.
        try? FileManager.default.removeItem(atPath: folder)
    }

    deinit { close(lock) }

    private static func removeAbandoned(in base: String) {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: base)) ?? []
        for name in names where name.hasPrefix(prefix) && name.utf8.count == prefix.utf8.count + 6 {
            let path = "\(base)/\(name)"
            var status = stat()
            guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR, status.st_uid == geteuid(),
                status.st_mode & 0o777 == 0o700
            else { continue }
            let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
            guard descriptor >= 0 else { continue }
            defer { close(descriptor) }
            if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { remove(path) }
        }
    }
}
