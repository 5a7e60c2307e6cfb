internal import HectorConfig
internal import HectorCore
internal import HectorDiscovery
internal import HectorMembership
internal import HectorMesh
internal import HectorTrust
internal import Logging
internal import NIOCore
internal import Synchronization

/// The nodes of other machines, moved to what is wanted: not at all, or from these sources.
final class HostMembership: Sendable {
    /// What all of them share.
    struct Surroundings: Sendable {
        let router: Router
        let stores: Stores
        let kinds: @Sendable (String) -> Set<PluginKind>
        let figures: CallFigures
        let group: any EventLoopGroup
        let log: Logger
        let timing: Timing
    }

    fileprivate struct Part {
        let nodes: RemoteNodes
        /// What its connections are made with.
        let settings: DesiredState.Membership
        let demand: AsyncStream<Void>.Continuation
        let stopped: Signal<Void>
    }

    /// Nodes that can be used once they are applied.
    struct Prepared {
        fileprivate let part: Part?
        fileprivate let work: Work?
    }

    fileprivate struct Work: Sendable {
        let nodes: RemoteNodes
        let demands: AsyncStream<Void>
        let stopped: Signal<Void>
    }

    private struct State {
        var part: Part?
        var running: DesiredState.Membership?
    }

    private let surroundings: Surroundings
    private let state = Mutex(State())
    private let works: AsyncStream<Work>
    private let work: AsyncStream<Work>.Continuation

    init(_ surroundings: Surroundings) {
        self.surroundings = surroundings
        (works, work) = AsyncStream.makeStream()
    }

    /// Whether nodes were ever looked for.
    var isOn: Bool { state.withLock { $0.part != nil } }
    /// What the operator should know.
    var conditions: [MeshCondition] { state.withLock { $0.part?.nodes }?.conditions ?? [] }
    /// Nodes that are known and not connected.
    var absent: [AbsentNode] { state.withLock { $0.part?.nodes }?.absent ?? [] }

    /// Looks at the certificate files at once.
    func lookAtCertificates() { _ = state.withLock { $0.part?.demand }?.yield() }

    /// Reads the certificates, where others are needed than before.
    ///
    /// - Throws: `UnusableCertificates`. Nothing has changed then.
    func prepare(_ wanted: DesiredState.Membership) throws -> Prepared {
        guard wanted.isOn, let tls = wanted.tls else { return Prepared(part: nil, work: nil) }
        if let part = state.withLock({ $0.part }), part.settings.isConnected(like: wanted) { return Prepared(part: part, work: nil) }
        let credentials = try LiveCredentials(
            mesh: wanted.mesh, role: .host, ca: tls.ca, certificate: tls.certificate, key: tls.key, log: surroundings.log,
            timing: surroundings.timing)
        let nodes = RemoteNodes(
            context: NodeContext(
                credentials: credentials, router: surroundings.router, stores: surroundings.stores, kinds: surroundings.kinds,
                figures: surroundings.figures, on: surroundings.group, log: surroundings.log, timing: surroundings.timing,
                silence: wanted.silence, silenceStreams: wanted.silenceStreams))
        let (demands, demand) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let stopped = Signal<Void>()
        return Prepared(
            part: Part(nodes: nodes, settings: wanted, demand: demand, stopped: stopped),
            work: Work(nodes: nodes, demands: demands, stopped: stopped))
    }

    /// - Parameter prepared: Made of the same settings.
    func apply(_ wanted: DesiredState.Membership, _ prepared: Prepared) {
        state.withLock { state in
            if let work = prepared.work {
                // The one of before has no source any more.
                state.part?.stopped.set(())
                state.part = prepared.part
                state.running = nil
                self.work.yield(work)
            }
            let (old, timing, log) = (state.running, surroundings.timing, surroundings.log)
            var started: [any EndpointSource] = []
            var stopped: [String] = []
            let (hadAvahi, hadStatic) = (old?.avahi ?? false, old?.endpoints.isEmpty == false)
            if wanted.avahi, !hadAvahi { started.append(AvahiSource(mesh: wanted.mesh, logger: log, timing: timing)) }
            if !wanted.avahi, hadAvahi { stopped.append(AvahiSource.name) }
            if !wanted.endpoints.isEmpty, wanted.endpoints != old?.endpoints {
                started.append(StaticSource(wanted.endpoints.map { StaticNode($0.address, plugins: $0.plugins) }, timing: timing))
            }
            if wanted.endpoints.isEmpty, hadStatic { stopped.append(StaticSource.name) }
            // One whose plugins have changed is dialled anew.
            let dropped = (old?.endpoints ?? []).filter { !wanted.endpoints.contains($0) }.map(\.address)
            state.part?.nodes.switchOff(wanted.switchedOff)
            state.part?.nodes.change(started: started, stopped: stopped, dropped: dropped)
            state.running = wanted
        }
    }

    /// Runs until the task is cancelled.
    func run() async {
        await withDiscardingTaskGroup { group in
            for await work in works {
                group.addTask {
                    await withTaskGroup(of: Void.self) { race in
                        race.addTask { await work.nodes.run(demands: work.demands) }
                        race.addTask { try? await work.stopped.wait() }
                        await race.next()
                        race.cancelAll()
                    }
                }
            }
        }
    }
}

extension DesiredState.Membership {
    /// Whether connections to nodes are made in the same way.
    fileprivate func isConnected(like other: Self) -> Bool {
        mesh == other.mesh && tls == other.tls && silence == other.silence && silenceStreams == other.silenceStreams
    }
}
