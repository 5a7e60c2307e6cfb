import Foundation
import Synchronization
import Testing

/// A program that runs on a host of the lab. Killed when nobody refers to it any more.
final class Guest: Sendable {
    private let process: Process
    private let input = Pipe()
    private let lines: AsyncStream<String>
    private let history = Mutex<[String]>([])

    /// - Parameter withLog: Whether its lines are those of standard error, too.
    init(_ process: Process, withLog: Bool = false) throws {
        self.process = process
        let output = Pipe()
        process.standardInput = input
        process.standardOutput = output
        if withLog { process.standardError = output }
        let (lines, continuation) = AsyncStream.makeStream(of: String.self)
        self.lines = lines
        let rest = Mutex(Data())
        output.fileHandleForReading.readabilityHandler = { handle in
            let data = handle.availableData
            guard !data.isEmpty else {
                handle.readabilityHandler = nil
                continuation.finish()
                return
            }
            rest.withLock { rest in
                rest += data
                while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
                    continuation.yield(String(decoding: rest[..<end], as: UTF8.self))
                    rest.removeSubrange(...end)
                }
            }
        }
        try process.launchUnmasked()
    }

    deinit {
        if process.isRunning { Foundation.kill(process.processIdentifier, SIGKILL) }
    }

    /// All lines expected so far, and those passed over.
    var said: [String] { history.withLock { $0 } }

    func send(_ line: String) throws { try input.fileHandleForWriting.write(contentsOf: Data("\(line)\n".utf8)) }

    func endInput() throws { try input.fileHandleForWriting.close() }

    func kill() { Foundation.kill(process.processIdentifier, SIGKILL) }

    func terminate() { Foundation.kill(process.processIdentifier, SIGTERM) }

    func hangUp() { Foundation.kill(process.processIdentifier, SIGHUP) }

    /// How long it still ran; nil when it runs on after the limit.
    func ends(within limit: Duration) async throws -> Duration? {
        let start = ContinuousClock.now
        while process.isRunning {
            guard start.duration(to: .now) < limit else { return nil }
            try await Task.sleep(for: .milliseconds(20))
        }
        return start.duration(to: .now)
    }

    /// Waits for a line with all these parts, and passes over those before it.
    @discardableResult
    func says(
        _ parts: String..., within limit: Duration = .seconds(30), at location: SourceLocation = #_sourceLocation
    ) async throws -> String {
        let start = history.withLock { $0.count }
        let found: String? = await withTaskGroup(of: String?.self) { group in
            group.addTask { [self] () -> String? in
                for await line in lines {
                    history.withLock { $0.append(line) }
                    if parts.allSatisfy(line.contains) { return line }
                }
                return nil
            }
            group.addTask { () -> String? in
                try? await Task.sleep(for: limit)
                return nil
            }
            defer { group.cancelAll() }
            return await group.next() ?? nil
        }
        let heard = said[start...].joined(separator: "\n")
        return try #require(found, "waited \(limit) for \(parts), heard:\n\(heard)", sourceLocation: location)
    }
}
