@testable import HectorRPC

/// What is cut into messages is the same however the bytes come, and what is credited is what was sent.
enum GRPCFramingTarget {
    static func run(_ input: inout Input) {
        let choices = input.byte()
        let limit = 1 << Int(choices & 15)
        let isPacked = choices & 16 != 0
        let window = 2 * Int(input.byte())
        let seed = input.byte()
        let bytes = input.rest()
        var pieces = Input(bytes)
        let expected = reference(bytes, limit: limit, isPacked: isPacked)
        for pieces in [[bytes], pieces.pieces(seed)] {
            let outcome = deframe(pieces, limit: limit, window: window, isPacked: isPacked)
            precondition(outcome.messages == expected.messages, "the messages are those that were sent")
            precondition(outcome.failure == expected.failure, "what breaks the rules is found")
            let length = outcome.messages.reduce(0) { $0 + $1.count + 5 }
            precondition((length...bytes.count).contains(outcome.credit), "what was taken is credited, and never more than was sent")
        }
    }

    private struct Outcome {
        var messages: [[UInt8]] = []
        var failure: MessageDeframer.Failure?
        var credit = 0
    }

    private static func deframe(_ pieces: [[UInt8]], limit: Int, window: Int, isPacked: Bool) -> Outcome {
        var deframer = MessageDeframer(maximumLength: limit)
        deframer.acceptsCompressed = isPacked
        var outcome = Outcome()
        for piece in pieces {
            piece.withUnsafeBytes { deframer.append($0) }
            do {
                while var block = try deframer.next() {
                    outcome.credit += block.credit
                    while let message = block.next() { outcome.messages.append(message.withUnsafeBytes(Array.init)) }
                }
            } catch {
                outcome.failure = error
                return outcome
            }
            outcome.credit += deframer.earlyCredit(window: window)
            precondition(deframer.unfinished < 5 + limit, "what is held is less than one message")
        }
        return outcome
    }

    /// The same by the letter of the specification, all at once.
    private static func reference(_ bytes: [UInt8], limit: Int, isPacked: Bool) -> Outcome {
        var outcome = Outcome()
        var rest = bytes[...]
        while let flag = rest.first {
            guard flag <= 1 else {
                outcome.failure = .malformed
                break
            }
            guard rest.count >= 5 else { break }
            let length = rest.dropFirst().prefix(4).reduce(0) { $0 << 8 | Int($1) }
            guard length <= limit else {
                outcome.failure = .tooLarge(length)
                break
            }
            guard flag == 0 || isPacked else {
                outcome.failure = .compressed
                break
            }
            guard rest.count >= 5 + length else { break }
            outcome.messages.append(Array(rest.dropFirst(5).prefix(length)))
            rest = rest.dropFirst(5 + length)
        }
        return outcome
    }
}
