/// Which environment variables a plugin gets of those of the program that starts it.
package struct InheritedVariables: Sendable, Hashable {
    /// Whether it inherits anything but the few that every program needs.
    package var inherits: Bool
    /// Named by the configuration for other purposes than this plugin: secrets of others.
    package var withheld: Set<String>
    /// What it gets besides, whatever it inherits.
    package var added: [String: String]

    package init(inherits: Bool = true, withheld: Set<String> = [], added: [String: String] = [:]) {
        self.inherits = inherits
        self.withheld = withheld
        self.added = added
    }

    /// The plugin's variables, where `variables` are those of the program that starts it.
    package func of(_ variables: [String: String]) -> [String: String] {
        variables.filter { name, _ in
            guard inherits else { return Self.basic.contains(name) }
            return Self.isCommon(name) || !name.hasPrefix("HECTOR_") && !withheld.contains(name)
        }.merging(added) { $1 }
    }

    /// Variables that most programs need.
    private static let basic: Set = ["PATH", "HOME", "LANG", "TZ", "TMPDIR"]

    /// Inherited even where a configuration names them: they describe how the machine is set up, and are not secrets.
    private static func isCommon(_ name: String) -> Bool {
        common.contains(name) || commonPrefixes.contains(where: name.hasPrefix)
    }

    private static let common: Set = basic.union(["USER", "SHELL", "LD_LIBRARY_PATH"]).union(
        ["http_proxy", "https_proxy", "ftp_proxy", "all_proxy", "no_proxy"].flatMap { [$0, $0.uppercased()] })
    private static let commonPrefixes = ["LC_", "XDG_", "CUDA_"]
}
