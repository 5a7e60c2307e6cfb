import HectorCore

/// The media types that an agent answers in, and what a client accepts of them.
enum OutputModes {
    static let text = "text/plain"
    static let data = "application/json"
    static let all = [text, data]

    /// What an answer is made of for a client: text where it accepts that, else data.
    ///
    /// - Parameter configuration: Of the message; without `acceptedOutputModes` everything is accepted.
    /// - Throws: `RPCFailure` where the client accepts neither; it names what it accepts.
    static func chosen(_ configuration: A2AParameters?) throws(RPCFailure) -> A2ATask.Output {
        guard let configuration, let value = configuration["acceptedOutputModes"] else { return .text }
        var modes: [String] = []
        let isArray = try value.forEachElement { index, mode throws(RPCFailure) in
            guard index < A2ALimits.modes else { throw configuration.wrong("acceptedOutputModes", "has more than \(A2ALimits.modes) elements") }
            guard mode.kind == .string, mode.bytes.count <= A2ALimits.modeBytes, let mode = mode.string else {
                throw configuration.wrong("acceptedOutputModes[\(index)]", "is not a media type such as text/plain")
            }
            modes.append(mode)
        }
        guard isArray else { throw configuration.wrong("acceptedOutputModes", "is not an array") }
        if modes.isEmpty || modes.contains(where: { accepts($0, text) }) { return .text }
        if modes.contains(where: { accepts($0, data) }) { return .data }
        let given = modes.map { singleLine($0, limit: 60) }.joined(separator: ", ")
        throw RPCFailure(.contentTypeNotSupported, "The agent answers in \(all.joined(separator: " and ")); acceptedOutputModes has only \(given).")
    }

    /// `text`, as clients of 0.2 write, and `text/*` accept text/plain. Parameters such as a character set do not count.
    private static func accepts(_ mode: String, _ type: String) -> Bool {
        let mode = mode.prefix { $0 != ";" }.filter { $0 != " " }.lowercased()
        let range = type.prefix { $0 != "/" }
        return mode == type || mode == "*/*" || mode == "*" || mode == range || mode == "\(range)/*"
    }
}
