/// Why a plugin cannot be used. Compare by `code`; `message` says which plugin, what is wrong and what to do.
package struct PluginError: Error, Sendable, Equatable, CustomStringConvertible {
    package enum Code: String, Sendable, Hashable {
        /// The executable: absent, no file, no execute bit, wrong architecture, no interpreter, open for writing.
        case notFound, notAFile, notExecutable, wrongArchitecture, missingInterpreter, unknownFormat, beingWritten
        /// This process lacks what it needs to start or reach a plugin: descriptors, memory, processes, disk. Not the plugin's fault.
        case host
        /// The system refused to start it for another reason.
        case spawn
        /// The manifest cannot be read or is not valid.
        case manifest
        /// It wants another version of Hector.
        case incompatible
        /// Required configuration is missing.
        case configuration
        /// The first line on stdout is no handshake that we can use.
        case handshake
        /// No handshake, or no answer, within the start-up limit.
        case startTimeout
        /// It ended before it was ready, or while it served.
        case exited
        /// It listens, but no connection came about, or it was lost.
        case connection
        /// It says of itself that it does not serve.
        case unhealthy
        /// It answered nothing for a long time.
        case unresponsive
        /// `Initialize` failed.
        case initialize
        /// It failed too often in too short a time.
        case gaveUp
    }

    package var code: Code
    package var plugin: String
    /// What is wrong and what to do, without the plugin's name.
    package var problem: String
    package var cause: (any Error)?

    package init(_ code: Code, plugin: String, _ problem: String, cause: (any Error)? = nil) {
        self.code = code
        self.plugin = plugin
        self.problem = problem
        self.cause = cause
    }

    package var message: String { "plugin \(plugin): \(problem)" }
    package var description: String { message }

    /// What is to be done about a failure.
    enum Remedy: Equatable {
        /// A new start may help; how often is counted.
        case restart
        /// The plugin's file must be fixed, which may happen at any moment: an upgrade that removes the old one and
        /// then writes the new one is such a case. Tried for ever, and not counted.
        case mendFile
        /// The host has to get what it lacks. Tried for ever, and not counted.
        case wait
        /// The same file with the same configuration can only fail again.
        case replace
    }

    var remedy: Remedy {
        switch code {
        case .spawn, .startTimeout, .exited, .connection, .unhealthy, .unresponsive, .initialize: .restart
        case .notFound, .notAFile, .notExecutable, .wrongArchitecture, .missingInterpreter, .unknownFormat, .beingWritten: .mendFile
        case .host: .wait
        case .manifest, .incompatible, .configuration, .handshake, .gaveUp: .replace
        }
    }

    package static func == (left: Self, right: Self) -> Bool { left.code == right.code && left.plugin == right.plugin }
}
