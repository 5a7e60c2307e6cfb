internal import HectorCore
import HectorHandshake
import HectorYAML

/// Which configuration a plugin takes, as its manifest declares it.
package struct ConfigSchema: Sendable, Hashable {
    package var required: [String]
    package var optional: [String]
    package var defaults: [String: String]

    package init(required: [String] = [], optional: [String] = [], defaults: [String: String] = [:]) {
        self.required = required
        self.optional = optional
        self.defaults = defaults
    }

    /// What is wrong with a configuration.
    struct Missing: Error, Equatable {
        var keys: [String]
    }

    /// The configuration with the defaults filled in, and a warning for every key that the plugin does not know.
    /// A required key without a value, or with an empty one, is missing.
    func merge(_ config: [String: String]) throws(Missing) -> (config: [String: String], warnings: [String]) {
        let merged = defaults.merging(config) { _, given in given }
        let missing = required.filter { merged[$0, default: ""].isEmpty }
        guard missing.isEmpty else { throw Missing(keys: missing) }
        let known = required + optional + defaults.keys.sorted()
        // A schema that names nothing says nothing.
        let unknown = known.isEmpty ? [] : config.keys.filter { !known.contains($0) }.sorted()
        return (merged, unknown.map { key in
            let hint = nearest(to: key, among: known).map { "did you mean \(quoted($0))?" } ?? "its keys are \(known.joined(separator: ", "))"
            return "config.\(key) is not known to the plugin: \(hint)"
        })
    }
}
