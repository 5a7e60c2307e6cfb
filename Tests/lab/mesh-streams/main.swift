import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import Synchronization

// What users of `hector serve` see while its mesh changes: run on the lab's host, told by standard input, one line said per change.
//
//   mesh-streams SERVER MODEL,MODEL CALLS WORDS PERIOD
//
//   go             from now on it makes CALLS calls a second, and begins a stream of WORDS words every PERIOD milliseconds, each model in
//                  turn, whether or not earlier ones have ended
//   begin NAME     a change begins now; says `open N`, the streams that are open
//   end NAME       it is over
//   stop           nothing new begins; when all has ended, says `spanned NAME N` for each change, the streams that began before it and ended
//                  after it, and `calls=N failed=N streams=N broken=N slowest=N`, the last in milliseconds

func say(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }

let clock = ContinuousClock()
/// Each user has a connection; it lives as long as the program.
let http = {
    var configuration = HTTPClient.Configuration.singletonConfiguration
    configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 1_000
    return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
}()

/// What has happened.
final class Tally: Sendable {
    private struct State {
        var isOver = false
        var calls = 0
        var failed = 0
        var streams: [(began: ContinuousClock.Instant, ended: ContinuousClock.Instant)] = []
        var broken = 0
        var open = 0
        var slowest = Duration.zero
        var changes: [(name: String, began: ContinuousClock.Instant, ended: ContinuousClock.Instant?)] = []
    }

    private let state = Mutex(State())

    var isOver: Bool { state.withLock { $0.isOver } }
    func stop() { state.withLock { $0.isOver = true } }

    func called(_ began: ContinuousClock.Instant, failure: String?) {
        let time = began.duration(to: clock.now)
        state.withLock { state in
            state.calls += 1
            state.slowest = max(state.slowest, time)
            if failure != nil { state.failed += 1 }
        }
        if let failure { say("failure of a call after \(time): \(failure)") }
    }

    func streamBegan() { state.withLock { $0.open += 1 } }

    func streamed(_ began: ContinuousClock.Instant, failure: String?) {
        state.withLock { state in
            state.open -= 1
            state.streams.append((began, clock.now))
            if failure != nil { state.broken += 1 }
        }
        if let failure { say("failure of a stream after \(began.duration(to: clock.now)): \(failure)") }
    }

    func begin(_ change: String) {
        let open = state.withLock { state in
            state.changes.append((change, clock.now, nil))
            return state.open
        }
        say("open \(open)")
    }

    func end(_ change: String) {
        state.withLock { state in
            guard let index = state.changes.firstIndex(where: { $0.name == change }) else { return }
            state.changes[index].ended = clock.now
        }
    }

    func summarise() {
        let state = state.withLock { $0 }
        for change in state.changes {
            let end = change.ended ?? clock.now
            say("spanned \(change.name) \(state.streams.count { $0.began < change.began && $0.ended > end })")
        }
        say("calls=\(state.calls) failed=\(state.failed) streams=\(state.streams.count) broken=\(state.broken) slowest=\(Int(state.slowest / .milliseconds(1)))")
    }
}

struct User {
    let server: String
    let tally: Tally

    private func request(_ model: String, _ question: String, stream: Bool) throws -> HTTPClientRequest {
        var request = HTTPClientRequest(url: "\(server)/v1/chat/completions")
        request.method = .POST
        request.headers.add(name: "content-type", value: "application/json")
        let body: [String: Any] = ["model": model, "stream": stream, "messages": [["role": "user", "content": question]]]
        request.body = .bytes(try JSONSerialization.data(withJSONObject: body))
        return request
    }

    func call(_ model: String) async {
        let began = clock.now
        do {
            let response = try await http.execute(request(model, "sleep 20", stream: false), timeout: .seconds(30))
            let answer = String(buffer: try await response.body.collect(upTo: 1 << 20))
            tally.called(began, failure: response.status == .ok && answer.contains("\"done\"") ? nil : "\(model): \(response.status): \(answer)")
        } catch {
            tally.called(began, failure: "\(model): \(error)")
        }
    }

    func stream(_ model: String, words: Int) async {
        let began = clock.now
        tally.streamBegan()
        do {
            let response = try await http.execute(request(model, "drawl \(words)", stream: true), timeout: .seconds(120))
            var answer = ""
            for try await part in response.body { answer += String(buffer: part) }
            let told = answer.matches(of: #/"content":"([^"]*)"/#).map { String($0.output.1) }.joined()
            // No word is missing, none is said twice.
            let wanted = (0..<words).map { "\($0) " }.joined() + "done"
            let isWhole = response.status == .ok && told == wanted && answer.contains("[DONE]")
            tally.streamed(began, failure: isWhole ? nil : "\(model): \(response.status): \(told) \(answer.suffix(300))")
        } catch {
            tally.streamed(began, failure: "\(model): \(error)")
        }
    }
}

let arguments = CommandLine.arguments
guard arguments.count == 6, let rate = Int(arguments[3]), let words = Int(arguments[4]), let period = Int(arguments[5]) else {
    say("usage: mesh-streams SERVER MODEL,MODEL CALLS WORDS PERIOD")
    exit(2)
}
let models = arguments[2].split(separator: ",").map(String.init)
let tally = Tally()
let user = User(server: arguments[1], tally: tally)
let (orders, order) = AsyncStream.makeStream(of: String.self)
// A thread, because reading standard input blocks.
Thread {
    while let line = readLine() { order.yield(line) }
    order.finish()
}.start()

/// Does something at fixed times, whether or not what it did before has ended; returns when all has.
func every(_ period: Duration, _ body: @escaping @Sendable (Int) async -> Void) async throws {
    try await withThrowingDiscardingTaskGroup { group in
        var (next, number) = (clock.now, 0)
        while !tally.isOver {
            group.addTask { [number] in await body(number) }
            number += 1
            next += period
            try await Task.sleep(until: next, clock: clock)
        }
    }
}

func use(_ orders: AsyncStream<String>) async throws {
    var orders = orders.makeAsyncIterator()
    // Replicas are there before calls begin.
    while let order = await orders.next(), order != "go" { say("what? \(order)") }
    try await withThrowingTaskGroup(of: Void.self) { load in
        load.addTask { try await every(.seconds(1) / rate) { await user.call(models[$0 % models.count]) } }
        load.addTask { try await every(.milliseconds(period)) { await user.stream(models[$0 % models.count], words: words) } }
        reading: while let order = await orders.next() {
            let parts = order.split(separator: " ").map(String.init)
            switch (parts.first, parts.last) {
            case ("begin", let name?): tally.begin(name)
            case ("end", let name?): tally.end(name)
            case ("stop", _): break reading
            default: say("what? \(order)")
            }
        }
        tally.stop()
        try await load.waitForAll()
    }
    tally.summarise()
}

try await use(orders)
