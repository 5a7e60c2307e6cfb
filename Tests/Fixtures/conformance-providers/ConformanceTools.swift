internal import HectorCore
internal import Synchronization
public import HectorProviders

/// Tools that do what their arguments say, the same in memory, as a child and far away.
///
/// - `echo`, `once`: answer `text`. `echo` may be repeated.
/// - `count`: sends `number` pieces.
/// - `forever`: sends progress until its reader is gone; `state`: how the call of that `name` is: `unknown`, `begun` or `cancelled`.
/// - `flood`: sends 16 KiB at a time for as long as it may; its `state` is how often it has.
/// - `every`: one output of each kind.
/// - `refuse`: says why, and fails; `break`: fails after its first output; `die`: its process ends, having written a byte to `file`;
///   `late`: the same after its first output. `die.again` and `late.again` may be repeated.
public final class ConformanceTools: ToolProvider {
    public let about = PluginDescription(name: "conformance", version: "1.2.3")
    /// Neither its order nor its spaces, nor the way in which its numbers are written, are those of any encoder.
    public static let schema = #"{ "type":"object",  "properties":{"text":{"type":"string"},"b":{"multipleOf":1.0,"maximum":1E3,"é":"\u00e9\/"}}}"#
    private let states = Mutex<[String: String]>([:])
    private let crash: @Sendable (String) -> Void

    /// - Parameter crash: Ends the process, and notes that in a file.
    public init(crash: @escaping @Sendable (String) -> Void = { _ in }) { self.crash = crash }

    public func tools() async throws -> [Tool] {
        [Tool(name: "echo", description: "Says ü", parameters: Self.schema, readOnly: true, idempotent: true)]
            + ["once", "count", "forever", "flood", "state", "every", "refuse", "break", "die"].map {
                Tool(name: $0, description: "", parameters: "{}", asks: $0 == "once")
            } + [Tool(name: "late", description: "", parameters: "{}")]
            + ["die.again", "late.again"].map { Tool(name: $0, description: "", parameters: "{}", idempotent: true) }
    }

    public func call(
        _ request: CallToolRequest, onOutput: @escaping @Sendable (ToolOutput) async throws -> Void
    ) async throws -> ToolEnd {
        guard let arguments = try? JSONText(Array(request.argumentsJson.utf8)), arguments.kind == .object else {
            throw ProviderError(.invalidRequest, "the arguments are not a JSON object")
        }
        let name = arguments["name"]?.string ?? ""
        switch request.name {
        case "echo", "once":
            guard let text = arguments["text"]?.string else { throw ProviderError(.invalidRequest, "text is missing") }
            try await onOutput(.text(text))
        case "count":
            for index in 0..<(arguments["number"]?.int ?? 0) { try await onOutput(.text("\(index);")) }
        case "forever":
            states.withLock { $0[name] = "begun" }
            do {
                while true {
                    try await onOutput(.progress(1))
                    try await Task.sleep(for: .milliseconds(1))
                }
            } catch {
                states.withLock { $0[name] = "cancelled" }
                throw error
            }
        case "flood":
            let text = String(repeating: "x", count: 16 << 10)
            for count in 0..<Int.max {
                states.withLock { $0[name] = "\(count)" }
                try await onOutput(.text(text))
            }
        case "state": try await onOutput(.text(states.withLock { $0[name] } ?? "unknown"))
        case "every":
            try await onOutput(.progress(1, of: 2, "half"))
            try await onOutput(.text("a"))
            try await onOutput(.data(json: #"{"b":  1.0}"#))
            try await onOutput(.image([0, 255], mediaType: "image/png"))
        case "refuse":
            try await onOutput(.text("not today"))
            return .failure
        case "break":
            try await onOutput(.text("half "))
            throw ProviderError(.exhausted, "out of paper")
        case "late", "late.again":
            try await onOutput(.progress(1))
            // Until it has been written.
            try await Task.sleep(for: .milliseconds(200))
            crash(arguments["file"]?.string ?? "")
        case "die", "die.again": crash(arguments["file"]?.string ?? "")
        default: throw ProviderError(.notFound, "there is no tool '\(request.name)'")
        }
        return .done
    }
}
