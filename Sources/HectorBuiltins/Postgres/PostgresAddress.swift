internal import CPostgres
internal import HectorCore
internal import HectorProviders

/// Where a PostgreSQL server is and who we are there: a URL as libpq reads it. Its password appears in no text that anybody sees.
struct PostgresAddress: Sendable {
    /// What libpq is given.
    let url: String
    /// For people: host, port and database.
    let name: String
    private let password: String

    /// - Throws: `ProviderError` that quotes nothing of the URL: where it is not one, what seems to be a host may be a part of the password.
    init(_ url: String) throws(ProviderError) {
        let refusal = ProviderError(
            .invalidRequest,
            "'url' is not an address of a PostgreSQL server, as in postgresql://USER:PASSWORD@HOST:5432/DATABASE; in a password, write @ as %40, / as %2F and : as %3A")
        guard url.hasPrefix("postgresql://") || url.hasPrefix("postgres://") else { throw refusal }
        var complaint: UnsafeMutablePointer<CChar>?
        guard let options = PQconninfoParse(url, &complaint) else {
            PQfreemem(complaint)
            throw refusal
        }
        defer { PQconninfoFree(options) }
        var values: [String: String] = [:]
        var option = options
        while let keyword = option.pointee.keyword {
            if let value = option.pointee.val { values[String(cString: keyword)] = String(cString: value) }
            option += 1
        }
        let host = values["host"] ?? ""
        guard host.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "@") }) else { throw refusal }
        self.url = url
        password = values["password"] ?? ""
        name = "\(host.isEmpty ? "the local server" : host)\(values["port"].map { ":\($0)" } ?? "")\(values["dbname"].map { "/\($0)" } ?? "")"
    }

    /// A text of libpq or of the server, without the password and on one line.
    func clean(_ text: String) -> String {
        let text = password.isEmpty ? text : text.split(separator: password, omittingEmptySubsequences: false).joined(separator: "…")
        return singleLine(text, limit: 500)
    }
}
