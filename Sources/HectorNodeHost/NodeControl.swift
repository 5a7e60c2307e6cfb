internal import HectorCore
internal import HectorProgram
internal import HectorProto
internal import HectorRPC
internal import Logging
internal import NIOCore
internal import ServiceLifecycle
internal import SwiftProtobuf

/// `hector.control.v1.Control`: what this node does for those who administer it on its machine.
struct NodeControl: Sendable {
    let node: NodeService
    let forwarder: PluginForwarder
    let draining: Draining
    let drainTimeout: @Sendable () -> Duration
    let reload: Reload<NodeDesiredState>

    /// Bytes of a reason: hosts are told less.
    private static let reasonBytes = 1_000

    func register(in services: inout RPCServices) {
        services.unary(ControlMethods.status) { _, _ in status() }
        services.unary(ControlMethods.drain) { request, _ in
            let known = Set(node.node.plugins.map { $0.original.isEmpty ? $0.name : $0.original })
            if let name = request.plugins.first(where: { name in !known.contains { $0 == name || Label.of($0) == name } }) {
                let names = known.sorted().prefix(16).map(quoted).joined(separator: ", ")
                throw RPCError(.notFound, "this node has no plugin \(quoted(name)); it has \(names.isEmpty ? "no plugin" : names)")
            }
            let reason = singleLine(request.reason, limit: Self.reasonBytes)
            return status(notKept: await draining.change { $0.drain(request.plugins, reason: reason) })
        }
        services.unary(ControlMethods.undrain) { request, _ in
            let drained = draining.drained
            if let name = request.plugins.first(where: { drained.plugins[$0] == nil }) {
                throw RPCError(
                    .notFound, drained.node == nil ? "the plugin \(quoted(name)) is not drained" : "the whole node is drained, and not \(quoted(name)) alone: undrain without a name")
            }
            return status(notKept: await draining.change { $0.undrain(request.plugins) })
        }
        services.unary(ControlMethods.reload) { _, _ in
            let report = await reload.run()
            return .with {
                $0.complete = report.isComplete
                $0.settled = report.isSettled
                $0.changes = report.changes.map { change in
                    .with {
                        $0.text = "\(change)"
                        $0.needsRestart = change.restart != nil
                    }
                }
                $0.problems = report.problems
                $0.failures = report.failures
            }
        }
    }

    private func status(notKept: String? = nil) -> Hector_Control_V1_NodeStatus {
        let drained = draining.drained
        var status = Hector_Control_V1_NodeStatus()
        status.name = node.node.name
        status.drained = (drained.node.map { [("", $0)] } ?? []).map(Self.told) + drained.plugins.sorted { $0.key < $1.key }.map { Self.told(($0.key, $0.value)) }
        status.calls = UInt32(clamping: forwarder.drainedCalls)
        status.drainTimeout = Int64(drainTimeout() / .milliseconds(1))
        status.notKept = notKept ?? ""
        return status
    }

    private static func told(_ entry: (plugin: String, reason: String)) -> Hector_Control_V1_DrainedPlugin {
        .with {
            $0.plugin = entry.plugin
            $0.reason = entry.reason
        }
    }
}

/// The control socket. A node that cannot have one goes on without.
struct NodeControlSocket: Service {
    let control: NodeControl
    let directory: String
    let group: any EventLoopGroup
    let log: Logger

    func run() async {
        do {
            let place = try ControlPlace(of: .node, in: directory)
            // Its last use: the name is given back when the service has ended.
            defer { withExtendedLifetime(place) {} }
            var services = RPCServices()
            control.register(in: &services)
            var limits = RPCLimits()
            limits.maximumConnections = 16
            let server = try RPCServer(
                .unix(path: place.socket), security: .plaintext, services: services, on: group, limits: limits, isControl: true,
                random: { $0.lowerBound }, log: log)
            try await withGracefulShutdownHandler {
                try await server.run { _ in
                    try place.protect()
                    log.log(level: place.number == 1 ? .debug : .info, "the control socket", metadata: ["path": "\(place.socket)"])
                }
            } onGracefulShutdown: {
                server.shutDown(grace: .zero)
            }
        } catch {
            log.warning("there is no control socket, so `hector-plugin-agent drain` and `reload` do not reach this node (SIGHUP does): \(singleLine("\(error)"))")
            try? await gracefulShutdown()
        }
    }
}
