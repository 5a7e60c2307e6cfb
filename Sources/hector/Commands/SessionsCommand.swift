import ArgumentParser
import FoundationEssentials
import HectorAPI
import HectorCore

/// `hector sessions`
struct SessionsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sessions", abstract: "Show and delete what agents remember of conversations.",
        discussion: """
            A session is named by its id, or by the name that its client gave it (A2A's contextId). The administrator sees all sessions, \
            a client (server.clients) its own. Deleting needs a token: server.token or a client's.
            """,
        subcommands: [SessionsListCommand.self, SessionsShowCommand.self, SessionsDeleteCommand.self])
}

struct SessionsListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "Show the sessions that are kept, the one used last first.")

    @OptionGroup var server: ServerOptions
    @Flag(help: "Print the server's JSON.") var json = false

    func run() async throws {
        let (client, terminal) = (try server.client(), Terminal())
        if json { return try terminal.write(String(decoding: try await client.get("/sessions"), as: UTF8.self) + "\n") }
        try terminal.write(Self.text(try await client.get("/sessions"), terminal, now: Date()))
    }

    static func text(_ list: SessionList, _ terminal: Terminal, now: Date) -> String {
        guard !list.sessions.isEmpty else { return "No sessions.\n" }
        var table = Table(["ID", "AGENT", "SESSION", "CLIENT", "TURNS", "USED"])
        for session in list.sessions {
            table.add([
                .init(session.id, .bold), .init(session.agent), .init(session.session), .init(session.client.isEmpty ? Table.Cell.unknown : session.client),
                .init(String(session.turns), alignsRight: true), .init(age(now.timeIntervalSince1970 - Double(session.used))),
            ])
        }
        return table.text(for: terminal)
    }

    private static func age(_ seconds: Double) -> String {
        switch seconds {
        case ..<60: "now"
        case ..<7_200: "\(Int(seconds / 60)) min ago"
        case ..<172_800: "\(Int(seconds / 3_600)) h ago"
        default: "\(Int(seconds / 86_400)) d ago"
        }
    }
}

struct SessionsShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "show", abstract: "Show what was said in a session.")

    @OptionGroup var server: ServerOptions
    @Flag(help: "Print the server's JSON.") var json = false
    @Argument(help: "Its id, or the name that its client gave it.") var session: String

    func run() async throws {
        let (client, terminal) = (try server.client(), Terminal())
        let path = "/sessions/\(session.percentEncoded)"
        if json { return try terminal.write(String(decoding: try await client.get(path), as: UTF8.self) + "\n") }
        try terminal.write(Self.text(try await client.get(path), terminal))
    }

    static func text(_ session: SessionReport, _ terminal: Terminal) -> String {
        var text = terminal.styled(Terminal.printable("agent \(session.agent), session \(session.session), \(session.turns) turns"), .dim) + "\n"
        if let summary = session.summary { text += terminal.styled("summary of the beginning: ", .dim) + Terminal.printable(summary) + "\n" }
        for message in session.messages ?? [] {
            let calls = message.calls.map { "[calls \($0.joined(separator: ", "))] " } ?? ""
            text += terminal.styled(Terminal.printable("\(message.role): "), .bold) + Terminal.printable(calls + message.text) + "\n"
        }
        return text
    }
}

struct SessionsDeleteCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "delete", abstract: "Forget a session, or all of them.",
        discussion: """
            On the server's own machine it goes by its control socket. Elsewhere pass --server, and a token in HECTOR_TOKEN: the server's, or \
            that of the client whose sessions they are.
            """)

    @OptionGroup var control: ControlOptions
    @Flag(help: "Print the server's JSON.") var json = false
    @Flag(help: "Forget all sessions that you may see.") var all = false
    @Argument(help: "Its id, or the name that its client gave it.") var session: String?

    func validate() throws {
        guard all == (session == nil) else { throw ValidationError("Name a session, or pass --all.") }
    }

    func run() async throws {
        let (client, terminal) = (try control.client(), Terminal())
        let path = session.map { "/sessions/\($0.percentEncoded)" } ?? "/sessions"
        let body = try await client.delete(path)
        if json { return try terminal.write(String(decoding: body, as: UTF8.self) + "\n") }
        let deleted = try? JSONDecoder().decode(SessionsDeleted.self, from: body)
        try terminal.write("\(deleted?.deleted ?? 0) sessions deleted\n")
    }
}
