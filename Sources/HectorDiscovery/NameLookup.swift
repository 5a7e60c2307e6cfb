internal import Dispatch
internal import Glibc
internal import Synchronization

/// The system's resolver, which reads `/etc/hosts` and DNS, and blocks.
package enum NameLookup {
    /// Threads of its own: an answer may take half a minute, and nothing else is to wait for that.
    private static let queue = DispatchQueue(label: "hector.names", attributes: .concurrent)

    /// All addresses that a name stands for, the best first (RFC 6724). Nobody waits for an answer once the task is cancelled.
    package static func addresses(of name: String) async -> NameAnswer {
        let answer = Answer()
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                answer.wanted(by: continuation)
                queue.async { answer.give(lookUp(name)) }
            }
        } onCancel: {
            answer.give(.none)
        }
    }

    /// Given once.
    private final class Answer: Sendable {
        private struct State {
            var answer: NameAnswer?
            var continuation: CheckedContinuation<NameAnswer, Never>?
        }

        private let state = Mutex(State())

        func wanted(by continuation: CheckedContinuation<NameAnswer, Never>) {
            let answer = state.withLock { state in
                if state.answer == nil { state.continuation = continuation }
                return state.answer
            }
            if let answer { continuation.resume(returning: answer) }
        }

        func give(_ answer: NameAnswer) {
            let continuation = state.withLock { state in
                if state.answer == nil { state.answer = answer }
                defer { state.continuation = nil }
                return state.continuation
            }
            continuation?.resume(returning: answer)
        }
    }

    /// The name is there and has no address; netdb.h hides it from Swift.
    private static let noData = CInt(-5)

    private static func lookUp(_ name: String) -> NameAnswer {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var first: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(name, nil, &hints, &first)
        defer { if let first { freeaddrinfo(first) } }
        guard code == 0 else { return code == EAI_NONAME || code == noData ? .addresses([]) : .none }
        var addresses: [String] = []
        var next = first
        while let info = next {
            next = info.pointee.ai_next
            var host = [CChar](repeating: 0, count: Int(NI_MAXHOST))
            // With its scope, where it is of one link only.
            guard getnameinfo(info.pointee.ai_addr, info.pointee.ai_addrlen, &host, socklen_t(host.count), nil, 0, NI_NUMERICHOST) == 0
            else { continue }
            let text = String(decoding: host.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
            if !addresses.contains(text) { addresses.append(text) }
        }
        return .addresses(addresses)
    }
}
