internal import HectorConfig
package import HectorCore
internal import HectorPlugins
internal import HectorProgram

/// All that this node should be, as its configuration says. A pure value; what it needs to know of files was read before.
package struct NodeDesiredState: DesiredStateOfProgram {
    var plugins: [DesiredPlugin]
    /// How long calls in flight may take to finish when the node stops.
    var drainTimeout: Duration
    /// What the node listens on and is known by.
    var identity: Identity
    package var reload: ReloadMode
    var logLevel: LogThreshold?
    package var warnings: [String] = []
    package var files: [String] { plugins.flatMap(\.files) }

    struct Identity: Sendable, Equatable {
        var name: String?
        var listen: HostPort
        var advertise: HostPort?
        var mesh: NodeConfiguration.Mesh
    }

    /// - Parameter plugins: Those of this machine, with their manifests.
    init(_ configuration: NodeConfiguration, plugins: [DesiredPlugin], warnings: [String] = []) {
        self.plugins = plugins
        self.warnings = warnings
        reload = configuration.reload
        logLevel = configuration.logLevel
        drainTimeout = configuration.drainTimeout
        identity = Identity(name: configuration.name, listen: configuration.listen, advertise: configuration.advertise, mesh: configuration.mesh)
    }

    package func difference(to next: NodeDesiredState) -> [StateChange] {
        var changes = StateChange.between(plugins, next.plugins) { "plugin \($0.key)" } changes: { old, new in
            let changes = old.changes(to: new)
            return changes.isEmpty ? nil : changes
        }
        func compare(_ key: String, _ isSame: Bool, restart: String? = nil) {
            if !isSame { changes.append(StateChange(.changed, key, restart: restart)) }
        }
        let (old, new) = (identity, next.identity)
        compare("agent.name", old.name == new.name, restart: "hosts know the node by it")
        compare("agent.listen", old.listen == new.listen, restart: "the node listens there already")
        compare("agent.advertise", old.advertise == new.advertise, restart: "it is announced already")
        compare("reload", reload == next.reload)
        compare("log_level", logLevel == next.logLevel)
        compare("agent.drain_timeout", drainTimeout == next.drainTimeout)
        compare("mesh.name", old.mesh.name == new.mesh.name, restart: "connections to hosts were made with it")
        compare("mesh.tls", old.mesh.tls == new.mesh.tls, restart: "connections to hosts were made with it")
        compare("mesh.announce.avahi", old.mesh.avahi == new.mesh.avahi, restart: "it is announced already, or not")
        return changes
    }

    package func succeeded(by next: NodeDesiredState) -> NodeDesiredState {
        var state = next
        state.identity = identity
        return state
    }
}
