/// Finds the first of several sequences in a text that comes byte by byte. A byte costs the same however long the
/// sequences are (Knuth, Morris and Pratt).
struct StopMatcher: Sendable {
    private struct Sequence: Sendable {
        let bytes: [UInt8]
        /// For each length of a beginning that was matched: the next shorter one that the same bytes end with.
        let shorter: [Int]
        /// How many bytes the text ends with that are the sequence's beginning.
        var matched = 0

        init(_ bytes: [UInt8]) {
            self.bytes = bytes
            var shorter = [0, 0]
            var length = 0
            for index in bytes.indices.dropFirst() {
                while length > 0, bytes[length] != bytes[index] { length = shorter[length] }
                if bytes[length] == bytes[index] { length += 1 }
                shorter.append(length)
            }
            self.shorter = shorter
        }

        /// - Returns: Whether the sequence is now complete.
        mutating func take(_ byte: UInt8) -> Bool {
            while matched > 0, bytes[matched] != byte { matched = shorter[matched] }
            if bytes[matched] == byte { matched += 1 }
            guard matched == bytes.count else { return false }
            matched = shorter[matched]
            return true
        }
    }

    private var sequences: [Sequence]

    /// - Parameter sequences: Empty ones are left out.
    init(_ sequences: [String]) {
        self.sequences = sequences.filter { !$0.isEmpty }.map { Sequence(Array($0.utf8)) }
    }

    var isEmpty: Bool { sequences.isEmpty }

    /// How many of the last bytes may be the beginning of a sequence.
    var pending: Int { sequences.reduce(0) { max($0, $1.matched) } }

    /// Takes the next byte.
    /// - Returns: The length of the sequence that is complete with it, the longest where there are several; nil for none.
    mutating func take(_ byte: UInt8) -> Int? {
        var found: Int?
        for index in sequences.indices where sequences[index].take(byte) {
            found = max(found ?? 0, sequences[index].bytes.count)
        }
        return found
    }
}
