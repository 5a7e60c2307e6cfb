internal import HectorCore
internal import HectorPlugin

/// A plugin's configuration: text, as `Initialize` brings it. What is wrong with it is told with the key's name and without its value,
/// which may be secret.
struct Settings: Sendable {
    private let values: [String: String]

    init(_ values: [String: String]) { self.values = values }

    /// Nil where it is not set, or empty.
    subscript(key: String) -> String? { values[key].flatMap { $0.isEmpty ? nil : $0 } }

    func required(_ key: String) throws(ProviderError) -> String {
        guard let value = self[key] else { throw ProviderError(.invalidRequest, "\(key) is required") }
        return value
    }

    func flag(_ key: String) throws(ProviderError) -> Bool? {
        guard let value = self[key] else { return nil }
        guard let flag = Bool(value.lowercased()) else { throw ProviderError(.invalidRequest, "\(key) must be true or false") }
        return flag
    }

    func integer(_ key: String, in range: ClosedRange<Int>) throws(ProviderError) -> Int? {
        guard let value = self[key] else { return nil }
        guard let number = Int(value), range.contains(number) else {
            throw ProviderError(.invalidRequest, "\(key) must be a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    func time(_ key: String) throws(ProviderError) -> Duration? {
        guard let value = self[key] else { return nil }
        guard let time = DurationText.parse(value), time > .zero else {
            throw ProviderError(.invalidRequest, "\(key) must be a time such as 500ms, 30s or 5m")
        }
        return time
    }

    /// A JSON array of texts.
    func list(_ key: String) throws(ProviderError) -> [String]? {
        guard let value = self[key] else { return nil }
        var texts: [String] = []
        let json = try? JSONText(Array(value.utf8))
        json?.forEachElement { if let text = $1.string { texts.append(text) } }
        guard json?.kind == .array else { throw ProviderError(.invalidRequest, #"\#(key) must be a list of texts, in JSON ["…", "…"]"#) }
        return texts
    }

    /// A JSON object of texts.
    func mapping(_ key: String) throws(ProviderError) -> [String: String]? {
        guard let value = self[key] else { return nil }
        var texts: [String: String] = [:]
        let json = try? JSONText(Array(value.utf8))
        json?.forEachMember { if let text = $1.string { texts[$0] = text } }
        guard json?.kind == .object else { throw ProviderError(.invalidRequest, #"\#(key) must be texts by name, in JSON {"NAME": "…"}"#) }
        return texts
    }
}
