internal import Glibc

/// Why a file cannot be read.
package struct UnreadableFile: Error, Sendable, CustomStringConvertible {
    /// `errno`.
    package let code: CInt

    package init(code: CInt) { self.code = code }

    package var description: String {
        switch code {
        case ENOENT: "no such file"
        case EACCES, EPERM: "permission denied"
        case EISDIR: "it is a directory: name a file in it"
        default: String(cString: strerror(code))
        }
    }
}

/// The beginning of a file: all of it, if it is no longer than `limit`.
package func contents(ofFile path: String, upTo limit: Int) throws(UnreadableFile) -> [UInt8] {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { throw UnreadableFile(code: errno) }
    defer { close(file) }
    return try contents(of: file, upTo: limit)
}

/// What comes from a descriptor until it ends or has given `limit` bytes.
package func contents(of descriptor: CInt, upTo limit: Int = .max) throws(UnreadableFile) -> [UInt8] {
    var bytes: [UInt8] = []
    while bytes.count < limit {
        var code: CInt = 0
        let room = min(limit - bytes.count, 256 << 10)
        let chunk = [UInt8](unsafeUninitializedCapacity: room) { buffer, count in
            let read = Glibc.read(descriptor, buffer.baseAddress, room)
            code = read < 0 ? errno : 0
            count = max(0, read)
        }
        if code == EINTR { continue }
        guard code == 0 else { throw UnreadableFile(code: code) }
        guard !chunk.isEmpty else { break }
        bytes += chunk
    }
    return bytes
}

/// Why nothing more can be written.
package enum OutputError: Error, Sendable, CustomStringConvertible {
    /// The reader has seen enough, as in `hector list | head`.
    case closed
    /// `errno`.
    case failed(CInt)

    package var description: String {
        switch self {
        case .closed: "standard output is closed"
        case .failed(let code): "cannot write to standard output: \(String(cString: strerror(code)))"
        }
    }
}

/// Writes all of `bytes` to a descriptor, also to one that does not block: a terminal is shared with those who started us.
package func write(_ bytes: some Sequence<UInt8>, to descriptor: CInt) throws(OutputError) {
    var rest = Array(bytes)[...]
    while !rest.isEmpty {
        let written = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
        if written >= 0 {
            rest = rest.dropFirst(written)
            continue
        }
        switch errno {
        case EINTR: continue
        case EAGAIN, EWOULDBLOCK:
            var ready = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
            poll(&ready, 1, -1)
        case EPIPE: throw .closed
        default: throw .failed(errno)
        }
    }
}

/// The variables of this process.
package func environmentVariables() -> [String: String] {
    var result: [String: String] = [:]
    var next = environ
    while let entry = next.pointee {
        let parts = String(cString: entry).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        if parts.count == 2 { result[String(parts[0])] = String(parts[1]) }
        next += 1
    }
    return result
}

/// The path from the root, starting from the current directory where it is relative, without `.`, `..` and double slashes.
/// Links are not followed: the words before a `..` go whatever they are.
package func absolutePath(_ path: String) -> String {
    var parts: [Substring] = []
    let whole = path.hasPrefix("/") ? path : currentDirectory() + "/" + path
    for part in whole.split(separator: "/") where part != "." {
        if part == ".." { _ = parts.popLast() } else { parts.append(part) }
    }
    return "/" + parts.joined(separator: "/")
}

/// Empty where it has been removed.
package func currentDirectory() -> String {
    guard let path = getcwd(nil, 0) else { return "" }
    defer { free(path) }
    return String(cString: path)
}

/// The names in a folder, without `.` and `..`; nil where it cannot be read.
package func names(inFolder path: String) -> [String]? {
    guard let folder = opendir(path) else { return nil }
    defer { closedir(folder) }
    var names: [String] = []
    errno = 0
    while let entry = readdir(folder) {
        let name = withUnsafePointer(to: &entry.pointee.d_name) { field in
            field.withMemoryRebound(to: CChar.self, capacity: MemoryLayout.size(ofValue: field.pointee)) { String(cString: $0) }
        }
        if name != ".", name != ".." { names.append(name) }
    }
    return errno == 0 ? names : nil
}

/// The folder of the running program's file, links followed; nil where `/proc` does not tell.
package func folderOfThisProgram() -> String? {
    let limit = Int(PATH_MAX)
    var path = [CChar](repeating: 0, count: limit)
    let length = readlink("/proc/self/exe", &path, limit)
    guard length > 0, let name = path[..<length].lastIndex(of: CChar(UInt8(ascii: "/"))) else { return nil }
    return String(decoding: path[..<name].map(UInt8.init(bitPattern:)), as: UTF8.self)
}
