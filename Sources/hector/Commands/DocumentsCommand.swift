import ArgumentParser
import HectorAPI

/// `hector documents`
struct DocumentsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "documents", abstract: "Show the document stores of the server: what is indexed, and what could not be read.",
        discussion: """
            EXAMPLE
              hector documents
            """
    )

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
