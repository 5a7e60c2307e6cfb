internal import Glibc
package import HectorCore
package import Logging

/// Nodes of one mesh that announce themselves on the local network. Lives through restarts of
/// avahi-daemon and D-Bus; without them it says so once and waits for them.
package actor AvahiSource: EndpointSource {
    package nonisolated var unownedExecutor: UnownedSerialExecutor { AvahiLoop.shared.asUnownedSerialExecutor() }
    package static let name = "avahi"
    package nonisolated var name: String { Self.name }

    private let logger: Logger
    private let limits: DiscoveryLimits
    private let timing: Timing
    private var state = SourceState.starting
    private var table: SightingTable
    private var browser: ServiceBrowser?
    private var refused: Set<SightingTable.Instance> = []
    private let changes: AsyncStream<Void>
    private let changed: AsyncStream<Void>.Continuation

    /// `mesh` is the name of the mesh whose nodes count.
    package init(
        mesh: String, logger: Logger, limits: DiscoveryLimits = DiscoveryLimits(),
        timing: Timing
    ) {
        self.logger = logger
        self.limits = limits
        self.timing = timing
        table = SightingTable(mesh: mesh, limits: limits, loopback: Int32(if_nametoindex("lo")))
        (changes, changed) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// As `EndpointSource` says; to be called once. After cancellation it returns at once, or after the limits'
    /// `patience` when the daemon hangs.
    package nonisolated func run(publish: @escaping @Sendable (EndpointSet) async -> Void) async {
        await AvahiLoop.shared.run(patience: limits.patience) {
            await withTaskGroup { group in
                group.addTask {
                    var last: EndpointSet?
                    for await _ in self.changes {
                        let next = await self.current
                        if next != last { await publish(next) }
                        last = next
                    }
                }
                changed.yield()
                await stayConnected(limits, timing)
                changed.finish()
            }
        }
    }

    private var current: EndpointSet { EndpointSet(source: name, state: state, nodes: table.nodes) }

    private func browsed(_ event: ServiceBrowser.Event) {
        switch event {
        case .seen(let instance):
            if let refusal = table.seen(instance) { log(refusal, instance) } else { browser?.resolve(instance) }
        case .resolved(let instance, let endpoint, let text):
            if let refusal = table.resolved(instance, endpoint, text: text) { log(refusal, instance) }
        case .unresolved(let instance): table.unresolved(instance)
        case .lost(let instance):
            refused.remove(instance)
            table.lost(instance)
        case .settled: table.settled()
        }
        changed.yield()
    }

    /// Says once why an instance is not used, as long as it is listed.
    private func log(_ refusal: SightingTable.Refusal, _ instance: SightingTable.Instance) {
        guard refusal != .otherMesh, refused.count < limits.instances, refused.insert(instance).inserted else { return }
        logger.info("ignoring a node on the network", metadata: [
            "instance": "\(singleLine(instance.name, limit: 80))", "reason": "\(refusal)",
        ])
    }
}

extension AvahiSource: AvahiUser {
    func connected(_ client: AvahiClient) throws(AvahiError) {
        // The host's own name does not matter here.
        guard browser == nil else { return }
        browser = try ServiceBrowser(client) { event in self.browsed(event) }
        if state != .running { logger.info("looking for nodes by mDNS") }
        state = .running
        changed.yield()
    }

    func hostRenaming() {}

    func disconnected(_ error: AvahiError?) {
        browser = nil
        table.daemonLost()
        guard let error else { return }
        let told = error.told("nodes on the network are not discovered (static endpoints still work)")
        if state != .unavailable(told) { logger.warning("\(told)") }
        state = .unavailable(told)
        changed.yield()
    }
}
