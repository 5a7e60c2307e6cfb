/// Why a statement failed, or why there is no connection.
struct PostgresError: Error, Sendable {
    /// Five characters, <https://www.postgresql.org/docs/current/errcodes-appendix.html>; empty where the server said nothing.
    let state: String
    /// The server's words, or libpq's. Never the password: see `PostgresAddress`.
    let message: String

    /// The connection is of no more use, and the statement may be repeated on another one.
    var endsConnection: Bool {
        switch state {
        // Ended by an administrator, by a crash of another session, or not started yet; the classes of connections.
        case "57P01", "57P02", "57P03", "": true
        default: state.hasPrefix("08")
        }
    }

    /// Two transactions stood in each other's way, and this one was given up.
    var isConflict: Bool { state == "40P01" || state == "40001" }
    /// A table is not there: its collection was deleted.
    var isMissingTable: Bool { state == "42P01" }
}
