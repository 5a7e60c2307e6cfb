/// Values that people must not be shown, for texts of others that may repeat them: what a plugin prints, what a server answers.
package struct Secrets: Sendable, Equatable {
    /// The longest first: one may be a part of another.
    private let values: [String]

    /// Shorter values are not looked for: too many words would be taken for them. A secret of this length is found out by trying.
    package static let shortest = 6

    package static let none = Secrets([])

    /// - Parameter values: Each is looked for as it stands, and line by line if it has several.
    package init(_ values: some Sequence<String>) {
        let lines = values.flatMap { [$0] + ($0.contains("\n") ? $0.split(whereSeparator: \.isNewline).map(String.init) : []) }
        self.values = Set(lines.filter { $0.utf8.count >= Self.shortest }).sorted { ($0.utf8.count, $0) > ($1.utf8.count, $1) }
    }

    /// Settings, or variables of an environment: those whose names say that they are secret, the values of `headers`, and passwords in addresses.
    /// Objects of JSON are looked into.
    package init(in settings: [String: String]) { self.init(Self.secret(settings, all: false)) }

    private static func secret(_ settings: [String: String], all: Bool) -> [String] {
        settings.flatMap { name, value -> [String] in
            if value.hasPrefix("{"), let json = try? JSONText(Array(value.utf8)), json.kind == .object {
                var members: [String: String] = [:]
                json.forEachMember { if let text = $1.string { members[$0] = text } }
                return secret(members, all: name.lowercased() == "headers")
            }
            guard all || isSecret(name) else { return password(value) }
            // As in 'Bearer KEY'.
            return [value] + (value.split(separator: " ").count == 2 ? [String(value.split(separator: " ")[1])] : [])
        }
    }

    /// Whether the name of a setting or variable says that its value is secret: `key`, `API_KEY`, `x-api-key`, `githubToken`, `DB_PASSWORD_2`.
    package static func isSecret(_ name: String) -> Bool {
        let words = name.lowercased().split { !$0.isLetter }
        // The working directory, which every shell has.
        guard let word = words.last, word != "pwd" && word != "oldpwd" || words.count > 1 else { return false }
        return endings.contains { word.hasSuffix($0) }
    }

    private static let endings = ["key", "token", "secret", "password", "passwd", "passphrase", "pwd", "credential", "credentials", "auth", "authorization", "cookie"]

    /// Of `scheme://user:password@host`: as it is written, and as it is meant.
    private static func password(_ address: String) -> [String] {
        guard let scheme = address.firstRange(of: "://") else { return [] }
        let rest = address[scheme.upperBound...]
        // The last one: what is not written as %40 belongs to the password.
        guard let at = rest.prefix(while: { $0 != "/" && $0 != "?" }).lastIndex(of: "@"), let colon = rest[..<at].firstIndex(of: ":") else { return [] }
        let written = String(rest[rest.index(after: colon)..<at])
        return [written, decoded(written)]
    }

    /// Without percent encoding.
    private static func decoded(_ text: String) -> String {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), rest.count >= 2, let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The text, with `[secret]` in the place of each of them, also of the beginning of one where the text was cut: at its end, or before `…`.
    package func removed(from text: String) -> String {
        guard !values.isEmpty else { return text }
        var text = text
        for value in values where text.contains(value) { text.replace(value, with: "[secret]") }
        return text.split(separator: "…", omittingEmptySubsequences: false).map(withoutBeginning).joined(separator: "…")
    }

    private func withoutBeginning(_ part: Substring) -> String {
        for value in values {
            // The longest beginning that stands there.
            guard let length = (Self.shortest..<max(Self.shortest, value.count)).last(where: { part.hasSuffix(value.prefix($0)) }) else { continue }
            return part.dropLast(length) + "[secret]"
        }
        return String(part)
    }
}
