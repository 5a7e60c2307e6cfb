import Foundation
import HectorCore

/// The scanner against Foundation's parser, whole and in pieces; what passed is read to its last value.
enum JSONTarget {
    static func run(_ input: inout Input) {
        let seed = input.byte()
        var pieces = input
        let bytes = input.rest()
        let whole = Result { () throws(JSONFailure) in try JSONText(bytes) }
        var scanner = JSONScanner()
        let inPieces = Result { () throws(JSONFailure) in
            for piece in pieces.pieces(seed) { try scanner.scan(piece) }
            return try JSONText(bytes, checkedBy: &scanner)
        }
        switch (whole, inPieces) {
        case (.success(let json), .success):
            // Foundation refuses numbers that a Double does not hold, and half a surrogate pair; nothing else that passed.
            let isOrdinary = !bytes.contains(UInt8(ascii: "\\")) && !bytes.contains(where: { $0 | 0x20 == UInt8(ascii: "e") }) && bytes.count < 300
            if isOrdinary {
                let parsed = try? JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)
                precondition(parsed != nil, "what the scanner passes is JSON")
            }
            precondition(read(json, depth: 0) <= bytes.count, "there are no more values than bytes")
        case (.failure(let one), .failure(let other)): precondition(one == other, "the same failure at the same place, however it comes")
        default: preconditionFailure("the pieces decide nothing")
        }
    }

    /// - Returns: How many values there are.
    private static func read(_ json: JSONText, depth: Int) -> Int {
        precondition(depth <= 64, "depth is bounded")
        precondition(json.text.utf8.count == json.bytes.count, "the text is UTF-8")
        var count = 1
        switch json.kind {
        case .object: json.forEachMember { count += read($1, depth: depth + 1) }
        case .array: json.forEachElement { count += read($1, depth: depth + 1) }
        case .string: precondition((json.string?.utf8.count ?? .max) <= (json.stringBytes ?? 0), "a text grows by no escape")
        case .number:
            precondition(json.double != nil, "a number is one")
            _ = json.int
        case .bool: precondition(json.bool != nil, "a truth value is one")
        case .null: precondition(json.isNull, "nothing is nothing")
        }
        return count
    }
}
