internal import HectorCore
internal import HectorDiscovery
internal import HectorRPC
internal import HectorTrust
internal import Synchronization

/// Tries one path for as long as it is wanted: dials, follows what the node tells, and dials again.
///
/// Discovery only says where to try. The node is a member while a mutual-TLS connection to it stands, its certificate is right
/// and it tells its state.
final class PathRunner: Sendable {
    private struct State {
        var sighting: NodeSighting
        var wake: AsyncStream<Void>.Continuation?
        /// Made of the credentials beside it; keeps the TLS sessions.
        var connector: (credentials: MeshCredentials, ClientConnector)?
    }

    private let key: PathKey
    private let context: NodeContext
    private let state: Mutex<State>
    private let stopped = Signal<Void>()

    init(_ key: PathKey, _ sighting: NodeSighting, context: NodeContext) {
        self.key = key
        self.context = context
        state = Mutex(State(sighting: sighting))
    }

    /// What its source says now: a reason to try at once.
    func update(_ sighting: NodeSighting) {
        let wake = state.withLock { state in
            state.sighting = sighting
            return state.wake
        }
        wake?.yield()
    }

    /// Ends `run`: the path is no longer wanted.
    func stop() { stopped.set(()) }

    /// Runs until it is stopped or the task is cancelled.
    func run(_ members: RemoteNodes) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.stayConnected(members) }
            group.addTask { try? await self.stopped.wait() }
            await group.next()
            group.cancelAll()
        }
    }

    private func stayConnected(_ members: RemoteNodes) async {
        var failures = 0
        await withDiscardingTaskGroup { leaving in
            while !Task.isCancelled {
                do {
                    let connection = try await dial()
                    let session: NodeSession
                    do {
                        session = try members.session(of: connection, by: key, state.withLock { $0.sighting })
                    } catch {
                        await connection.close()
                        throw error
                    }
                    failures += 1
                    do {
                        try await session.follow { told in
                            // It serves: only now it is known that the way is good.
                            if !told.isDraining { failures = 0 }
                            members.told(session, told)
                        }
                        // It finishes the calls that it has. Whatever takes its place is looked for at once.
                        leaving.addTask { [self] in
                            let end = await connection.waitUntilClosed() ?? ConnectionError(.closedByPeer, "the node stopped")
                            members.ended(session, end)
                            await retire(connection, members)
                        }
                    } catch {
                        members.ended(session, error)
                        await retire(connection, members)
                    }
                } catch is CancellationError {
                    break
                } catch {
                    failures += 1
                    members.failed(key, error)
                }
                if !Task.isCancelled { await pause(failures) }
            }
            leaving.cancelAll()
        }
    }

    // MARK: -

    /// Its calls may finish, though this task may be cancelled because nobody wants the path any more.
    private func retire(_ connection: ClientConnection, _ members: RemoteNodes) async {
        if stopped.isSet { members.retire(connection) } else { await connection.retire(sleep: context.timing.sleep(for:)) }
    }

    /// A connection to the first of the addresses that answers as the node.
    private func dial() async throws -> ClientConnection {
        let sighting = state.withLock { $0.sighting }
        let connector = try connector(sighting.id)
        let endpoints = sighting.endpoints.map(Endpoint.tcp)
        return try await AddressRace(sleep: context.timing.sleep(for:)).run(endpoints) { endpoint in
            try await connector.connect(to: endpoint)
        } discard: {
            await $0.close()
        }
    }

    /// The one of before, unless the credentials have changed.
    private func connector(_ nodeID: String?) throws -> ClientConnector {
        let credentials = context.credentials.current
        if let (of, connector) = state.withLock({ $0.connector }), of == credentials { return connector }
        var limits = RPCLimits()
        limits.handshakeTimeout = Self.dialTime
        let connector = try ClientConnector(
            .mutualTLS(credentials.dialling(nodeID: nodeID)), on: context.group, limits: limits,
            keepalive: .mesh(silence: context.silence, streams: context.silenceStreams),
            metrics: context.figures.metrics)
        state.withLock { $0.connector = (credentials, connector) }
        return connector
    }

    /// How long one address may take, TLS included: on a local network a good one answers within milliseconds.
    static let dialTime = Duration.seconds(3)
    /// Four seconds at most: a machine that comes back is used within five.
    static let backoff = Backoff(first: .milliseconds(500), longest: .seconds(3))

    /// Waits before the next attempt; news of the addresses end it early.
    private func pause(_ failures: Int) async {
        // A stream of its own for each pause: the one that ends the race would end a shared one for good.
        let (wakes, wake) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        state.withLock { $0.wake = wake }
        let time = Self.backoff.delay(afterFailures: failures, random: context.timing.random)
        await withTaskGroup(of: Void.self) { race in
            race.addTask { [context] in try? await context.timing.sleep(for: time) }
            race.addTask { for await _ in wakes { return } }
            await race.next()
            race.cancelAll()
        }
    }
}
