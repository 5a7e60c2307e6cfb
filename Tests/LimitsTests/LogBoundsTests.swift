import Glibc
import Logging
import Testing

@testable import HectorLogging
@testable import HectorPlugins

/// Bounds of two targets that meet in one line of the log.
@Suite(.timeLimit(.minutes(1))) struct LogBoundsTests {
    /// Reads one line while it is written: a pipe holds less than the longest.
    private func line(_ body: @Sendable (Logger) -> Void) -> String {
        var ends: [CInt] = [-1, -1]
        #expect(pipe(&ends) == 0)
        defer { close(ends[0]) }
        // The writer's thread outlives this test.
        let lines = LogLines(LogWriter(descriptor: ends[1]))
        body(Logger(label: "hector") { LineLogHandler(label: $0, lines: lines) })
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while bytes.last != UInt8(ascii: "\n") {
            let count = read(ends[0], &buffer, buffer.count)
            guard count > 0 else { break }
            bytes += buffer.prefix(count)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test func `A traceback reaches the log with its end, where the cause is`() {
        var text = "Traceback (most recent call last):\n"
        while text.utf8.count < 7_000 { text += "  File \"/srv/plugin/module.py\", line \(text.utf8.count), in call\n" }
        text += "  File \"/srv/plugin/cause.py\", line 1, in the_cause\nValueError: boom\n"
        let written = line { [text] logger in
            let log = PluginLog(logger: logger, limits: PluginLimits()) { .zero }
            var text = text
            text.withUTF8 { log.add(UnsafeRawBufferPointer($0), from: .standardError) }
            log.finish()
        }
        #expect(written.contains("the_cause"))
    }

    @Test func `The longest line there can be is written`() {
        let limits = LogLines.Limits()
        let noise = String(repeating: "\u{10FFFF}", count: limits.value)
        let written = line { logger in
            logger.info("\(noise)", metadata: Dictionary(uniqueKeysWithValues: (0..<limits.values).map { ("key-\($0)", "\(noise)") }))
        }
        #expect(written.utf8.count > limits.lineBytes / 2 && written.utf8.count < LogWriter.standardLimit / 8)
        #expect(written.contains(" … ") && written.hasSuffix("…\n"))
    }
}
