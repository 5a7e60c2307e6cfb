/// A plugin as a configuration names it.
package struct PluginEntry: Sendable, Equatable {
    /// Replicas of the same key belong together, wherever they run.
    package let key: PluginKey
    package var kind: PluginKind { key.kind }
    package var name: String { key.name }
    /// The absolute path of the executable; nil when the plugin runs on other machines only.
    package let path: String?
    /// Which of the plugins of `hector-plugins` it is, which `path` names then; nil for any other plugin.
    package let builtin: Builtin?
    package let enabled: Bool
    /// What the plugin receives: values as they are written, variables replaced.
    package let config: [String: String]
    /// Processes to run here.
    package let replicas: Int
    /// Nil where it is not set.
    package let startTimeout: Duration?
    package let autoMTLS: AutoMTLS
    /// Whether each call costs money; nil: as the plugin's manifest says.
    package let metered: Bool?
    /// Whether all replicas of a database have the same data, on whichever machine they are.
    package let shared: Bool
    package let environment: Environment
    /// The environment variables that this entry names with `${…}`, set or not.
    package let variables: Set<String>
    /// How its processes are replaced when the entry, its manifest or its executable changes.
    package let upgrade: UpgradeMode

    package init(
        key: PluginKey, path: String?, builtin: Builtin? = nil, enabled: Bool, config: [String: String], replicas: Int, startTimeout: Duration?,
        autoMTLS: AutoMTLS, metered: Bool?, shared: Bool = false, environment: Environment, variables: Set<String>,
        upgrade: UpgradeMode = .beside
    ) {
        self.key = key
        self.path = path
        self.builtin = builtin
        self.enabled = enabled
        self.config = config
        self.replicas = replicas
        self.startTimeout = startTimeout
        self.autoMTLS = autoMTLS
        self.metered = metered
        self.shared = shared
        self.environment = environment
        self.variables = variables
        self.upgrade = upgrade
    }

    /// The environment that the plugin's processes get.
    package struct Environment: Sendable, Equatable {
        /// Whether they inherit that of the program that starts them.
        package let inherit: Bool
        /// What they get besides, whatever they inherit.
        package let set: [String: String]

        package static let standard = Environment(inherit: true, set: [:])

        package init(inherit: Bool, set: [String: String]) {
            self.inherit = inherit
            self.set = set
        }
    }
}

/// Whether the two sides of a plugin's connection identify themselves to each other with certificates made for one run.
package enum AutoMTLS: String, Sendable, CaseIterable {
    case off
    /// Offered; a plugin that does not know it is used without.
    case offered
    case required
}

/// How the processes of a plugin are replaced by new ones.
package enum UpgradeMode: String, Sendable, CaseIterable {
    /// The new process starts beside the old one, which drains once the new one has proved healthy and takes its calls.
    case beside
    /// One replica at a time stops, while another one serves, before its new process starts: for what fills the memory.
    case inTurn = "in_turn"
}
