// Callers of a mesh, each a host of its own, all in one process: first as `hector serve` calls, then by Peak-EWMA, round by
// round. Benchmarks/live/README.md says what for. The plan comes on standard input; each line of the output is what one round
// of one picker measured, as JSON.
import Foundation
import HectorAgents
import HectorConfig
import HectorCore
import HectorHost
import HectorMesh
import HectorProto
import HectorProviders
import Logging

struct Failure: Error, CustomStringConvertible {
    var description: String
    init(_ description: String) { self.description = description }
}

/// One round of one picker.
struct Measurement: Encodable, Sendable {
    let picker: String
    let round: Int
    var calls: [MadeCall] = []
}

struct MadeCall: Encodable, Sendable {
    /// Seconds since the round began.
    let due: Double
    let tokens: Double
    /// From the moment when it was due.
    let seconds: Double
    var error: String?
}

/// Calls as the plan says. No call waits for another one.
func drive(
    _ picker: String, _ plan: Plan, round: Int, _ call: @escaping @Sendable (_ caller: Int, GenerateRequest) async throws -> Void
) async throws -> Measurement {
    let start = ContinuousClock.now + .milliseconds(100)
    return try await withThrowingTaskGroup(of: [MadeCall].self) { callers in
        for caller in plan.callers.indices {
            callers.addTask {
                try await withThrowingTaskGroup(of: MadeCall.self) { calls in
                    var arrivals = Arrivals(plan, round: round, caller: caller)
                    while let arrival = arrivals.next() {
                        let due = start + .seconds(arrival.time)
                        try await Task.sleep(until: due, tolerance: .zero, clock: .continuous)
                        calls.addTask {
                            var request = GenerateRequest()
                            request.messages = [Message(role: "user", content: "\(arrival.tokens)")]
                            var failure: String?
                            do {
                                try await call(caller, request)
                            } catch {
                                failure = "\(error)"
                            }
                            return MadeCall(
                                due: arrival.time, tokens: arrival.tokens, seconds: due.duration(to: .now) / .seconds(1), error: failure)
                        }
                    }
                    return try await calls.reduce(into: []) { $0.append($1) }
                }
            }
        }
        var measurement = Measurement(picker: picker, round: round)
        for try await calls in callers { measurement.calls += calls }
        return measurement
    }
}

/// As `hector serve` calls: with everything of it but agents and HTTP.
func measureHosts(_ plan: Plan, round: Int) async throws -> Measurement {
    let environment = ProcessInfo.processInfo.environment
    let log = Logger(label: "callers") { _ in
        var handler = StreamLogHandler.standardError(label: "callers")
        handler.logLevel = .warning
        return handler
    }
    let hosts = try plan.callers.enumerated().map { index, caller in
        try HectorHost.Host(
            HostConfiguration.load(path: caller.configuration, environment: environment), name: "caller-\(index + 1)",
            environment: environment, log: log, listening: { _, _ in })
    }
    return try await withThrowingTaskGroup(of: Void.self) { group in
        for host in hosts { group.addTask { try await host.run() } }
        for host in hosts {
            let end = ContinuousClock.now + .seconds(30)
            while host.mesh.replicas.count(where: { $0.state == .ready }) < plan.nodes.count {
                guard ContinuousClock.now < end else { throw Failure("not all replicas are ready: \(host.mesh)") }
                try await Task.sleep(for: .milliseconds(50))
            }
        }
        let models = try hosts.map { host in
            guard let model = host.models.llm(plan.plugin) else { throw Failure("there is no plugin \(plan.plugin)") }
            return model
        }
        let measurement = try await drive("hector", plan, round: round) { _ = try await models[$0].generate(ModelRequest($1)) }
        group.cancelAll()
        // Cancelled hosts may end with any error.
        while let ended = await group.nextResult() { _ = ended }
        return measurement
    }
}

func measurePeakEWMA(_ plan: Plan, round: Int) async throws -> Measurement {
    var callers: [PeakEWMACaller] = []
    for caller in plan.callers { callers.append(try await PeakEWMACaller(caller, plan)) }
    let measurement = try await drive("p2c-ewma", plan, round: round) { [callers] in try await callers[$0].call($1) }
    for caller in callers { await caller.close() }
    return measurement
}

let plan = try JSONDecoder().decode(Plan.self, from: FileHandle.standardInput.readDataToEndOfFile())
for round in 1...plan.rounds {
    for measure in [measureHosts, measurePeakEWMA] {
        FileHandle.standardOutput.write(try JSONEncoder().encode(try await measure(plan, round)) + Data("\n".utf8))
    }
}
