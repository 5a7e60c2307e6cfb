internal import Glibc
internal import NIOCore
internal import NIOPosix

extension ConnectionError.Unreachable {
    /// What a socket's error says.
    init(_ error: any Error) {
        switch error {
        case let error as IOError: self.init(errno: error.errnoCode)
        case let error as NIOConnectionError:
            // Each address was tried; the error of the first one is reported.
            if let first = error.connectionErrors.first { self.init(first.error) } else { self = .noSuchHost }
        case ChannelError.connectTimeout: self = .timedOut
        default: self = .other
        }
    }

    init(errno: CInt) {
        switch errno {
        case ECONNREFUSED, ENOENT, ECONNRESET: self = .refused
        case ETIMEDOUT: self = .timedOut
        case EHOSTUNREACH, ENETUNREACH, ENETDOWN, EHOSTDOWN, EAFNOSUPPORT: self = .noRoute
        case EACCES, EPERM: self = .notPermitted
        case EADDRINUSE: self = .inUse
        case EADDRNOTAVAIL: self = .notHere
        case EMFILE, ENFILE, ENOMEM, ENOBUFS, EAGAIN: self = .ownLack
        default: self = .other
        }
    }
}
