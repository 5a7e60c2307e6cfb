package import HectorConfig
internal import HectorCore
internal import HectorDiscovery
internal import HectorPlugins
internal import HectorProto
internal import HectorTrust

/// What a node's configuration comes to on this machine: found out whole before anything runs, by `config check` and by `run`.
struct NodePlan {
    /// With any of these nothing runs.
    private(set) var problems: [String] = []
    private(set) var warnings: [String] = []
    private(set) var plugins: PluginSetup?
    private(set) var listening: ListeningAddress?
    /// Its name for people.
    private(set) var name = ""
    /// What it tells the network, with all plugins; nil where it is not announced.
    private(set) var record: NodeRecord?

    /// - Parameters:
    ///   - machine: This machine's host name, of which the node's name is made where the configuration names none.
    ///   - identity: The id that the node's certificate gives it; nil where it has no usable one.
    init(
        _ configuration: NodeConfiguration, machine: String, identity: String?, environment: [String: String],
        system: ListeningAddress.System = .real
    ) {
        // The identity is a label as well.
        name = configuration.name ?? machineName(machine) ?? identity.flatMap(machineName) ?? "agent"
        let setup = PluginSetup(configuration.plugins, environment: environment)
        problems += setup.problems.map(\.message)
        warnings += setup.warnings
        plugins = setup
        warnUnread(setup.plugins)
        do throws(ListeningError) {
            listening = try ListeningAddress(configuration.listen, isStandard: configuration.listensByDefault, system: system)
        } catch {
            problems.append("\(error)")
        }
        if configuration.mesh.avahi, let identity { planAnnouncement(configuration, identity) }
    }

    /// Hosts read the beginning of what a very large node says of itself.
    private mutating func warnUnread(_ plugins: [PluginSpecification]) {
        let limits = NodeReportLimits()
        if plugins.count > limits.plugins {
            warnings.append(
                "this node would run \(plugins.count) plugins, and hosts use the first \(limits.plugins) of a node: move some to another machine")
        }
        let replicas = plugins.reduce(0) { $0 + $1.replicas }
        if replicas > limits.replicas {
            warnings.append(
                "this node would run \(replicas) replicas, and hosts use the first \(limits.replicas) of a node: lower replicas, or move some plugins to another machine")
        }
    }

    private mutating func planAnnouncement(_ configuration: NodeConfiguration, _ identity: String) {
        let advertised = configuration.advertise
        if let advertised, advertised.isThisMachine {
            warnings.append(
                "agent.advertise: \(advertised) makes every host dial its own machine, so this node is not announced: give an address that hosts can reach")
            return
        }
        guard advertised != nil || listening?.isThisMachineOnly != true else {
            warnings.append(
                "agent.listen: \(configuration.listen) can be reached from this machine only, so this node is not announced: hosts here need it in mesh.sources.static; for others listen on [::], or set agent.advertise to the address of a proxy that forwards to it")
            return
        }
        do throws(DiscoveryError) {
            record = try NodeRecord(
                id: identity, mesh: configuration.mesh.name, name: name, plugins: plugins?.plugins.map(\.name) ?? [],
                advertised: advertised, version: HectorVersion.current, proto: 1)
        } catch {
            problems.append("this node cannot be announced: \(error); correct it, or set mesh.announce.avahi to false")
        }
    }
}

/// What `hector-plugin-agent config check` has to say.
package struct NodeCheck: Sendable {
    /// One sentence each; with any of them the node does not start, or every host will refuse it.
    package private(set) var problems: [String] = []
    package private(set) var warnings: [String] = []
    /// How many plugins this machine would run.
    package private(set) var plugins = 0

    /// Looks at all that `run` needs: certificates, plugins, addresses. Starts nothing.
    ///
    /// - Parameters:
    ///   - machine: This machine's host name.
    ///   - now: Seconds since 1970.
    package init(_ configuration: NodeConfiguration, machine: String, environment: [String: String], now: Int64) {
        let mesh = configuration.mesh
        let report = MeshCredentials.check(
            mesh: mesh.name, role: .node, ca: mesh.tls.ca, certificate: mesh.tls.certificate, key: mesh.tls.key, now: now)
        let credentials = try? MeshCredentials(
            mesh: mesh.name, role: .node, ca: mesh.tls.ca, certificate: mesh.tls.certificate, key: mesh.tls.key)
        // Any id will do to see whether the rest of a record is right.
        let plan = NodePlan(
            configuration, machine: machine, identity: credentials?.identity.name ?? "agent", environment: environment)
        problems = report.problems.map(\.description) + plan.problems
        warnings = report.warnings.map(\.description) + plan.warnings + configuration.unused.map { "\($0.diagnostic)" }
        plugins = plan.plugins?.plugins.count ?? 0
    }
}

/// A node that cannot start: everything that is wrong.
struct NodeCannotStart: Error, CustomStringConvertible {
    let problems: [String]

    /// One problem a line.
    var description: String { problems.joined(separator: "\n") }
}
