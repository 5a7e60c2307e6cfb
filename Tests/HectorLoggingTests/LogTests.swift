import Glibc
import HectorLogging
import Logging
import Testing

@testable import struct HectorLogging.LineLogHandler

@Suite(.timeLimit(.minutes(1))) struct LogTests {
    init() {
        // As every program does at its start: writers outlive the pipes of their tests.
        signal(SIGPIPE, SIG_IGN)
    }

    /// A pipe, and what is read from it.
    private final class Pipe {
        let ends: [CInt]
        /// What was read of a line that is not complete.
        private var rest: [UInt8] = []

        init() {
            var ends: [CInt] = [-1, -1]
            #expect(pipe(&ends) == 0)
            self.ends = ends
        }

        deinit { for end in ends { close(end) } }

        /// The next lines, `count` at least.
        func lines(_ count: Int) -> [Substring] {
            var bytes = rest
            var buffer = [UInt8](repeating: 0, count: 65_536)
            while bytes.count(where: { $0 == 0x0A }) < count {
                let read = Glibc.read(ends[0], &buffer, buffer.count)
                guard read > 0 else { break }
                bytes += buffer.prefix(read)
            }
            let end = bytes.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
            rest = Array(bytes[end...])
            return String(decoding: bytes[..<end], as: UTF8.self).split(separator: "\n")
        }
    }

    private func logger(_ pipe: Pipe, limits: LogLines.Limits = LogLines.Limits()) -> Logger {
        let lines = LogLines(LogWriter(descriptor: dup(pipe.ends[1])), limits: limits)
        return Logger(label: "hector") { LineLogHandler(label: $0, lines: lines) }
    }

    @Test func `A line has time, level, label, values in order, source and message`() throws {
        let pipe = Pipe()
        logger(pipe).info("plugin ready", metadata: ["pid": "7", "endpoint": "x"])
        let line = try #require(pipe.lines(1).first)
        #expect(line.contains(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d{4} info hector: endpoint=x pid=7 \[HectorLoggingTests\] plugin ready$/))
    }

    @Test(arguments: [
        "first\n2026-11-27T00:00:00+0000 critical hector: forged", "red \u{1B}[31m", "line\u{2028}separator", "bidi \u{202E}drow", "bell\u{7}", "next\u{85}line",
        "carriage\rreturn",
    ]) func `A foreign text cannot forge a line or steer a terminal, wherever it stands`(text: String) throws {
        let pipe = Pipe()
        logger(pipe).error("\(text)", metadata: ["error": "\(text)", "list": [.string(text)], "\(text)": "value"])
        logger(pipe).info("end")
        let lines = pipe.lines(2)
        #expect(lines.count == 2)
        let line = try #require(lines.first)
        #expect(!line.unicodeScalars.contains { $0.properties.generalCategory == .control || $0.properties.generalCategory == .format || $0 == "\u{2028}" })
    }

    @Test func `A line is bounded`() throws {
        let pipe = Pipe()
        let limits = LogLines.Limits()
        logger(pipe).error("\(String(repeating: "m", count: 100_000))", metadata: ["error": "\(String(repeating: "e", count: 100_000))"])
        #expect(try #require(pipe.lines(1).first).utf8.count < limits.message + limits.value + 1_000)
    }

    @Test func `Nobody waits for a reader, and what is lost is told`() {
        let pipe = Pipe()
        let writer = LogWriter(descriptor: dup(pipe.ends[1]), limit: 200_000)
        let lines = LogLines(writer)
        let logger = Logger(label: "hector") { LineLogHandler(label: $0, lines: lines) }
        // A pipe holds 64 KiB, the queue 200 kB: most of it finds no room, and nothing is read meanwhile.
        for index in 0..<1_500 { logger.info("\(index) \(String(repeating: "x", count: 1_000))") }
        var seen = 0
        var lost = 0
        while seen + lost < 1_500 {
            for line in pipe.lines(1) {
                if let match = line.firstMatch(of: /^\((\d+) lines? w\w+ dropped here/) { lost += Int(match.output.1) ?? 0 } else { seen += 1 }
            }
        }
        #expect(seen + lost == 1_500)
        #expect(lost > 1_000)
    }

    @Test func `The end of a program waits for its last lines, but not for a reader who is stuck`() {
        let pipe = Pipe()
        let writer = LogWriter(descriptor: dup(pipe.ends[1]))
        writer.write("last words\n".utf8)
        writer.flush(within: 10_000)
        #expect(pipe.lines(1) == ["last words"])
        writer.write([UInt8](repeating: 0x78, count: 500_000))
        let began = ContinuousClock.now
        writer.flush(within: 50)
        #expect(ContinuousClock.now - began < .seconds(5))
    }

    @Test func `A closed or full descriptor loses its lines and harms nobody`() {
        let pipe = Pipe()
        let writer = LogWriter(descriptor: dup(pipe.ends[1]))
        close(dup(pipe.ends[0]))
        let full = open("/dev/full", O_WRONLY)
        let lost = LogWriter(descriptor: full)
        lost.write("lost\n".utf8)
        lost.flush(within: 10_000)
        writer.write("seen\n".utf8)
        #expect(pipe.lines(1) == ["seen"])
    }

    @Test func `One who is loud is cut short and does not silence the others`() {
        let pipe = Pipe()
        var limits = LogLines.Limits()
        limits.burst = 3
        limits.perSecond = 0
        let logger = logger(pipe, limits: limits)
        func say(_ plugin: String) { logger.info("said", metadata: ["plugin": "\(plugin)"]) }
        for _ in 0..<10 { say("loud") }
        say("quiet")
        logger.info("end")
        let lines = pipe.lines(5)
        #expect(lines.count { $0.contains("plugin=loud") } == 3)
        #expect(lines.count { $0.contains("plugin=quiet") } == 1)
    }
}
