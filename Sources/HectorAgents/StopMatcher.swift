/// Finds the first of several sequences in a text that comes in pieces. A byte costs the same however many sequences there are, and
/// however long they are (Aho and Corasick, "Efficient string matching", 1975).
struct StopMatcher: Sendable {
    /// What the text may end with: a beginning of a sequence.
    private struct State: Sendable {
        /// Bytes of the beginning.
        let length: Int
        /// The longest other one that the same bytes end with.
        var shorter = 0
        /// Bytes of the longest sequence that they end with; 0 for none.
        var complete = 0
    }

    /// The first is the empty beginning.
    private var states = [State(length: 0)]
    /// Which state follows a state with a byte: the state, times 256, and the byte.
    private var next: [Int: Int] = [:]
    /// For each byte, whether a sequence begins with it.
    private var begins: [Bool] = []
    private var state = 0

    /// - Parameter sequences: Empty ones are left out.
    init(_ sequences: [String]) {
        let sequences = sequences.filter { !$0.isEmpty }
        guard !sequences.isEmpty else { return }
        begins = [Bool](repeating: false, count: 256)
        // In the order of their lengths: what is shorter is known then.
        var edges: [[(from: Int, byte: UInt8, to: Int)]] = []
        for sequence in sequences {
            var state = 0
            for (depth, byte) in sequence.utf8.enumerated() {
                if depth == edges.count { edges.append([]) }
                if let known = next[state << 8 | Int(byte)] {
                    state = known
                } else {
                    states.append(State(length: depth + 1))
                    next[state << 8 | Int(byte)] = states.count - 1
                    edges[depth].append((state, byte, states.count - 1))
                    state = states.count - 1
                }
                if depth == 0 { begins[Int(byte)] = true }
            }
            states[state].complete = states[state].length
        }
        for (from, byte, to) in edges.joined() {
            let shorter = from == 0 ? 0 : follow(states[from].shorter, byte)
            states[to].shorter = shorter
            if states[to].complete == 0 { states[to].complete = states[shorter].complete }
        }
    }

    var isEmpty: Bool { begins.isEmpty }

    /// How many of the last bytes may be the beginning of a sequence.
    var pending: Int { states[state].length }

    /// Reads on, up to the first byte with which a sequence is complete.
    ///
    /// - Parameter start: Where the bytes begin that were not read before.
    /// - Returns: The sequence, the longest where several are complete; nil where none is.
    mutating func search(_ bytes: [UInt8], from start: Int) -> Range<Int>? {
        var index = start
        while index < bytes.count {
            if state == 0 {
                while index < bytes.count, !begins[Int(bytes[index])] { index += 1 }
                guard index < bytes.count else { return nil }
            }
            state = follow(state, bytes[index])
            index += 1
            let complete = states[state].complete
            if complete > 0 { return index - complete..<index }
        }
        return nil
    }

    private func follow(_ state: Int, _ byte: UInt8) -> Int {
        var state = state
        while true {
            if let next = next[state << 8 | Int(byte)] { return next }
            guard state != 0 else { return 0 }
            state = states[state].shorter
        }
    }
}
