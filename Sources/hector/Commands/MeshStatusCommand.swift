import ArgumentParser
import Foundation
import HectorAPI

/// `hector mesh status`
struct MeshStatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Show every replica: its location, its state and its latency.",
        discussion: """
            PATH is local (a child process of the server) or lan (offered by a node, on another machine). SUCCESS, P50 and \
            P99 cover the server's most recent calls. CERTIFICATE is how long a remote replica's certificate is still valid.

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
        var text = try await screen(client, terminal)
        while true {
            if watch { try terminal.clear() }
            try terminal.write(text)
            guard watch else { return }
            try await Task.sleep(for: .seconds(1))
            do {
                text = try await screen(client, terminal)
            } catch let failure as Failure where terminal.isInteractive {
                // A person waits for the server to come back; a script is told.
                text = terminal.styled(Failure.line(failure.description), .red) + "\nTrying again every second; Ctrl-C ends.\n"
            }
        }
    }

    private func screen(_ client: HectorClient, _ terminal: Terminal) async throws -> String {
        json
            ? String(decoding: try await client.get("/mesh"), as: UTF8.self) + "\n"
            : Self.text(try await client.get("/mesh"), terminal, now: Date())
    }

    static func text(_ mesh: MeshReport, _ terminal: Terminal, now: Date) -> String {
        var table = Table([
            "PLUGIN", "REPLICA", "HOST", "PATH", "VERSION", "IN-FLIGHT", "SUCCESS", "P50", "P99", "CERTIFICATE", "STATE",
        ])
        for replica in mesh.replicas {
            let state = replica.reason.isEmpty ? replica.state : "\(replica.state): \(replica.reason)"
            table.add([
                .init(replica.plugin, .bold), .init(replica.replica), .init(replica.host), .init(replica.path),
                .init(replica.version.isEmpty ? "-" : replica.version),
                .init(String(replica.inFlight), alignsRight: true),
                .init(replica.successRate.map(percent) ?? "-", alignsRight: true),
                .init(replica.p50.map(time) ?? "-", alignsRight: true),
                .init(replica.p99.map(time) ?? "-", alignsRight: true),
                validity(replica.certificateExpires, now: now),
                .init(state, style(of: replica.state)),
            ])
        }
        let heading = "mesh \(mesh.mesh), host \(mesh.host), \(mesh.replicas.count { $0.state == "ready" }) of "
            + "\(mesh.replicas.count) replicas ready"
        var text = terminal.styled(Terminal.printable(heading), .dim) + "\n"
        if !mesh.replicas.isEmpty { text += table.text(for: terminal) }
        var remarks = mesh.waiting.map { "waiting for a replica of \($0)" }
        for absent in mesh.absent.prefix(Self.absentShown) {
            let name = absent.node.map { "node \($0)" } ?? "the node"
            remarks.append("\(name) at \(absent.addresses.joined(separator: ", ")) is not connected: \(absent.reason)")
        }
        if mesh.absent.count > Self.absentShown {
            remarks.append("\(mesh.absent.count - Self.absentShown) more nodes are not connected: --json shows all")
        }
        remarks += mesh.notices.map { "note: \($0)" }
        for remark in remarks {
            let line = remark.split(whereSeparator: \.isNewline).joined(separator: " ")
            text += terminal.styled(Terminal.printable(line), .yellow) + "\n"
        }
        return text
    }

    /// So that strangers who announce many do not push the rest off the screen.
    private static let absentShown = 10

    private static func style(of state: String) -> Terminal.Style {
        switch state {
        case "ready": .green
        case "failed", "lost": .red
        default: .yellow
        }
    }

    /// Never 100 % where something failed.
    private static func percent(_ rate: Double) -> String {
        rate >= 1 ? "100 %" : String(format: "%.1f %%", min(rate * 100, 99.9))
    }

    private static func time(_ milliseconds: Double) -> String {
        switch milliseconds {
        case ..<10: String(format: "%.2f ms", milliseconds)
        case ..<1000: String(format: "%.0f ms", milliseconds)
        default: String(format: "%.1f s", milliseconds / 1000)
        }
    }

    private static func validity(_ expiry: Int64?, now: Date) -> Table.Cell {
        guard let expiry else { return .init("-") }
        let seconds = Double(expiry) - now.timeIntervalSince1970
        switch seconds {
        case ..<0: return .init("expired", .red)
        case ..<86_400: return .init("\(Int(seconds / 3600)) h", .red)
        case ..<(7 * 86_400): return .init("\(Int(seconds / 86_400)) d", .yellow)
        default: return .init("\(Int(seconds / 86_400)) d")
        }
    }
}
