import Glibc

/// A directory of mode 0700 that this process made, that others can tell to be in use, and that is proven to be ours when
/// it is removed, by us or by a later process.
///
/// The proof is a marker file inside that names the directory's own inode. It is written while this process holds the
/// lock (flock(2)) on the directory, and believed only by a process that holds it: then the process that wrote it is gone. A name
/// and a mode prove nothing: any user's `mktemp -d` makes the same.
final class OwnedDirectory: Sendable {
    struct Failure: Error {
        let number: CInt
        var description: String { String(cString: strerror(number)) }
    }

    let path: String
    /// Open, and locked, as long as this value lives. systemd-tmpfiles passes over what is locked like this.
    private let descriptor: CInt

    static let prefix = "hector-"
    static let marker = ".hector-runtime"
    private static let randomCharacters = 6
    /// Bytes that the name adds to the path of the base, the slash and the dot of a hidden one included.
    static let nameBytes = prefix.utf8.count + randomCharacters + 2

    init(in base: String) throws(Failure) {
        // Hidden until it is locked and marked: earlier versions remove what has the name and no lock.
        var template = Array("\(base)/.\(Self.prefix)\(String(repeating: "X", count: Self.randomCharacters))".utf8CString)
        guard mkdtemp(&template) != nil else { throw Failure(number: errno) }
        let hidden = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        path = "\(base)/" + hidden.dropFirst(base.utf8.count + 2)
        descriptor = open(hidden, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else {
            let failure = Failure(number: errno)
            rmdir(hidden)
            throw failure
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0, Self.mark(descriptor), rename(hidden, path) == 0 else {
            let failure = Failure(number: errno)
            unlinkat(descriptor, Self.marker, 0)
            rmdir(hidden)
            throw failure
        }
    }

    deinit { close(descriptor) }

    /// Whether the directory still stands at its path.
    var stands: Bool { Self.isSame(descriptor, path) }

    /// Makes a directory inside.
    func make(_ name: String) throws(Failure) -> String {
        // A cleaner may have taken the old file. Without it the directory works, and stays behind if we are killed.
        if faccessat(descriptor, Self.marker, F_OK, 0) != 0 { _ = Self.mark(descriptor) }
        guard mkdirat(descriptor, name, 0o700) == 0 else { throw Failure(number: errno) }
        return "\(path)/\(name)"
    }

    /// Removes one inside, with everything in it, wherever this directory is now. What cannot be removed is left for `remove`.
    func remove(_ name: String) { Self.removeTree(name, in: descriptor, depth: Self.deepest) }

    /// Removes the directory with everything in it.
    func remove() { Self.remove(descriptor, at: path) }

    /// Removes what killed processes left in a directory: only what is marked, and locked by nobody.
    static func removeAbandoned(in base: String) {
        guard let stream = opendir(base) else { return }
        defer { closedir(stream) }
        while let name = nextName(stream) {
            let visible = name.hasPrefix(".") ? name.dropFirst() : name[...]
            guard visible.hasPrefix(prefix), visible.utf8.count == prefix.utf8.count + randomCharacters else { continue }
            let path = "\(base)/\(name)"
            let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
            guard descriptor >= 0 else { continue }
            defer { close(descriptor) }
            guard flock(descriptor, LOCK_EX | LOCK_NB) == 0, isMarked(descriptor), isSame(descriptor, path) else { continue }
            remove(descriptor, at: path)
        }
    }

    // MARK: the proof

    /// What the marker of a directory says: a copy of the directory has another inode, and is not ours.
    private static func proof(_ descriptor: CInt) -> [UInt8]? {
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_uid == geteuid() else { return nil }
        return Array("directory \(status.st_ino) was made by hector at run time, and is removed by it\n".utf8)
    }

    private static func mark(_ directory: CInt) -> Bool {
        guard let proof = proof(directory) else { return false }
        let file = openat(directory, marker, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard file >= 0 else { return false }
        defer { close(file) }
        return write(file, proof, proof.count) == proof.count
    }

    private static func isMarked(_ directory: CInt) -> Bool {
        guard let proof = proof(directory) else { return false }
        let file = openat(directory, marker, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        guard file >= 0 else { return false }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_uid == geteuid() else { return false }
        var bytes = [UInt8](repeating: 0, count: proof.count + 1)
        return read(file, &bytes, bytes.count) == proof.count && bytes.dropLast().elementsEqual(proof)
    }

    private static func isSame(_ descriptor: CInt, _ path: String) -> Bool {
        var open = stat()
        var named = stat()
        return fstat(descriptor, &open) == 0 && lstat(path, &named) == 0 && open.st_dev == named.st_dev && open.st_ino == named.st_ino
    }

    // MARK: removing

    /// The marker goes last: a process that is killed before leaves a directory that is still known to be ours.
    private static func remove(_ descriptor: CInt, at path: String) {
        removeContents(of: descriptor, but: marker, depth: deepest)
        unlinkat(descriptor, marker, 0)
        // At another place by now? Then it is empty, and that is all that can be done.
        if isSame(descriptor, path) { rmdir(path) }
    }

    /// Directories inside each other that are removed: each costs two descriptors and a part of the stack.
    private static let deepest = 100

    /// Goes by descriptors and follows no link, so that nothing outside is reached, whatever is renamed meanwhile.
    private static func removeTree(_ name: String, in parent: CInt, depth: Int) {
        if unlinkat(parent, name, 0) == 0 || depth == 0 { return }
        var directory = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        if directory < 0, errno == EACCES, fchmodat(parent, name, 0o700, 0) == 0 {
            directory = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        }
        guard directory >= 0 else { return }
        defer { close(directory) }
        // Package caches are made read-only by some tools.
        fchmod(directory, 0o700)
        removeContents(of: directory, but: nil, depth: depth - 1)
        unlinkat(parent, name, AT_REMOVEDIR)
    }

    private static func removeContents(of directory: CInt, but kept: String?, depth: Int) {
        // The stream closes its descriptor.
        let copy = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard copy >= 0 else { return }
        guard let stream = fdopendir(copy) else {
            close(copy)
            return
        }
        defer { closedir(stream) }
        while let name = nextName(stream) {
            if name != kept { removeTree(name, in: directory, depth: depth) }
        }
    }

    private static func nextName(_ stream: OpaquePointer) -> String? {
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { return name }
        }
        return nil
    }
}
