import Foundation
import HectorRPC
import SwiftProtobuf
import Synchronization
import Testing

/// What an attack does to its process and to a good caller, measured while it lasts.
struct Figures: Sendable {
    var residentGrowth: Int
    var cpu: Duration
    var elapsed: Duration
    var calls: Int
    var p99: Duration

    /// How much more than otherwise a measured step may take of time and memory: a sanitizer needs much of both for itself.
    static let patience = ProcessInfo.processInfo.environment["HECTOR_PATIENCE"].flatMap { Int($0) } ?? 1

    private final class End: Sendable {
        let isHere = Atomic(false)
    }

    /// Runs the attack while a good caller calls on a connection of its own. The caller must never fail.
    static func of<T: Sendable>(_ caller: ClientConnection, during attack: @Sendable () async throws -> T) async throws -> (T, Figures) {
        _ = try await caller.unary(Echo.onLoop, Text("before"))
        let (resident, cpu, start) = (residentBytes(), processorTime(), ContinuousClock.now)
        let end = End()
        return try await withThrowingTaskGroup(of: [Duration].self) { group in
            group.addTask {
                var times: [Duration] = []
                while !end.isHere.load(ordering: .relaxed) {
                    let begin = ContinuousClock.now
                    try await #expect(caller.unary(Echo.onLoop, Text("good"), options: CallOptions(timeout: .seconds(20))).value == "good")
                    times.append(.now - begin)
                    try await Task.sleep(for: .milliseconds(1))
                }
                return times
            }
            let result: T
            do {
                result = try await attack()
            } catch {
                end.isHere.store(true, ordering: .relaxed)
                throw error
            }
            end.isHere.store(true, ordering: .relaxed)
            let elapsed = ContinuousClock.now - start
            let times = try await group.next()?.sorted() ?? []
            let figures = Figures(
                residentGrowth: max(0, residentBytes() - resident), cpu: processorTime() - cpu, elapsed: elapsed, calls: times.count,
                p99: times.isEmpty ? .zero : times[(times.count - 1) * 99 / 100])
            return (result, figures)
        }
    }

    /// Appends a row to the file that HECTOR_FIGURES names: docs/hostile-peers.md is made of these.
    func record(_ attack: String, _ outcome: String, test: String = #function) throws {
        guard let path = ProcessInfo.processInfo.environment["HECTOR_FIGURES"] else { return }
        func milliseconds(_ duration: Duration) -> String { String(format: "%.1f", duration / .milliseconds(1)) }
        let row =
            "| \(attack) | \(outcome) | \(String(format: "%.1f", Double(residentGrowth) / 1_048_576)) | \(milliseconds(cpu)) "
            + "| \(milliseconds(elapsed)) | \(milliseconds(p99)) of \(calls) | `\(test.prefix { $0 != "(" })` |\n"
        let file = URL(filePath: path)
        if !FileManager.default.fileExists(atPath: path) { try Data().write(to: file) }
        let handle = try FileHandle(forWritingTo: file)
        defer { try? handle.close() }
        try handle.seekToEnd()
        try handle.write(contentsOf: Data(row.utf8))
    }

    private static func residentBytes() -> Int {
        let pages = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8))?.split(separator: " ").dropFirst().first
        return (pages.flatMap { Int($0) } ?? 0) * Int(sysconf(Int32(_SC_PAGESIZE)))
    }

    private static func processorTime() -> Duration {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }
}
