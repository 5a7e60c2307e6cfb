import ArgumentParser
import HectorAPI
import HectorCore
import NIOCore

/// `hector documents`
struct DocumentsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "documents", abstract: "Show the document stores of the server, or index one again.",
        discussion: """
            EXAMPLES
              hector documents
              hector documents reindex manuals
            """,
        subcommands: [DocumentsListCommand.self, DocumentsReindexCommand.self], defaultSubcommand: DocumentsListCommand.self)
}

struct DocumentsReindexCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reindex", abstract: "Have all files of a store read and embedded again.",
        discussion: """
            For when the embedder behind a name has become another one, or the database has lost a part of what it had: changed files are noticed \
            without it. What is indexed stays until then, and agents go on finding it.

            On the server's own machine it goes by its control socket. Elsewhere pass --server, and the server's token in HECTOR_TOKEN.
            """)

    @OptionGroup var control: ControlOptions
    @Argument(help: "The store's name.") var store: String

    /// What the server answers.
    private struct Begun: Decodable {
        var databases: [String]
    }

    func run() async throws {
        let (client, path) = (try control.client(), "/documents/\(store.percentEncoded)/reindex")
        let begun = try client.decode(try await client.post(path, within: .seconds(30)), path, as: Begun.self)
        try Terminal().write(Terminal.printable("\(store) in \(begun.databases.joined(separator: " and ")) is indexed again: `hector documents` shows how far it is") + "\n")
    }
}

struct DocumentsListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Show the document stores: what is indexed, and what could not be read.")

    @OptionGroup var server: ServerOptions
    @Flag(help: "Print the server's JSON.") var json = false

    func run() async throws {
        let (client, terminal) = (try server.client(), Terminal())
        if json { return try terminal.write(String(decoding: try await client.get("/documents"), as: UTF8.self) + "\n") }
        let stores = try await client.get("/documents", as: DocumentsReport.self).stores
        guard !stores.isEmpty else {
            return try terminal.write("No document stores: name folders in the server's hector.yaml, under document_stores, and in an agent's document_stores.\n")
        }
        var table = Table(["STORE", "DATABASE", "STATE", "FILES", "CHUNKS", "PROBLEMS", "PATH"])
        for store in stores {
            let isGood = store.state == "up_to_date"
            let state = store.state.split(separator: "_").joined(separator: " ") + (store.reason.isEmpty ? "" : ": \(store.reason)")
            table.add([
                .init(store.store, .bold), .init(store.database), .init(state, isGood ? .green : .yellow), .init("\(store.indexed)/\(store.files)", alignsRight: true),
                .init("\(store.chunks)", alignsRight: true), .init("\(store.problemCount)", store.problemCount > 0 ? .yellow : nil, alignsRight: true), .init(store.path),
            ])
        }
        try terminal.write(table.text(for: terminal))
        let problems = stores.flatMap { store in store.problems.map { (store, $0) } }
        guard !problems.isEmpty else { return }
        var list = Table(["STORE", "FILE", "PROBLEM"])
        for (store, problem) in problems { list.add([.init(store.store), .init(problem.path.isEmpty ? "(all)" : problem.path), .init(problem.message)]) }
        try terminal.write("\n" + list.text(for: terminal))
    }
}
