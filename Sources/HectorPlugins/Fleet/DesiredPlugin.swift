package import HectorCore

/// A plugin as it should run on this machine: what its entry and manifest come to, and which state of its executable is meant.
package struct DesiredPlugin: Sendable, Equatable {
    package var specification: PluginSpecification
    /// The executable when this was computed: another file at the same path is another plugin.
    package var binary: FileStamp

    package var key: PluginKey { specification.key }

    /// What it is read from.
    package var files: [String] { [specification.executable, specification.executable + PluginManifest.suffix] }

    package init(_ specification: PluginSpecification, binary: FileStamp) {
        self.specification = specification
        self.binary = binary
    }

    /// The same, with a look at the file system.
    package init(_ specification: PluginSpecification) {
        self.init(specification, binary: FileStamp(specification.executable))
    }

    /// Whether a process of the one is a process of the other: they differ at most in what decides how many there are and how they are
    /// replaced.
    package func runsLike(_ other: DesiredPlugin) -> Bool {
        var (a, b) = (specification, other.specification)
        (a.replicas, b.replicas) = (0, 0)
        (a.upgrade, b.upgrade) = (.beside, .beside)
        (a.startTimeout, b.startTimeout) = (nil, nil)
        return a == b && binary == other.binary
    }

    /// What is different in `next`, for people; empty where nothing is.
    package func changes(to next: DesiredPlugin) -> [String] {
        let (a, b) = (specification, next.specification)
        var changes: [String] = []
        func compare(_ name: String, _ isSame: Bool) { if !isSame { changes.append(name) } }
        compare("path", a.executable == b.executable)
        compare("executable", a.executable != b.executable || binary == next.binary)
        compare("manifest", a.manifest == b.manifest)
        compare("config", a.config == b.config && a.arguments == b.arguments)
        compare("env", a.variables == b.variables)
        compare("replicas \(a.replicas) → \(b.replicas)", a.replicas == b.replicas)
        compare("start_timeout", a.startTimeout == b.startTimeout)
        compare("auto_mtls", a.autoMTLS == b.autoMTLS)
        compare("metered", a.metered == b.metered)
        compare("upgrade", a.upgrade == b.upgrade)
        compare("names of its replicas", a.sharesItsName == b.sharesItsName)
        return changes
    }
}
