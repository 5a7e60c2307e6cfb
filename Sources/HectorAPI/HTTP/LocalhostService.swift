import Glibc
import Hummingbird
import Logging
import NIOCore
import ServiceLifecycle

/// Listens on `localhost`: a program may take the name for 127.0.0.1 or for ::1, so both answer, on one port. A machine
/// without IPv6 has the first only.
struct LocalhostService: Service {
    static let families = ["127.0.0.1", "::1"]

    /// 0 for any free one.
    let port: Int
    let log: Logger
    /// Makes the server of one address; it tells its port once that is bound.
    let server: @Sendable (_ host: String, _ port: Int, _ isListening: @escaping @Sendable (Int) -> Void) -> any Service

    init(
        port: Int, log: Logger,
        server: @escaping @Sendable (_ host: String, _ port: Int, _ isListening: @escaping @Sendable (Int) -> Void) -> any Service
    ) {
        self.port = port
        self.log = log
        self.server = server
    }

    func run() async throws {
        let (bound, isBound) = AsyncStream.makeStream(of: Int.self)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                defer { isBound.finish() }
                try await server(Self.families[0], port) { isBound.yield($0) }.run()
            }
            group.addTask {
                guard let port = await bound.first(where: { _ in true }) else { return }
                do {
                    try await server(Self.families[1], port) { _ in }.run()
                } catch where !Task.isCancelled {
                    tell(error, port)
                }
            }
            try await group.waitForAll()
        }
    }

    /// Why ::1 does not answer. A machine without IPv6 is common; another program there receives the requests meant for this
    /// one, because browsers and curl try ::1 first.
    private func tell(_ error: any Error, _ port: Int) {
        switch (error as? IOError)?.errnoCode {
        case EADDRINUSE:
            log.warning(
                "another program listens on [::1]:\(port): clients that call localhost may reach that program; stop it, or set server.listen to another port or to 127.0.0.1:\(port)")
        case EAFNOSUPPORT, EADDRNOTAVAIL:
            log.info("listening for localhost on 127.0.0.1 only: IPv6 is disabled on this machine", metadata: ["port": "\(port)"])
        case let code:
            let reason = code.map { String(cString: strerror($0)) } ?? "\(error)"
            log.warning("listening for localhost on 127.0.0.1 only", metadata: ["port": "\(port)", "error": "\(reason)"])
        }
    }
}
