internal import FoundationEssentials
internal import HectorCore
import HectorProto
import HectorRPC
import Logging
import SwiftProtobuf
import Synchronization

/// Keeps a plugin that serves connected. A connection may end while its process lives: a server that limits the age of
/// its connections says GOAWAY and expects the next one (RFC 9113 §6.8, gRPC A9). Then the same process is dialled
/// again and goes on; it is not initialised a second time. Only when it cannot be dialled is the process judged.
final class ConnectionKeeper: Sendable {
    private struct State {
        var plugin: ReadyPlugin
        /// What its health calls say against calling it now.
        var complaint: String?
        /// What its silence says against that.
        var freeze: String?
    }

    private let state: Mutex<State>
    /// Those of the last list of offers, which are in the log.
    private let offerProblems = Mutex<[String]>([])
    private let dialer: PluginDialer
    private let log: PluginLog
    private let logger: Logger
    private let publish: @Sendable (PluginState) -> Void

    private var limits: PluginLimits { dialer.environment.limits }
    private var timing: Timing { dialer.environment.timing }

    init(
        _ plugin: ReadyPlugin, dialer: PluginDialer, log: PluginLog, logger: Logger,
        publish: @escaping @Sendable (PluginState) -> Void
    ) {
        state = Mutex(State(plugin: plugin))
        self.dialer = dialer
        self.log = log
        self.logger = logger
        self.publish = publish
    }

    /// The plugin with the connection that takes new calls.
    var plugin: ReadyPlugin { state.withLock { $0.plugin } }

    /// What the plugin's health calls say; nil: it is well.
    ///
    /// - Parameter capabilities: What it declares now; nil where it was not asked.
    func report(complaint: String?, capabilities: [String: String]? = nil) {
        announce {
            $0.complaint = complaint
            if let capabilities { $0.plugin.capabilities = capabilities }
        }
    }

    /// Returns why the plugin cannot be reached any more; nil when the task was cancelled.
    func run() async -> String? {
        await withDiscardingTaskGroup { old in
            var shortLived = 0
            while true {
                let began = timing.elapsed()
                let connection = plugin.connection
                guard let end = await use(connection) else { return nil }
                logger.debug("the plugin closed a connection; reconnecting", metadata: ["reason": "\(end.message)"])
                // Calls under way there may finish; it closes itself with the last of them.
                old.addTask {
                    _ = await connection.waitUntilClosed()
                    await connection.close()
                }
                shortLived = timing.elapsed() - began < limits.redialPause ? shortLived + 1 : 0
                guard shortLived <= limits.shortConnections else {
                    return "it closes every connection immediately: \(end.message)"
                }
                if shortLived > 0 {
                    guard (try? await timing.sleep(for: min(limits.connectPause * (1 << min(shortLived - 1, 10)), limits.redialPause))) != nil else { return nil }
                }
                do {
                    let next = try await redial(end)
                    announce {
                        $0.plugin.connection = next
                        $0.freeze = nil
                    }
                } catch is CancellationError {
                    return nil
                } catch {
                    return "\(end.message); reconnecting failed: \((error as? PluginDialer.Failure)?.last?.message ?? "\(error)")"
                }
            }
        }
    }

    /// - Returns: Why it takes no more calls; nil when the task was cancelled.
    private func use(_ connection: ClientConnection) async -> ConnectionError? {
        await withTaskGroup(of: ConnectionError?.self) { tasks in
            tasks.addTask { await connection.waitUntilNotReady() }
            // Stops with the connection: it would keep a server from closing it.
            tasks.addTask {
                await self.follow(connection)
                // Over, or not offered, while the connection stands.
                return await connection.waitUntilNotReady()
            }
            if plugin.offers != nil {
                tasks.addTask {
                    await self.followOffers(connection)
                    return await connection.waitUntilNotReady()
                }
            }
            tasks.addTask {
                await self.watchForFreezing(connection)
                return await connection.waitUntilNotReady()
            }
            defer { tasks.cancelAll() }
            return await tasks.next() ?? nil
        }
    }

