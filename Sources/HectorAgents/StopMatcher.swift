/// Finds the first of several sequences in a text that comes in pieces. A byte costs the same however long the sequences
/// are (Knuth, Morris and Pratt).
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
    /// For each byte, whether a sequence begins with it.
    private var begins = [Bool](repeating: false, count: 256)

    /// - Parameter sequences: Empty ones are left out.
    init(_ sequences: [String]) {
        self.sequences = sequences.filter { !$0.isEmpty }.map { Sequence(Array($0.utf8)) }
        for sequence in self.sequences { begins[Int(sequence.bytes[0])] = true }
    }

    var isEmpty: Bool { sequences.isEmpty }

    /// How many of the last bytes may be the beginning of a sequence.
    var pending: Int { sequences.reduce(0) { max($0, $1.matched) } }

    /// Reads on, up to the first byte with which a sequence is complete.
    ///
    /// - Parameter start: Where the bytes begin that were not read before.
    /// - Returns: The sequence, the longest where several are complete; nil where none is.
    mutating func search(_ bytes: [UInt8], from start: Int) -> Range<Int>? {
        var index = start
        var isPending = pending > 0
        while index < bytes.count {
            if !isPending {
                while index < bytes.count, !begins[Int(bytes[index])] { index += 1 }
                guard index < bytes.count else { return nil }
            }
            var longest = 0
            isPending = false
            for number in sequences.indices {
                if sequences[number].take(bytes[index]) { longest = max(longest, sequences[number].bytes.count) }
                if sequences[number].matched > 0 { isPending = true }
            }
            index += 1
            if longest > 0 { return index - longest..<index }
        }
        return nil
    }
}
