import Glibc
import Logging
import NIOCore
import ServiceLifecycle
import Testing

@testable import HectorAPI

/// Two servers of one port, the second of which cannot listen.
@Suite struct LocalhostServiceTests {
    private struct Listening: Service {
        let isListening: @Sendable (Int) -> Void
        let failure: (any Error)?

        func run() async throws {
            if let failure { throw failure }
            isListening(8080)
        }
    }

    private func told(_ failure: any Error) async throws -> String {
        let lines = LogLines()
        try await LocalhostService(port: 8080, log: Logger(label: "test") { _ in lines.handler }) { host, _, isListening in
            Listening(isListening: isListening, failure: host == "::1" ? failure : nil)
        }.run()
        #expect(lines.all.count == 1)
        return lines.all.first ?? ""
    }

    @Test func `Why ::1 does not answer is said in words, and louder where another program has it`() async throws {
        let taken = try await told(IOError(errnoCode: EADDRINUSE, reason: "bind(descriptor:ptr:bytes:)"))
        #expect(taken.hasPrefix("warning another program listens on [::1]:8080: clients that call localhost may reach that program"), "\(taken)")
        let off = try await told(IOError(errnoCode: EAFNOSUPPORT, reason: "socket(domain:type:protocolSubtype:)"))
        #expect(off.hasPrefix("info listening for localhost on 127.0.0.1 only: IPv6 is disabled on this machine"), "\(off)")
        let other = try await told(IOError(errnoCode: EMFILE, reason: "socket(domain:type:protocolSubtype:)"))
        #expect(other.hasPrefix("warning ") && other.contains("Too many open files"), "\(other)")
        for line in [taken, off, other] { #expect(!line.contains("descriptor") && !line.contains("errno"), "\(line)") }
    }
}
