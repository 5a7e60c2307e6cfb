internal import Glibc
internal import HectorCore

/// A file of a store as a look at its folder finds it, without reading it.
package struct FoundFile: Sendable, Equatable {
    /// From the store's folder, with `/`.
    package var path: String
    package var stamp: Stamp

    /// What changes when a file's content does.
    package struct Stamp: Sendable, Equatable {
        package var size: Int
        /// Nanoseconds since 1970.
        package var modified: Int
        package var inode: UInt

        package init(size: Int, modified: Int, inode: UInt) {
            self.size = size
            self.modified = modified
            self.inode = inode
        }
    }

    package init(path: String, stamp: Stamp) {
        self.path = path
        self.stamp = stamp
    }
}

/// Something of a store that is left out, for people.
package struct FileProblem: Sendable, Equatable {
    package var path: String
    package var message: String

    package init(path: String, message: String) {
        self.path = path
        self.message = message
    }
}

/// What a look at a store's folder finds. Links are never followed: their targets within the store are there under their own names.
package struct FolderScan: Sendable, Equatable {
    package var files: [FoundFile] = []
    package var problems: [FileProblem] = []
    /// Why the folder itself cannot be read; nil where it can.
    package var failure: String?

    package init() {}

    /// Takes as long as the disk does.
    package init(_ store: StoreDefinition, limits: DocumentLimits = DocumentLimits()) {
        let root = open(store.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard root >= 0 else {
            failure = "\(quoted(store.path)) cannot be read: \(String(cString: strerror(errno)))"
            return
        }
        var real = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
        let base = realpath(store.path, &real).map { String(cString: $0) } ?? store.path
        look(into: root, "", store, base: base, depth: 1, limits: limits)
        files.sort { $0.path < $1.path }
        problems.sort { $0.path < $1.path }
    }

    /// - Parameter folder: Is closed.
    private mutating func look(into folder: CInt, _ prefix: String, _ store: StoreDefinition, base: String, depth: Int, limits: DocumentLimits) {
        guard let stream = fdopendir(folder) else {
            close(folder)
            return leave(prefix, "cannot be read: \(String(cString: strerror(errno)))")
        }
        defer { closedir(stream) }
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { field in
                field.withMemoryRebound(to: CChar.self, capacity: MemoryLayout.size(ofValue: field.pointee)) { String(validatingCString: $0) }
            }
            guard let name else {
                leave(prefix, "a name in it is not UTF-8: rename it")
                continue
            }
            // Hidden ones are no documents: editors and version control keep their own there.
            guard !name.hasPrefix(".") else { continue }
            let path = prefix + name
            var status = stat()
            guard fstatat(dirfd(stream), name, &status, AT_SYMLINK_NOFOLLOW) == 0 else { continue }
            switch status.st_mode & S_IFMT {
            case S_IFDIR:
                guard !store.excludes(path) else { continue }
                guard depth < limits.depth else {
                    leave(path, "folders are \(limits.depth) deep at most: what is in it is left out")
                    continue
                }
                let inner = openat(dirfd(stream), name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
                guard inner >= 0 else {
                    leave(path, "cannot be read: \(String(cString: strerror(errno)))")
                    continue
                }
                look(into: inner, path + "/", store, base: base, depth: depth + 1, limits: limits)
            case S_IFLNK:
                if leaves(store.path + "/" + path, base) { leave(path, "a link that leaves the store is not followed") }
            case S_IFREG:
                guard store.takes(path) else { continue }
                guard files.count < limits.files else {
                    if problems.last?.path != "" { problems.append(FileProblem(path: "", message: "the store has more than \(limits.files) files: the rest is left out; use include and exclude, or several stores")) }
                    return
                }
                guard Int(status.st_size) <= limits.fileBytes else {
                    leave(path, "has \(status.st_size) bytes; \(limits.fileBytes >> 20) MiB are the most")
                    continue
                }
                let modified = status.st_mtim.tv_sec * 1_000_000_000 + status.st_mtim.tv_nsec
                files.append(FoundFile(path: path, stamp: FoundFile.Stamp(size: Int(status.st_size), modified: modified, inode: UInt(status.st_ino))))
            default: break
            }
        }
    }

    private mutating func leave(_ path: String, _ why: String) { problems.append(FileProblem(path: path, message: why)) }

    private func leaves(_ link: String, _ base: String) -> Bool {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
        // A link to nothing leads nowhere.
        guard let target = realpath(link, &buffer) else { return false }
        let path = String(cString: target)
        return path != base && !path.hasPrefix(base == "/" ? base : base + "/")
    }
}
