/// The bounds of sending traces.
struct TracingLimits: Sendable {
    /// Spans that wait to be sent: further ones are dropped and counted.
    var queue = 8_192
    /// Spans of one export, some 200 KiB: far below the longest message that collectors accept.
    var batch = 512
    /// How long a span waits for others to be sent with.
    var interval = Duration.seconds(1)
    /// How long a collector may take for one export, or for a connection.
    var exportTime = Duration.seconds(10)
    /// How long the last export may take when the host stops.
    var lastExportTime = Duration.seconds(2)
}
