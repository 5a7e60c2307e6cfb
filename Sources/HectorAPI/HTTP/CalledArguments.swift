import HectorCore
import HectorProviders

extension ToolCall {
    /// The arguments as an object's JSON, for forms that have them so.
    ///
    /// - Throws: `APIError.providerFailed` where the model wrote something else.
    func argumentsObject() throws(APIError) -> JSONText {
        let written = argumentsJson.isEmpty ? "{}" : argumentsJson
        guard let arguments = try? JSONText(Array(written.utf8)), arguments.kind == .object else {
            throw APIError(.providerFailed, "The model called \(singleLine(name, limit: 60)) with arguments that are not a JSON object: ask again.")
        }
        return arguments
    }
}
