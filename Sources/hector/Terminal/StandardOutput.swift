import Foundation

/// Why nothing more can be written to standard output.
enum OutputError: Error, CustomStringConvertible {
    /// The reader has seen enough, as in `hector list | head`.
    case closed
    /// `errno`.
    case failed(Int32)

    var description: String {
        switch self {
        case .closed: "standard output is closed"
        case .failed(let code): "cannot write to standard output: \(String(cString: strerror(code)))"
        }
    }
}

/// Writes all of `data` to a descriptor, also to one that does not block.
func write(_ data: Data, to descriptor: Int32) throws(OutputError) {
    var rest = data[...]
    while !rest.isEmpty {
        let written = rest.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
        if written >= 0 {
            rest = rest.dropFirst(written)
            continue
        }
        switch errno {
        case EINTR: continue
        case EAGAIN:
            var ready = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
            poll(&ready, 1, -1)
        case EPIPE: throw .closed
        default: throw .failed(errno)
        }
    }
}
