internal import HectorCore
internal import HectorPlugin

/// An answer that says what went wrong, in any of the forms that servers of OpenAI's API have.
struct OpenAIError: Sendable, Equatable {
    let status: Int
    /// The server's own words; its whole body where they are in no known place.
    let message: String
    let code: String
    /// The part of the request that it is about.
    let parameter: String?

    init(status: Int, body: [UInt8]) {
        self.init(status: status, (try? JSONText(body)).flatMap { $0.kind == .object ? $0 : nil }, text: String(decoding: body, as: UTF8.self))
    }

    /// One that comes in the middle of a stream.
    ///
    /// - Parameter error: What stands below `error`.
    init(inStream error: JSONText) {
        self.init(status: error["code"]?.int ?? 500, nil, error: error, text: error.text)
    }

    private init(status: Int, _ json: JSONText?, error: JSONText? = nil, text: String) {
        let error = error ?? json?["error"]
        self.status = status
        message = error?["message"]?.string ?? error?.string ?? json?["message"]?.string ?? json?["detail"]?.string
            ?? json?["detail"]?.text ?? text
        code = [error?["code"]?.string, error?["type"]?.string].compactMap(\.self).first { !$0.isEmpty } ?? ""
        parameter = error?["param"]?.string
    }

    /// What it means to the caller.
    ///
    /// - Parameters:
    ///   - server: Its words may be shown by `shown`.
    ///   - hasKey: Whether the request carried one.
    ///   - retryAfter: What the header of that name says.
    func failure(of server: HTTPEndpoint, model: String?, hasKey: Bool, catalog: ModelCatalog?, retryAfter: Duration?) -> ProviderError {
        let words = message.isEmpty ? "status \(status)" : server.shown(message)
        let said = "\(server.url) says: \(words)"
        let error = switch status {
        case 401:
            ProviderError(.unauthenticated, "\(server.url) \(hasKey ? "rejects the key: correct" : "wants a key: set") key in the plugin's configuration. It says: \(words)")
        case 403: ProviderError(.permissionDenied, "\(said) (key in the plugin's configuration may not do this)")
        case 404 where isAboutModel, 400 where code == "model_not_found":
            ProviderError(
                .failedPrecondition,
                "\(server.url) has no model \(model.map { quoted($0) } ?? "of that name")\(catalog.map { ": \($0.names)" } ?? ""). Correct model in the plugin's configuration")
        case 404, 405:
            ProviderError(.failedPrecondition, "\(server.url) has no such address, so it is not the beginning of an OpenAI API; most end with /v1. It says: \(words)")
        case 413: ProviderError(.tooLarge, said)
        case 400..<500 where isTooLong, 500 where isTooLong: ProviderError(.tooLarge, said)
        case 429: ProviderError(.exhausted, said)
        case 408, 502, 503, 504, 529: ProviderError(.unavailable, said)
        case 501: ProviderError(.unsupported, said)
        case 400..<500: ProviderError(.invalidRequest, parameter.map { "\(server.url) refuses \(server.shown($0)): \(words)" } ?? said)
        case 300..<400: ProviderError(.failedPrecondition, "\(server.url) answers with a redirection (status \(status)): write the address that it leads to as url")
        default: ProviderError(.failed, said)
        }
        var failure = error
        if failure.code == .exhausted || failure.code == .unavailable { failure.retryAfter = retryAfter }
        return failure
    }

    private var isAboutModel: Bool {
        code == "model_not_found" || parameter == "model" || message.lowercased().contains("model")
    }

    /// OpenAI, llama.cpp, vLLM and others say it in words of their own.
    private var isTooLong: Bool {
        if ["context_length_exceeded", "exceed_context_size_error", "string_above_max_length"].contains(code) { return true }
        let words = message.lowercased()
        return ["context length", "context size", "maximum context", "too large to process", "input length exceeds"].contains { words.contains($0) }
    }
}

extension Duration {
    /// A `retry-after` in seconds; the form with a date is not read, since clocks differ.
    init?(retryAfter text: String?) {
        guard let text, let seconds = Double(text), seconds >= 0, seconds < 1e6 else { return nil }
        self = .milliseconds(Int((seconds * 1_000).rounded(.up)))
    }
}
