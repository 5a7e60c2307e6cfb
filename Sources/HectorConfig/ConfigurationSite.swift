import Glibc
import HectorCore
import HectorYAML

/// What paths in a configuration refer to: the folder that relative ones start from, and what exists.
package struct ConfigurationSite: Sendable {
    package enum Kind: Sendable {
        case file
        case folder
    }

    /// The absolute path of the configuration file's folder.
    package let folder: String
    /// The program of the built-in plugins: beside the running one, wherever it is. Nil where that cannot be told.
    let builtins: String?
    let exists: @Sendable (String, Kind) -> Bool
    private let read: @Sendable (String, Int) throws -> [UInt8]

    /// - Parameters:
    ///   - programs: The folder of the running program.
    ///   - read: Reads a file up to a number of bytes.
    package init(
        folder: String, programs: String? = folderOfThisProgram(),
        exists: @escaping @Sendable (String, Kind) -> Bool = ConfigurationSite.isOnDisk,
        read: @escaping @Sendable (String, Int) throws -> [UInt8] = ConfigurationSite.contents
    ) {
        self.folder = folder
        builtins = programs.map { "\($0)/\(Builtin.program)" }
        self.exists = exists
        self.read = read
    }

    /// The site of the file at `path`.
    package init(of path: String) {
        let parts = absolutePath(path).split(separator: "/").dropLast()
        self.init(folder: "/" + parts.joined(separator: "/"))
    }

    package static func isOnDisk(_ path: String, _ kind: Kind) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && (status.st_mode & S_IFMT == S_IFDIR) == (kind == .folder)
    }

    package static func contents(of path: String, upTo bytes: Int) throws -> [UInt8] {
        try HectorCore.contents(ofFile: path, upTo: bytes)
    }

    /// The absolute path that `cursor` holds; reports one where nothing is, unless the part is switched off.
    func existing(_ kind: Kind, _ cursor: Cursor) -> String? {
        guard let path = cursor.filePath(relativeTo: folder) else { return nil }
        guard !cursor.isUsed || exists(path, kind) else {
            cursor.fail("the \(kind == .file ? "file" : "directory") \(visible(path)) does not exist: correct the path")
            return nil
        }
        return path
    }

    /// The absolute paths of the folders in a list, and a remark on those that are not there.
    func folders(_ cursor: Cursor) -> (existing: [String], missing: Remark?) {
        var (existing, missing): ([String], [String]) = ([], [])
        for item in cursor.list() ?? [] {
            guard let path = item.filePath(relativeTo: folder) else { continue }
            if !item.isUsed || exists(path, .folder) {
                existing.append(path)
            } else if exists(path, .file) {
                item.fail("\(visible(path)) is a file: name its directory")
            } else {
                missing.append(visible(path))
            }
        }
        guard !missing.isEmpty else { return (existing, nil) }
        return (existing, Remark(origin: Origin(cursor), message: "skipped, because they do not exist: \(missing.joined(separator: ", "))"))
    }

    func hasFolder(_ path: String) -> Bool { exists(path, .folder) }

    /// The text of the file that `cursor` names, `bytes` long at most.
    func text(_ cursor: Cursor, upTo bytes: Int) -> String? {
        guard let path = existing(.file, cursor) else { return nil }
        do {
            let bytesRead = try read(path, bytes + 1)
            guard bytesRead.count <= bytes else {
                cursor.fail("\(visible(path)) is longer than \(bytes) bytes: shorten it")
                return nil
            }
            guard let text = String(validating: bytesRead, as: UTF8.self), !text.contains("\0") else {
                cursor.fail("\(visible(path)) is not UTF-8 text: save it as such")
                return nil
            }
            return text
        } catch {
            cursor.fail("\(visible(path)) cannot be read: \(singleLine("\(error)"))")
            return nil
        }
    }
}

extension Cursor {
    /// `state_directory`: a path, which need not exist, or `none`.
    func stateDirectory(_ site: ConfigurationSite) -> String? {
        guard let text = nonEmptyString() else { return nil }
        return text == "none" ? text : filePath(relativeTo: site.folder)
    }
}
