import Foundation
import HectorMesh

/// What to measure: standard input, as JSON.
struct Plan: Decodable, Sendable {
    struct Caller: Decodable, Sendable {
        /// Its `hector.yaml`.
        let configuration: String
        let certificate: String
        let key: String
    }

    let mesh: String
    let ca: String
    /// Each is a host of its own.
    let callers: [Caller]
    /// `HOST:PORT` of each node; each has one replica.
    let nodes: [String]
    /// The plugin that is called.
    let plugin: String
    /// Tokens of a call, in the mean; the distribution is exponential.
    let tokens: Double
    /// Of all callers together; the times between them are exponential.
    let callsPerSecond: Double
    let warmUpSeconds: Double
    let seconds: Double
    let rounds: Int
    let seed: UInt64
}

/// The calls of one caller: the same for all pickers, in each round others.
struct Arrivals {
    private var chance: SeededGenerator
    private let plan: Plan
    private var time = 0.0

    init(_ plan: Plan, round: Int, caller: Int) {
        self.plan = plan
        chance = SeededGenerator(seed: plan.seed &+ UInt64(round) << 32 &+ UInt64(caller) << 16)
    }

    /// Seconds since the beginning, and the tokens that are asked for; nil at the end.
    mutating func next() -> (time: Double, tokens: Double)? {
        time += exponential() * Double(plan.callers.count) / plan.callsPerSecond
        guard time < plan.warmUpSeconds + plan.seconds else { return nil }
        return (time, exponential() * plan.tokens)
    }

    private mutating func exponential() -> Double { -log(1 - Double.random(in: 0..<1, using: &chance)) }
}
