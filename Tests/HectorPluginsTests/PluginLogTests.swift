import Foundation
import Glibc
import Logging
import Synchronization
import Testing

@testable import HectorPlugins

@Suite(.timeLimit(.minutes(2))) struct PluginLogTests {
    private let captured = CapturedLog()

    private func log(_ level: Logger.Level = .info, limits: PluginLimits = PluginLimits()) -> PluginLog {
        captured.threshold.withLock { $0 = level }
        return PluginLog(logger: Logger(label: "test") { _ in captured }, limits: limits) { [captured] in captured.moment.withLock { $0 } }
    }

    private func add(_ text: String, to log: PluginLog, from stream: PluginLog.Stream = .standardError) {
        var text = text
        text.withUTF8 { log.add(UnsafeRawBufferPointer($0), from: stream) }
    }

    @Test func tracebacksAreErrorsAtTheDefaultLevel() {
        let log = log()
        add("loading\nERROR:grpc._server:Exception calling application: boom\nTraceback (most recent call last):\n  File \"a.py\", line 1, in say\nValueError: boom\u{1B}[31m\n", to: log)
        // Another stream's lines are no part of it.
        add("[INFO] meanwhile\n", to: log, from: .standardOutput)
        add("[INFO] afterwards\nwords\n", to: log)
        #expect(captured.entries.map(\.message) == ["meanwhile", "ValueError: boom\\u{1B}[31m", "afterwards"])
        #expect(captured.entries.map(\.level) == [.info, .error, .info])
        #expect(captured.entries[1].metadata["traceback"] == #"Traceback (most recent call last):\n  File "a.py", line 1, in say\nValueError: boom\u{1B}[31m"#)
        #expect(log.lastWords.hasSuffix("words") && log.lastWords.contains(" / "))
    }

    @Test func atTheEndNothingIsHeldBack() {
        let log = log(.trace)
        add("panic: nil map\n\ngoroutine 1 [running]:", to: log)
        #expect(captured.entries.isEmpty)
        log.finish()
        #expect(captured.entries.map(\.message) == ["panic: nil map"])
        #expect(captured.entries.map(\.metadata) == [["stream": "stderr", "traceback": #"panic: nil map\n\ngoroutine 1 [running]:"#]])
        add("more", to: log)
        log.finish()
        #expect(captured.entries.last?.level == .error)
    }

    /// What is shown is bounded; what is dropped is counted, and told now and then.
    @Test func linesBeyondTheRateAreDroppedAndCounted() {
        var limits = PluginLimits()
        limits.logLinesAtOnce = 10
        limits.logLinesPerSecond = 5
        let log = log(limits: limits)
        for _ in 0..<25 { add("[INFO] chatter\n", to: log) }
        // Debug lines are not shown, and cost nothing of it. Tracebacks have a rate of their own.
        add(String(repeating: "debug\n", count: 1_000), to: log)
        add("Traceback (most recent call last):\nValueError: seen\nDEBUG: x\n", to: log)
        #expect(captured.entries.count == 11)
        log.tick()
        #expect(captured.entries.last?.message == "15 lines dropped: the plugin logs more than 5 lines or 1024 KiB a second")
        #expect(captured.entries.last?.level == .warning)
        captured.moment.withLock { $0 = .seconds(1) }
        for _ in 0..<7 { add("[INFO] chatter\n", to: log) }
        #expect(captured.entries.count == 17)
        for _ in 0..<4 { log.tick() }
        #expect(captured.entries.count == 17)
        log.tick()
        #expect(captured.entries.last?.message.hasPrefix("2 lines dropped") == true)
    }

    @Test func bytesBeyondTheRateAreDropped() {
        var limits = PluginLimits()
        limits.logBytesAtOnce = 100_000
        let log = log(limits: limits)
        for _ in 0..<10 { add("[INFO] \(String(repeating: "x", count: 30_000))\n", to: log) }
        #expect(captured.entries.count == 3)
        #expect(captured.entries.allSatisfy { $0.message.count <= limits.logValueCharacters + 1 })
    }

    @Test func theEndOfALongLineIsCut() {
        let log = log(.trace)
        add(String(repeating: "a", count: 100_000), to: log)
        add(String(repeating: "b", count: 100_000) + "\n", to: log)
        #expect(captured.entries.count == 1 && captured.entries[0].metadata["truncated"] == "true")
    }

    /// A plugin that prints is never held up, and costs little.
    @Test func aFloodCostsLittle() {
        let log = log()
        let lines = String(repeating: "a line of chatter that nobody has asked for, with some numbers: 1 2 3 4 5 6 7\n", count: 12_500)
        // Ten megabytes; a release build takes a hundred in less than a second.
        func processorTime() -> Double {
            var time = timespec()
            clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
            return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
        }
        let began = processorTime()
        for _ in 0..<10 { add(lines, to: log) }
        let used = processorTime() - began
        #expect(used < 5)
        #expect(captured.entries.isEmpty)
    }
}
