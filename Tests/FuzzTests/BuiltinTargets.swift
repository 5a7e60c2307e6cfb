import HectorCore

@testable import HectorBuiltins

/// Server-sent events of an engine or of an MCP server.
enum EventStreamTarget {
    static func run(_ input: inout Input) {
        let seed = input.byte()
        let limit = 64 + Int(seed) * 4
        var portions = input
        let bytes = input.rest()
        var stream = EventStream(limit: limit)
        let whole = Result { () throws(EventStream.TooLong) in try stream.read(bytes) }
        var other = EventStream(limit: limit)
        let inPieces = Result { () throws(EventStream.TooLong) in
            var events: [EventStream.Event] = []
            for piece in portions.pieces(seed) { events += try other.read(piece) }
            return events
        }
        switch (whole, inPieces) {
        case (.success(let events), .success(let same)):
            precondition(events == same && stream.retry == other.retry, "the pieces decide nothing")
            for event in events {
                precondition(event.data.count < limit, "an event is bounded")
                precondition(!event.data.contains(UInt8(ascii: "\r")), "a line's end is no data")
            }
        case (.failure, .failure): break
        default: preconditionFailure("the pieces decide nothing")
        }
    }
}

/// What an MCP server says in JSON-RPC, and what is answered.
enum RPCMessageTarget {
    static func run(_ input: inout Input) {
        guard let text = try? JSONText(input.rest()) else { return }
        for message in RPCMessage.all(in: text) {
            switch message {
            case .request(let id, let method):
                precondition(!id.isNull, "what has no id wants no answer")
                let refusal = RPCMessage.refusal(of: id, RPCFailure(code: RPCFailure.methodNotFound, message: method)).text
                precondition(!refusal.utf8.contains(UInt8(ascii: "\n")), "a message over stdio is one line")
                precondition((try? JSONText(Array(refusal.utf8))) != nil, "an answer is JSON")
            case .notification(let method, let parameters):
                _ = (method.utf8.count, parameters?["progressToken"]?.string)
            case .result(_, let result):
                _ = result["content"]?.kind
            case .failure(_, let failure):
                _ = failure.message.utf8.count
            }
        }
    }
}

/// Documents of strangers: HTML, and DOCX, which is XML in a ZIP archive.
enum DocumentTarget {
    static func run(_ input: inout Input) {
        let kind = input.byte()
        let bytes = input.rest()
        var limits = ExtractLimits()
        limits.expandedBytes = 1 << 16
        let limit = 1 << 16
        let text = switch kind & 3 {
        case 0: try? HTMLText.text(bytes, limit: limit)
        case 1: try? DocxText.text(ofDocument: bytes, limit: limit)
        default: try? DocxText.text(bytes, limits: limits)
        }
        // What a limit cuts may end with a character more.
        if let text, kind & 3 < 2 { precondition(text.utf8.count <= limit + 8, "a text is bounded") }
    }
}
