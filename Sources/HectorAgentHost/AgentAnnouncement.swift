internal import HectorDiscovery
internal import HectorProto
internal import Logging
internal import ServiceLifecycle

/// Tells the local network of this agent, once it has something to offer; says goodbye at the end.
struct AgentAnnouncement: Service {
    let isOn: Bool
    let mesh: String
    /// Where hosts reach the agent, where that is another port than the one it listens on.
    let port: Int?
    let bound: AsyncStream<Int>
    let node: NodeService
    let ready: AsyncStream<Void>
    let log: Logger

    func run() async {
        guard isOn else { return }
        await cancelWhenGracefulShutdown {
            var ports = bound.makeAsyncIterator()
            guard let listening = await ports.next() else { return }
            let (registrations, register) = AsyncStream.makeStream(of: AgentRegistration.self, bufferingPolicy: .bufferingNewest(1))
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await Announcer(logger: log).run(registrations) }
                group.addTask {
                    var last: AgentRegistration?
                    for await _ in ready {
                        guard let next = registration(port: port ?? listening), next != last else { continue }
                        register.yield(next)
                        last = next
                    }
                }
                await group.waitForAll()
            }
        }
    }

    /// Nil while no plugin is ready: hosts would find nothing here.
    private func registration(port: Int) -> AgentRegistration? {
        let state = node.node
        let plugins = state.plugins.filter { $0.replicas.contains { $0.phase == .ready } }.map(\.name)
        guard !plugins.isEmpty, let port = UInt16(exactly: port) else { return nil }
        do {
            let record = try AgentRecord(
                id: state.agentID, mesh: mesh, name: state.name, plugins: plugins, version: state.version, proto: 1)
            return AgentRegistration(record: record, port: port)
        } catch {
            log.error("this agent cannot be announced: \(error). Hosts can still be told of it with mesh.sources.static")
            return nil
        }
    }
}
