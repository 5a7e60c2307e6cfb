/// Tools that agents use. `Provider` describes the threads, concurrency, cancellation and errors of all methods.
///
/// The host repeats a call of a tool only if the tool's annotations say that it is `idempotent`, and no output has arrived. A call of any
/// other tool is made again only if it certainly did not begin.
public protocol ToolProvider: Provider {
    /// The tools that there are now. Hosts keep the list for some seconds, and ask again when a call throws `notFound`.
    ///
    /// - Returns: Tools with unique names of 1 to 64 of the characters a-z, A-Z, 0-9, `_`, `-` and `.`. `parametersJson` is a JSON Schema
    ///   object; models receive it byte for byte. A list that breaks `ToolLimits` fails the call.
    func tools() async throws -> [Tool]

    /// Runs one tool.
    ///
    /// Send output as soon as it exists. The host's `mesh.call_timeout` limits the time to the first output and between outputs, not the
    /// whole call: a tool that works for long sends `progress`. When nobody waits for the result any more, the task is cancelled and
    /// `onOutput` throws: stop then, and leave nothing half done if you can.
    ///
    /// - Parameters:
    ///   - request: The tool's name, and its arguments: a JSON object, which need not match the tool's schema. Models make mistakes.
    ///   - onOutput: Sends one piece of output: `text`, `data`, `image` or `progress`. Do not send `end`: return it. It suspends while the
    ///     reader is slow (back-pressure), and throws when the call has ended, usually `CancellationError`: rethrow the error.
    /// - Returns: `.done`, or `.failure` if the tool did not do what it was asked to and the output says why, for the model.
    /// - Throws: `ProviderError` with `notFound` if there is no such tool, with `invalidRequest` if the arguments are not what its schema
    ///   allows: both say that nothing was done. What the model should read is no error: send it and return `.failure`.
    func call(
        _ request: CallToolRequest, onOutput: @escaping @Sendable (ToolOutput) async throws -> Void
    ) async throws -> ToolEnd
}

extension ToolOutput {
    /// A piece of the result, for the model. Pieces of text are joined.
    public static func text(_ text: String) -> ToolOutput { making(ToolOutput()) { $0.text = text } }

    /// A result in structured form.
    ///
    /// - Parameter json: One JSON value.
    public static func data(json: String) -> ToolOutput { making(ToolOutput()) { $0.dataJson = json } }

    /// - Parameter mediaType: For example `image/png`.
    public static func image(_ bytes: [UInt8], mediaType: String) -> ToolOutput {
        making(ToolOutput()) {
            $0.image.mediaType = mediaType
            $0.image.data.append(contentsOf: bytes)
        }
    }

    /// How far the tool has come, for people who wait; models do not see it.
    ///
    /// - Parameter total: 0 if unknown.
    public static func progress(_ done: Double, of total: Double = 0, _ message: String = "") -> ToolOutput {
        making(ToolOutput()) {
            $0.progress.done = done
            $0.progress.total = total
            $0.progress.message = message
        }
    }
}

extension ToolEnd {
    /// The tool did what it was asked to.
    public static var done: ToolEnd { ToolEnd() }
    /// It did not; the output says why, for the model.
    public static var failure: ToolEnd { making(ToolEnd()) { $0.failed = true } }
}

extension Tool {
    /// - Parameter parameters: A JSON Schema object.
    public init(
        name: String, description: String, parameters: String, readOnly: Bool = false, idempotent: Bool = false, asks: Bool = false
    ) {
        self.init()
        self.name = name
        description_p = description
        parametersJson = parameters
        guard readOnly || idempotent || asks else { return }
        annotations.readOnly = readOnly
        annotations.idempotent = idempotent
        annotations.asks = asks
    }
}
