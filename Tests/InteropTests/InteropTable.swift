/// docs/interop.md, from what a run has seen.
struct InteropTable {
    var versions: [Peer: String]
    var outcomes: [Road: [String: Outcome]]

    static let path = "\(Foreign.root)/docs/interop.md"

    func text() -> String {
        var notes = Notes()
        let ours = table(isOurCall: true, &notes)
        let theirs = table(isOurCall: false, &notes)
        return """
            # Interoperability

            Our gRPC client and server with those of other makers, in the cases of gRPC's own
            [interop tests](https://github.com/grpc/grpc/blob/master/doc/interop-test-descriptions.md). Every run of the tests
            makes this page anew and fails where it differs, or where a case does not do what its description demands.
            `Tests/InteropTests/matrix/README.md` says how.

            | peer | language | version | from |
            | --- | --- | --- | --- |
            \(Peer.all.map { Self.row(of: $0, versions[$0] ?? "") }.joined(separator: "\n"))

            TLS is version 1.3 with certificates on both sides, over TCP; unix is a unix socket, in plaintext.

            ## Our client, their server

            \(ours)

            ## Their client, our server

            \(theirs)

            ## Notes

            \(notes.lines)

            """
    }

    /// The text with the versions of this run where it is for the distribution to say which they are.
    func withOwnVersions(_ text: String) -> String {
        let rows = Peer.all.filter { !$0.isPinned }.map { Self.row(of: $0, versions[$0] ?? "") }
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            rows.first { row in line.split(separator: "|").first == row.split(separator: "|").first && line.hasPrefix("|") } ?? String(line)
        }
        return lines.joined(separator: "\n")
    }

    private static func row(of peer: Peer, _ version: String) -> String {
        "| \(peer.name) | \(peer.language) | \(version) | \(peer.source) |"
    }

    private func table(isOurCall: Bool, _ notes: inout Notes) -> String {
        let roads = Road.all.filter { $0.isOurCall == isOurCall }
        var rows = ["| case | " + roads.map { "\($0.peer.name), \($0.transport.rawValue)" }.joined(separator: " | ") + " |"]
        rows.append("| --- |" + String(repeating: " --- |", count: roads.count))
        for name in InteropMatrix.cases {
            let cells = roads.map { road in
                switch outcomes[road]?[name] {
                case .ok(nil): "ok"
                case .ok(let note?): "ok \(notes.mark(road.peer, note))"
                case .notOffered(let reason): "not offered by \(road.peer.name) \(notes.mark(road.peer, reason))"
                case .failed(let reason): "**failed**: \(reason)"
                case nil: "**not run**"
                }
            }
            rows.append("| `\(name)` | " + cells.joined(separator: " | ") + " |")
        }
        return rows.joined(separator: "\n")
    }

    /// Footnotes, numbered as they come.
    private struct Notes {
        private var texts: [String] = []

        mutating func mark(_ peer: Peer, _ text: String) -> String {
            let text = text.hasPrefix(peer.name) ? text : "\(peer.name): \(text)"
            let index = texts.firstIndex(of: text) ?? texts.count
            if index == texts.count { texts.append(text) }
            return "(\(index + 1))"
        }

        var lines: String { texts.enumerated().map { "\($0 + 1). \($1)." }.joined(separator: "\n") }
    }
}