    /// Until it answers, its end is seen elsewhere, or the time is over. For want of something of our own, for ever.
    private func redial(_ end: ConnectionError) async throws -> ClientConnection {
        let began = timing.elapsed()
        while true {
            do {
                return try await dialer.dial(within: limits.redialTime / 5)
            } catch let failure as PluginDialer.Failure {
                let trouble = failure.trouble
                guard trouble != nil || timing.elapsed() - began < limits.redialTime else { throw failure }
                let (plugin, reason) = (plugin, trouble.map { "\($0)" } ?? end.message)
                publish(.unhealthy(plugin, reason: "reconnecting: \(reason)"))
            }
        }
    }

    // MARK: freezing

    /// Until the connection ends.
    private func watchForFreezing(_ connection: ClientConnection) async {
        while await connection.waitUntilQuiet() {
            guard await isFrozen(connection) else { continue }
            let reason = "frozen: no response and no processor time for \(limits.frozenTime.inSeconds)"
            announce { $0.freeze = reason }
            connection.fallSilent(reason)
            if await isQuiet(connection, for: limits.silenceStreams - limits.frozenTime) { connection.endBegunCalls() }
            await connection.waitUntilHeard()
            // Another connection begins anew.
            guard !Task.isCancelled, connection.isReady else { return }
            announce { $0.freeze = nil }
        }
    }

    /// A plugin whose own computation holds up its library, as Python's lock can, does not answer either, but uses processor time.
    ///
    /// - Returns: False once it is heard, the connection is over, or the task is cancelled.
    private func isFrozen(_ connection: ClientConnection) async -> Bool {
        guard ProcessorTime.isKnown else { return false }
        let asked = KeepaliveConfiguration.child.interval + KeepaliveConfiguration.child.timeout
        let pid = plugin.pid
        var before = ProcessorTime.ofGroup(pid)
        while await isQuiet(connection, for: limits.frozenTime - asked) {
            let used = ProcessorTime.ofGroup(pid)
            if let used, used == before { return true }
            before = used
        }
        return false
    }

    private func isQuiet(_ connection: ClientConnection, for time: Duration) async -> Bool {
        let isHeard: Bool? = try? await timing.limit(max(.zero, time)) {
            await connection.waitUntilHeard()
            return true
        }
        return isHeard == nil && !Task.isCancelled
    }

    // MARK: offers

    /// Until the connection ends.
    private func followOffers(_ connection: ClientConnection) async {
        while connection.isReady {
            // Where the plugin ends the stream, what it said last holds until it is asked again.
            try? await connection.serverStreaming(
                OffersMethods.watch, WatchOffersRequest(), options: CallOptions(isBackground: true)
            ) { sets in
                for try await set in sets { offered(OfferList(set, limits: limits)) }
            }
            guard (try? await timing.sleep(for: limits.redialPause)) != nil else { return }
        }
    }

    private func offered(_ list: OfferList) {
        let known = offerProblems.withLock { known in
            defer { known = list.problems }
            return known
        }
        if known != list.problems {
            for problem in list.problems { logger.warning("\(problem)") }
        }
        guard list.offers != plugin.offers else { return }
        announce { $0.plugin.offers = list.offers }
    }

    // MARK: -

    private func announce(_ change: (inout State) -> Void) {
        // Published in the order of the changes.
        state.withLock { state in
            change(&state)
            publish((state.freeze ?? state.complaint).map { .unhealthy(state.plugin, reason: $0) } ?? .ready(state.plugin))
        }
    }

    /// go-plugin redirects the plugin's own stdout and stderr into this stream, and blocks when nobody reads it.
    private func follow(_ connection: ClientConnection) async {
        // Absent in plugins without go-plugin's library; and over when the connection is: both are as they should be.
        try? await connection.serverStreaming(
            StdioMethods.streamStdio, Google_Protobuf_Empty(), options: CallOptions(isBackground: true)
        ) { stream in
            for try await message in stream {
                message.data.withUnsafeBytes { log.add($0, from: message.channel == .stdout ? .redirectedOutput : .redirectedError) }
            }
        }
    }
}
