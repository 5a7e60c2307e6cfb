import ArgumentParser
import FoundationEssentials
import HectorAPI
import HectorCore

/// `hector mesh status`
struct MeshStatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Show every replica: its location, its state, its load and its latency.",
        discussion: """
            PATH is local (a child process of the server) or lan (offered by a node, on another machine). IN-FLIGHT counts this \
            server's calls; SHARE is the part of its calls to the plugin in the last ten seconds or so that went to the replica. \
            LOAD is how many calls of all servers the replica has, as it reported that long ago; K how many it works on at once \
            before each gets slower, as it tells or as was learned; TOK/S how many tokens it generates in a second, where it \
            tells. SUCCESS, P50 and P99 cover the server's most recent calls. CERTIFICATE is how long a remote replica's \
            certificate is still valid.

            Columns about which nothing is known are left out, and so are the less important ones if the terminal is too narrow.

            EXAMPLES
              hector mesh status
              hector mesh status --watch
              hector mesh status --json | jq '.replicas[] | select(.state != "ready")'
            """
    )

    @OptionGroup var server: ServerOptions
    @Flag(help: "Print the server's JSON.") var json = false
    @Flag(help: "Refresh every second, until Ctrl-C.") var watch = false

    func run() async throws {
        let (client, terminal) = (try server.client(), Terminal())
        var text = try await screen(client)
        while true {
            if watch { try terminal.clear() }
            try terminal.write(text)
            guard watch else { return }
            try await Task.sleep(for: .seconds(1))
            do {
                text = try await screen(client)
            } catch let failure as Failure where terminal.isInteractive {
                // A person waits for the server to come back; a script is told.
                text = terminal.styled(Failure.line(failure.description), .red) + "\nTrying again every second; Ctrl-C ends.\n"
            }
        }
    }

    private func screen(_ client: HectorClient) async throws -> String {
        json
            ? String(decoding: try await client.get("/mesh"), as: UTF8.self) + "\n"
            // Anew each time: its size may have changed.
            : Self.text(try await client.get("/mesh"), Terminal(), now: Date())
    }

    static func text(_ mesh: MeshReport, _ terminal: Terminal, now: Date) -> String {
        var table = Table([
            "PLUGIN", "REPLICA", "HOST", "PATH", "VERSION", "IN-FLIGHT", "SHARE", "LOAD", "K", "TOK/S", "SUCCESS", "P50", "P99",
            "CERTIFICATE", "STATE",
        ])
        for replica in mesh.replicas {
            let state = replica.reason.isEmpty ? replica.state : "\(replica.state): \(replica.reason)"
            table.add([
                .init(replica.plugin, .bold), .init(replica.replica), .init(replica.host), .init(replica.path),
                .init(replica.version.isEmpty ? Table.Cell.unknown : replica.version),
                .init(String(replica.inFlight), alignsRight: true),
                figure(replica.share.map(share)), figure(replica.load.map { load($0, age: replica.loadAge) }),
                figure(replica.concurrency.map(number)), figure(replica.decodeRate.map(number)),
                figure(replica.successRate.map(percent)), figure(replica.p50.map(time)), figure(replica.p99.map(time)),
                validity(replica.certificateExpires, now: now),
                .init(state, style(of: replica.state)),
            ])
        }
        let heading = "mesh \(mesh.mesh), host \(mesh.host), \(mesh.replicas.count { $0.state == "ready" }) of "
            + "\(mesh.replicas.count) replicas ready"
        var text = terminal.styled(Terminal.printable(heading), .dim) + "\n"
        table.removeUnknown(Self.rarelyKnown)
        // A certificate that ends soon is important.
        let needed = mesh.replicas.contains { validity($0.certificateExpires, now: now).style != nil } ? "CERTIFICATE" : nil
        let removed = terminal.columns.map {
            table.fit($0, last: Self.longestState, removing: Self.leastImportant.filter { $0 != needed })
        } ?? []
        if !mesh.replicas.isEmpty { text += table.text(for: terminal) }
        if !removed.isEmpty {
            text += terminal.styled("without \(removed.joined(separator: ", ")): the terminal is too narrow; --json shows all", .dim) + "\n"
        }
        var remarks = mesh.waiting.map { "waiting for a replica of \($0)" }
        remarks += conditions(mesh)
        for remark in remarks {
            let line = remark.split(whereSeparator: \.isNewline).joined(separator: " ")
            text += terminal.styled(Terminal.printable(line), .yellow) + "\n"
        }
        return text
    }

    /// What a person should know: absent nodes a few only, so that strangers who announce many do not push the rest off the screen.
    private static func conditions(_ mesh: MeshReport) -> [String] {
        guard let conditions = mesh.conditions else { return earlier(mesh) }
        let isAbsent = { (condition: MeshReport.Condition) in condition.code == ConditionKind.nodeAbsent.rawValue }
        let untold = conditions.filter(isAbsent).dropFirst(absentShown)
        let hidden = Set(untold.map(\.subject))
        return conditions.filter { !isAbsent($0) || !hidden.contains($0.subject) }.map { "\($0.severity): \($0.text)" }
            + (untold.isEmpty ? [] : ["\(untold.count) more nodes are not connected: --json shows all"])
    }

    /// The same of a server that knows no conditions.
    private static func earlier(_ mesh: MeshReport) -> [String] {
        var remarks: [String] = []
        for absent in mesh.absent.prefix(Self.absentShown) {
            let name = absent.node.map { "node \($0)" } ?? "the node"
            remarks.append("\(name) at \(absent.addresses.joined(separator: ", ")) is not connected: \(absent.reason)")
        }
        if mesh.absent.count > Self.absentShown {
            remarks.append("\(mesh.absent.count - Self.absentShown) more nodes are not connected: --json shows all")
        }
        return remarks + mesh.notices.map { "note: \($0)" }
    }

    /// Columns that are left out where nothing is known; others stay, so that the table keeps its form while calls come and go.
    private static let rarelyKnown = ["VERSION", "LOAD", "K", "TOK/S", "CERTIFICATE"]
    /// Columns that are left out where the terminal is too narrow, in this order.
    private static let leastImportant = ["VERSION", "CERTIFICATE", "PATH", "TOK/S", "IN-FLIGHT", "K", "P99"]
    /// The longest word for a state. The reason behind it may wrap.
    private static let longestState = "connecting".count

    private static let absentShown = 10

    private static func style(of state: String) -> Terminal.Style {
        switch state {
        case "ready": .green
        case "failed", "lost": .red
        default: .yellow
        }
    }

    private static func figure(_ text: String?) -> Table.Cell { .init(text ?? Table.Cell.unknown, alignsRight: true) }

    /// Never 0 % where something was sent, nor 100 % where something was sent elsewhere.
    private static func share(_ share: Double) -> String {
        switch share {
        case ...0: "0 %"
        case ..<0.01: "<1 %"
        case 0.99..<1: ">99 %"
        default: "\(decimal(share * 100, 0)) %"
        }
    }

    private static func load(_ calls: Int, age milliseconds: Double?) -> String {
        guard let seconds = milliseconds.map({ $0 / 1000 }) else { return String(calls) }
        let age = switch seconds {
        case ..<9.95: "\(decimal(seconds, 1)) s"
        case ..<120: "\(decimal(seconds, 0)) s"
        case ..<7_200: "\(decimal(seconds / 60, 0)) min"
        default: "\(decimal(seconds / 3_600, 0)) h"
        }
        return "\(calls) (\(age))"
    }

    /// With a decimal where it is not whole, and small enough that it counts.
    private static func number(_ figure: Double) -> String {
        let rounded = (figure * 10).rounded() / 10
        return decimal(rounded, rounded == rounded.rounded() || figure >= 100 ? 0 : 1)
    }

    /// Never 100 % where something failed.
    private static func percent(_ rate: Double) -> String {
        rate >= 1 ? "100 %" : "\(decimal(min(rate * 100, 99.9), 1)) %"
    }

    private static func time(_ milliseconds: Double) -> String {
        switch milliseconds {
        case ..<10: "\(decimal(milliseconds, 2)) ms"
        case ..<1000: "\(decimal(milliseconds, 0)) ms"
        default: "\(decimal(milliseconds / 1000, 1)) s"
        }
    }

    private static func validity(_ expiry: Int64?, now: Date) -> Table.Cell {
        guard let expiry else { return .init(Table.Cell.unknown) }
        let seconds = Double(expiry) - now.timeIntervalSince1970
        switch seconds {
        case ..<0: return .init("expired", .red)
        case ..<86_400: return .init("\(Int(seconds / 3600)) h", .red)
        case ..<(7 * 86_400): return .init("\(Int(seconds / 86_400)) d", .yellow)
        default: return .init("\(Int(seconds / 86_400)) d")
        }
    }
}
