import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import Synchronization

// What a user of `hector serve` sees: run on the lab's host, told by standard input, one line said per change.
//
//   mesh-load SERVER MODEL CALLERS
//
//   go             the callers call, each one call after the other
//   stop           they finish their calls; says `made=N failed=N slowest=N`, in milliseconds
//   calls N        N calls and no more, then the same line
//
// From the start it says `replica HOST STATE CALLS` when the state of a replica changes.

func say(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }

/// The calls since the last `go` or `calls`.
final class Tally: Sendable {
    private struct State {
        var left = 0
        var made = 0
        var failed = 0
        var slowest = Duration.zero
    }

    private let state = Mutex(State())

    func begin(_ calls: Int) { state.withLock { $0 = State(left: calls) } }

    func stop() { state.withLock { $0.left = 0 } }

    /// The number of the next call; nil when there shall be none.
    func next() -> Int? {
        state.withLock { state in
            guard state.left > 0 else { return nil }
            state.left -= 1
            return state.left
        }
    }

    func note(_ duration: Duration, failure: String?) {
        state.withLock { state in
            state.made += 1
            state.slowest = max(state.slowest, duration)
            if failure != nil { state.failed += 1 }
        }
        if let failure { say("failure after \(duration): \(failure)") }
    }

    var summary: String {
        state.withLock { "made=\($0.made) failed=\($0.failed) slowest=\(Int($0.slowest / .milliseconds(1)))" }
    }
}

struct Caller {
    let server: String
    let model: String
    let tally: Tally

    /// Calls until it is told to stop.
    func run() async throws {
        while let number = tally.next() {
            let start = ContinuousClock.now
            let failure: String?
            do {
                failure = try await ask("call number \(number)")
            } catch {
                failure = "\(error)"
            }
            tally.note(start.duration(to: .now), failure: failure)
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    /// What is wrong with the answer; nil when it is the question, as echo-llm answers.
    private func ask(_ question: String) async throws -> String? {
        var request = HTTPClientRequest(url: "\(server)/v1/chat/completions")
        request.method = .POST
        request.headers.add(name: "content-type", value: "application/json")
        let body: [String: Any] = ["model": model, "messages": [["role": "user", "content": question]]]
        request.body = .bytes(try JSONSerialization.data(withJSONObject: body))
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(30))
        let answer = String(buffer: try await response.body.collect(upTo: 1 << 20))
        return response.status == .ok && answer.contains("\"\(question)\"") ? nil : "\(response.status): \(answer)"
    }
}

/// What is shown of the mesh.
struct Mesh: Decodable {
    struct Replica: Decodable {
        let host: String
        let state: String
        let calls: Int
    }

    let replicas: [Replica]
}

func watch(_ server: String) async throws {
    var last: [String: String] = [:]
    while true {
        // The server may not have begun to listen.
        if let response = try? await HTTPClient.shared.execute(HTTPClientRequest(url: "\(server)/mesh"), timeout: .seconds(5)),
            let body = try? await response.body.collect(upTo: 1 << 20),
            let mesh = try? JSONDecoder().decode(Mesh.self, from: Data(body.readableBytesView))
        {
            for replica in mesh.replicas where last.updateValue(replica.state, forKey: replica.host) != replica.state {
                say("replica \(replica.host) \(replica.state) \(replica.calls)")
            }
        }
        try await Task.sleep(for: .milliseconds(25))
    }
}

func load(_ server: String, _ model: String, callers: Int, _ orders: AsyncStream<String>) async throws {
    let tally = Tally()
    var orders = orders.makeAsyncIterator()
    while let order = await orders.next() {
        let words = order.split(separator: " ")
        let calls = words.first == "calls" ? words.last.flatMap { Int($0) } : order == "go" ? Int.max : nil
        guard let calls else {
            say("what? \(order)")
            continue
        }
        tally.begin(calls)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<callers { group.addTask { try await Caller(server: server, model: model, tally: tally).run() } }
            if calls == .max {
                while let order = await orders.next(), order != "stop" { say("what? \(order)") }
                tally.stop()
            }
            try await group.waitForAll()
        }
        say(tally.summary)
    }
}

let arguments = CommandLine.arguments
guard arguments.count == 4, let callers = Int(arguments[3]) else {
    say("usage: mesh-load SERVER MODEL CALLERS")
    exit(2)
}
let (orders, order) = AsyncStream.makeStream(of: String.self)
// A thread, because reading standard input blocks.
Thread {
    while let line = readLine() { order.yield(line) }
    order.finish()
}.start()
try await withThrowingTaskGroup(of: Void.self) { group in
    group.addTask { try await watch(arguments[1]) }
    try await load(arguments[1], arguments[2], callers: callers, orders)
    group.cancelAll()
}
