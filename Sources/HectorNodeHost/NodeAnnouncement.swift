internal import HectorCore
internal import HectorDiscovery
internal import HectorProto
internal import Logging
internal import ServiceLifecycle

/// Tells the local network of this node, once it has something to offer; says goodbye at the end.
struct NodeAnnouncement: Service {
    /// What is told, with all plugins; nil: the node is not announced.
    let record: NodeRecord?
    let bound: AsyncStream<UInt16>
    let node: NodeService
    let ready: AsyncStream<Void>
    let timing: Timing
    let log: Logger

    func run() async {
        guard let record else { return }
        await cancelWhenGracefulShutdown {
            var ports = bound.makeAsyncIterator()
            guard let listening = await ports.next() else { return }
            let (registrations, register) = AsyncStream.makeStream(of: NodeRegistration.self, bufferingPolicy: .bufferingNewest(1))
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await Announcer(logger: log, timing: timing).run(registrations) }
                group.addTask {
                    var last: NodeRegistration?
                    for await _ in ready {
                        guard let next = registration(record, port: listening), next != last else { continue }
                        register.yield(next)
                        last = next
                    }
                }
                await group.waitForAll()
            }
        }
    }

    /// Nil while no plugin is ready: hosts would find nothing here.
    private func registration(_ record: NodeRecord, port: UInt16) -> NodeRegistration? {
        let plugins = node.node.plugins.filter { $0.replicas.contains { $0.phase == .ready } }.map(\.name)
        // A port that hosts reach goes into the service record, too: older ones know that one only.
        return plugins.isEmpty ? nil : NodeRegistration(record: record.offering(plugins), port: record.advertised?.port ?? port)
    }
}
