/// Names of the metadata that hosts, nodes and plugins send each other.
package enum MeshMetadata {
    /// The plugin that a node is to pass a call to, by its name; without it the first label of `:authority` counts.
    package static let plugin = "hector-plugin"
    /// The replica of that plugin; without it the node picks one.
    package static let replica = "hector-replica"
    /// In a status that a node made itself, or a plugin that stops: what could not be reached, `Lost`.
    package static let lost = "hector-lost"
    /// In the trailers of a response: how busy the process is that made it, `LoadReport.bytes`.
    package static let load = "hector-load-bin"
    /// In the trailers of a failure: the milliseconds for which its maker asks not to be called (gRPC A6).
    package static let pushback = "grpc-retry-pushback-ms"

    /// Values of `lost`.
    package enum Lost {
        /// The plugin is not there, or not for this call, which never began: another node or replica may have it.
        package static let plugin = "plugin"
        /// The connection to the replica ended under the call.
        package static let replica = "replica"
    }
}
