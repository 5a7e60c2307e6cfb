import HectorConfig
import HectorCore
import HectorHandshake
import HectorYAML

@testable import HectorDiscovery

enum HandshakeLineTarget {
    static func run(_ input: inout Input) {
        let seed = input.byte()
        var reader = LineReader(limit: Handshake.Limits.lineBytes)
        var lines = input.pieces(seed).flatMap { reader.read($0) }
        if let last = reader.finish() { lines.append(last) }
        for line in lines {
            precondition(line.text.utf8.count <= 3 * Handshake.Limits.lineBytes, "a line is bounded")
            do {
                let parsed = try HandshakeLine(parsing: line.text)
                precondition((parsed.certificateDER?.count ?? 0) <= Handshake.Limits.certificateBytes, "a certificate is bounded")
                // Certificates so short that go-plugin ignores them are never parsed; spaces at the ends are not kept.
                guard case .tcp(let address) = parsed.address else { continue }
                precondition(address.port > 0, "a port is one")
                let again = try? HandshakeLine(parsing: parsed.text)
                precondition(again == parsed, "what is written is read again")
            } catch {
                precondition(error.message.utf8.count < 2048 && !error.message.contains("\n"), "an error is one short line")
            }
        }
    }
}

enum YAMLTarget {
    private static let environment = ["HOME": "/home/somebody", "KEY": "a secret", "EMPTY": ""]
    private static let site = ConfigurationSite(folder: "/etc/hector") { _, _ in true }

    static func run(_ input: inout Input) {
        let isAgent = input.byte() & 1 == 1
        do {
            let document = try YAMLDocument(bytes: input.rest(), file: "made.yaml")
            if isAgent {
                _ = try NodeConfiguration(document, environment: environment, site: site)
            } else {
                let host = try HostConfiguration(document, environment: environment, site: site)
                _ = host.missingPlugins(discovered: [])
            }
        } catch {
            precondition((1...2 * YAMLLimits().diagnostics).contains(error.diagnostics.count), "problems are told, and not without end")
            for diagnostic in error.diagnostics {
                precondition(diagnostic.line >= 1 && diagnostic.column >= 1, "every problem has its place")
                precondition(!diagnostic.description.utf8.contains(10), "a problem is one line")
            }
        }
    }
}

enum TXTRecordsTarget {
    static func run(_ input: inout Input) {
        var limits = DiscoveryLimits()
        limits.instances = 8
        limits.nodes = 4
        limits.endpointsPerNode = 2
        var table = SightingTable(mesh: "home", limits: limits)
        while !input.isEmpty {
            let choice = input.byte()
            let instance = SightingTable.Instance(name: "node \(choice >> 4)", interface: Int32(choice >> 3 & 1), family: 0)
            switch choice & 7 {
            case 0: table.daemonLost()
            case 1: table.settled()
            case 2: table.lost(instance)
            case 3: table.unresolved(instance)
            default:
                // Strings as the packet has them: a byte of length before each.
                var strings: [[UInt8]] = []
                for _ in 0..<input.byte() & 15 { strings.append(input.take(Int(input.byte()))) }
                roundTrip(strings)
                _ = table.seen(instance)
                let endpoint = HostPort(host: "192.0.2.\(input.byte())", port: UInt16(choice) + 1)
                _ = table.resolved(instance, endpoint, text: strings)
            }
            let nodes = table.nodes
            precondition(nodes.count <= limits.nodes, "nodes are bounded")
            precondition(nodes.allSatisfy { $0.endpoints.count <= limits.endpointsPerNode }, "addresses are bounded")
        }
    }

    /// What was read and is announced again is the same, but for plugins that do not fit.
    private static func roundTrip(_ strings: [[UInt8]]) {
        guard let record = try? NodeRecord(text: strings) else { return }
        let text = record.text()
        precondition(text.allSatisfy { $0.count <= 255 }, "a string has at most 255 bytes")
        precondition(text.reduce(0) { $0 + $1.count + 1 } <= DiscoveryLimits().textBytesAnnounced, "a record is bounded")
        guard let again = try? NodeRecord(text: text) else { preconditionFailure("what is announced can be read") }
        precondition(record.plugins.starts(with: again.plugins) && again.id == record.id && again.name == record.name)
    }
}
