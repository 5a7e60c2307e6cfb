import Foundation
import HectorCore
import HectorTrust
import Logging
import Synchronization
import Testing

/// Credentials follow their files, and files that are no use change nothing.
@Suite(.timeLimit(.minutes(1))) struct LiveCredentialsTests {
    /// Certificates of the mesh `home` for the nodes a1 and a2, in a folder that goes with the test.
    private final class Folder: Sendable {
        let path = "/tmp/hector-trust-\(UUID().uuidString.prefix(8))"
        let log = Lines()

        init() throws { try make() }

        deinit { try? FileManager.default.removeItem(atPath: path) }

        /// Makes what is not there.
        func make(days: Int = 30) throws {
            let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../certs/make-dev-certs")
            let process = Process()
            process.executableURL = script.standardized
            process.arguments = [path, "--mesh", "home", "--agent", "a1", "--agent", "a2", "--days", "\(days)"]
            process.standardError = FileHandle.nullDevice
            process.standardOutput = FileHandle.nullDevice
            try process.run()
            process.waitUntilExit()
            try #require(process.terminationStatus == 0)
        }

        /// Replaces the certificate and key of a1.
        func renew() throws {
            for kind in ["pem", "key"] { try FileManager.default.removeItem(atPath: file("agent-a1.\(kind)")) }
            try make(days: 90)
        }

        func file(_ name: String) -> String { "\(path)/\(name)" }

        func copy(_ name: String, over other: String) throws {
            try FileManager.default.removeItem(atPath: file(other))
            try FileManager.default.copyItem(atPath: file(name), toPath: file(other))
        }

        /// - Parameters:
        ///   - now: Seconds since 1970.
        ///   - sleep: The clock stands.
        func credentials(
            now: @escaping @Sendable () -> Int64 = { Int64(Date().timeIntervalSince1970) },
            sleep: @escaping @Sendable (Duration) async throws -> Void = { _ in throw CancellationError() }
        ) throws -> LiveCredentials {
            let log = log
            return try LiveCredentials(
                mesh: "home", role: .node, ca: file("ca.pem"), certificate: file("agent-a1.pem"), key: file("agent-a1.key"),
                log: Logger(label: "test") { _ in log.handler },
                timing: Timing(
                    now: { Instant() }, sleepUntil: { try await sleep($0 - Instant()) }, random: { $0.lowerBound },
                    wallClock: { .seconds(now()) }))
        }
    }

    private final class Lines: Sendable {
        private let lines = Mutex<[String]>([])
        var all: [String] { lines.withLock { $0 } }
        var handler: any LogHandler { Handler(lines: self) }

        private struct Handler: LogHandler {
            let lines: Lines
            var metadata: Logger.Metadata = [:]
            var logLevel = Logger.Level.info

            subscript(metadataKey key: String) -> Logger.Metadata.Value? {
                get { metadata[key] }
                set { metadata[key] = newValue }
            }

            func log(event: LogEvent) {
                lines.lines.withLock { $0.append("\(event.message): \(event.metadata?["error"] ?? "")") }
            }
        }
    }

    @Test func `Files that stay as they are change nothing`() throws {
        let folder = try Folder()
        let live = try folder.credentials()
        for force in [false, true] { #expect(!live.reload(force: force) { _ in Issue.record("nothing is new") }) }
        #expect(folder.log.all == [])
    }

    @Test func `A renewed certificate is put in force once`() throws {
        let folder = try Folder()
        let live = try folder.credentials()
        let before = live.current
        try folder.renew()
        var applied: [MeshCredentials] = []
        #expect(live.reload { applied.append($0) })
        #expect(!live.reload { applied.append($0) })
        #expect(applied == [live.current])
        #expect(live.current != before)
        #expect(live.current.identity == before.identity)
        #expect(live.current.expiry > before.expiry + 50 * 86_400)
    }

    @Test func `Files that make no whole change nothing, and are taken when they do`() throws {
        let folder = try Folder()
        let live = try folder.credentials()
        let before = live.current
        try folder.copy("agent-a2.key", over: "agent-a1.key")
        #expect(!live.reload { _ in Issue.record("certificate and key do not belong together") })
        #expect(live.current == before)
        #expect(folder.log.all.count == 1)
        #expect(folder.log.all.first?.contains("the private key does not belong to the certificate") == true, "\(folder.log.all)")
        // It is said once for a change, not every few seconds.
        #expect(!live.reload())
        #expect(folder.log.all.count == 1)
        try folder.renew()
        #expect(live.reload())
        #expect(live.current != before)
    }

    @Test(arguments: ["agent-a1.pem", "agent-a1.key", "ca.pem"])
    func `A file that is gone or damaged changes nothing`(name: String) throws {
        let folder = try Folder()
        let live = try folder.credentials()
        let before = live.current
        try Data("-----BEGIN RUBBISH-----".utf8).write(to: URL(filePath: folder.file(name)))
        #expect(!live.reload())
        try FileManager.default.removeItem(atPath: folder.file(name))
        #expect(!live.reload())
        #expect(live.current == before)
        #expect(folder.log.all.count == 2)
    }

    @Test func `A running program does not become somebody else`() throws {
        let folder = try Folder()
        let live = try folder.credentials()
        for kind in ["pem", "key"] { try folder.copy("agent-a2.\(kind)", over: "agent-a1.\(kind)") }
        #expect(!live.reload { _ in Issue.record("it is another node's") })
        #expect(live.current.identity.name == "a1")
        #expect(folder.log.all.first?.contains("restart it to use the new identity") == true, "\(folder.log.all)")
    }

    @Test func `What cannot be put in force is not, until it is asked for again`() throws {
        struct Refusal: Error {}
        let folder = try Folder()
        let live = try folder.credentials()
        let before = live.current
        try folder.renew()
        #expect(!live.reload { _ in throw Refusal() })
        #expect(live.current == before)
        #expect(!live.reload())
        #expect(live.reload(force: true))
        #expect(live.current != before)
    }

    /// SIGHUP and the timer may come at the same time.
    @Test func `Of two looks at the same time, the one with the newer files has the last word`() async throws {
        let folder = try Folder()
        let live = try folder.credentials()
        try folder.renew()
        let (entered, enter) = AsyncStream.makeStream(of: Void.self)
        let second = DispatchSemaphore(value: 0)
        let (applied, apply) = AsyncStream.makeStream(of: MeshCredentials.self)
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                live.reload { new in
                    // These are read already, and there are newer ones.
                    do { try folder.renew() } catch { Issue.record(error) }
                    enter.finish()
                    // Time for the second look to overtake this one, if it could.
                    _ = second.wait(timeout: .now() + .milliseconds(500))
                    apply.yield(new)
                }
            }
            group.addTask {
                for await _ in entered {}
                live.reload(force: true) { apply.yield($0) }
                second.signal()
            }
        }
        apply.finish()
        let newest = try MeshCredentials(
            mesh: "home", role: .node, ca: folder.file("ca.pem"), certificate: folder.file("agent-a1.pem"), key: folder.file("agent-a1.key"))
        #expect(live.current == newest)
        #expect(await applied.reduce(into: []) { $0.append($1) }.last == newest)
    }

    @Test func `A certificate that ends while the program runs is told of, once when it nears and once when it has come`() async throws {
        let folder = try Folder()
        let begin = Int64(Date().timeIntervalSince1970)
        let now = Mutex(begin)
        let days = Mutex([1, 17, 18, 31, 32][...])
        let live = try folder.credentials(now: { now.withLock { $0 } }) { _ in
            guard let next = days.withLock({ $0.popFirst() }) else { throw CancellationError() }
            now.withLock { $0 = begin + Int64(next) * 86_400 }
        }
        #expect(folder.log.all == [])
        let (ticks, tick) = AsyncStream.makeStream(of: Void.self)
        tick.finish()
        await live.run(demands: ticks) { _ in }
        #expect(folder.log.all.count == 2, "\(folder.log.all)")
        #expect(folder.log.all.first?.contains("expires soon") == true)
        #expect(folder.log.all.last?.contains("has expired") == true)
    }

    @Test func `It looks every few seconds, and when it is told to`() async throws {
        let folder = try Folder()
        let (demands, demand) = AsyncStream.makeStream(of: Void.self)
        let (applied, apply) = AsyncStream.makeStream(of: MeshCredentials.self)
        let (ticks, tick) = AsyncStream.makeStream(of: Void.self)
        let live = try folder.credentials(sleep: { duration in
            #expect(duration == LiveCredentials.interval)
            var iterator = ticks.makeAsyncIterator()
            guard await iterator.next() != nil else { throw CancellationError() }
        })
        let before = live.current
        // What is applied counts from then on; when exactly, a reader beside it cannot tell.
        let last = try await withThrowingTaskGroup(of: MeshCredentials?.self) { group in
            group.addTask {
                await live.run(demands: demands) { apply.yield($0) }
                return nil
            }
            group.addTask {
                var news = applied.makeAsyncIterator()
                try folder.renew()
                tick.yield()
                let first = await news.next()
                #expect(first != nil && first != before)
                try folder.renew()
                demand.yield()
                let second = await news.next()
                #expect(second != nil && second != first)
                tick.finish()
                demand.finish()
                return second
            }
            return try await group.reduce(nil) { $0 ?? $1 }
        }
        #expect(last == live.current)
    }
}
