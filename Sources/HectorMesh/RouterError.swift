package import HectorCore

/// Why the router itself ended a call. What a replica answered passes through as it is.
package struct RouterError: Error, Sendable, Equatable, CustomStringConvertible {
    package enum Code: String, Sendable {
        /// None became ready in time, or all are given up.
        case noReplica
        /// There are replicas, and none has the method.
        case unimplemented
        /// There are replicas, and none can do what the call needs.
        case lacksAbility = "lacks_ability"
        /// Too many calls wait already.
        case tooManyWaiting
        /// The deadline passed before the call was sent.
        case deadlineExceeded
        /// Replica after replica was lost under the call: it is not sent to another one.
        case callLostReplicas = "call_lost_replicas"
        /// The router has ended: the process is shutting down.
        case stopped
    }

    package let code: Code
    package let plugin: PluginKey
    /// All replicas that are known, with the reason why each is out.
    package let replicas: [ReplicaStatus]
    /// What is wrong, and what to do.
    package let message: String

    init(_ code: Code, _ plugin: PluginKey, _ problem: String, replicas: [ReplicaStatus] = []) {
        self.code = code
        self.plugin = plugin
        self.replicas = replicas
        message = "\(plugin): \(problem)"
    }

    package var description: String { message }

    /// By code and plugin: texts are for people.
    package static func == (left: RouterError, right: RouterError) -> Bool {
        left.code == right.code && left.plugin == right.plugin
    }

    static func stopped(_ plugin: PluginKey) -> RouterError {
        RouterError(.stopped, plugin, "not called, because this program is shutting down")
    }

    static func unimplemented(_ plugin: PluginKey, _ method: String, replicas: [ReplicaStatus]) -> RouterError {
        let hosts = Set(replicas.map(\.host)).sorted()
        let more = hosts.count > 5 ? " and \(hosts.count - 5) more machines" : ""
        return RouterError(
            .unimplemented, plugin,
            """
            none of \(replicas.count) known replicas has the method \(method); update the program that serves the plugin \
            (hector-plugin-agent or another server) on \(hosts.prefix(5).joined(separator: ", "))\(more)
            """,
            replicas: replicas)
    }

    static func lacksAbility(_ plugin: PluginKey, _ needs: Abilities, replicas: [ReplicaStatus]) -> RouterError {
        let (names, count) = (needs.names.joined(separator: " and "), replicas.count)
        return RouterError(
            .lacksAbility, plugin,
            "not supported: \(names); none of \(count) known \(count == 1 ? "replica" : "replicas") declares it among its capabilities", replicas: replicas)
    }

    package static func callLostReplicas(_ plugin: PluginKey, _ lost: [ReplicaID]) -> RouterError {
        RouterError(
            .callLostReplicas, plugin,
            """
            \(lost.count) replicas were lost while they worked on this call (\(lost.map(\.description).joined(separator: ", "))), so it is not sent to \
            another one. The request may crash the plugin: see the plugin's log before you send it again
            """)
    }

    static func noReplica(_ plugin: PluginKey, waited: Duration?, replicas: [ReplicaStatus]) -> RouterError {
        let time = waited.map { " within \($0.inSeconds)" } ?? ""
        guard !replicas.isEmpty else {
            return RouterError(
                .noReplica, plugin,
                "no replica is known\(time); install the plugin here, or start hector-plugin-agent on a machine that has it")
        }
        // Bounded: an error text is read by people.
        let shown = replicas.prefix(5).map { status in
            "\(status.replica) on \(status.host) is \(status.state.rawValue)\(status.reason.isEmpty ? "" : ": \(status.reason)")"
        }
        let more = replicas.count > shown.count ? "; and \(replicas.count - shown.count) more" : ""
        return RouterError(
            .noReplica, plugin,
            "none of \(replicas.count) known replicas could take the call\(time) (\(shown.joined(separator: "; "))\(more)); see `hector mesh status`",
            replicas: replicas)
    }
}
