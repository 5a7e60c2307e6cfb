import Foundation
import Testing

@testable import HectorPlugins

@Suite struct TracebackTests {
    /// What comes of some output: the messages of records, and `-` for each ordinary line, `!` for one after a crash.
    private func read(_ text: String, limits: PluginLimits = PluginLimits()) -> (marks: [String], records: [Traceback.Record]) {
        var traceback = Traceback(limits: limits)
        var marks: [String] = []
        var records: [Traceback.Record] = []
        func add(_ record: Traceback.Record) {
            records.append(record)
            marks.append(record.message)
        }
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            var line = String(line)
            line.withUTF8 { bytes in
                var outcome = traceback.take(UnsafeRawBufferPointer(bytes))
                if case .ended(let record) = outcome {
                    add(record)
                    outcome = traceback.take(UnsafeRawBufferPointer(bytes))
                }
                if case .ordinary(let isCrash) = outcome { marks.append(isCrash ? "!" : "-") }
            }
        }
        if let record = traceback.finish() { add(record) }
        return (marks, records)
    }

    private static let python = """
        Traceback (most recent call last):
          File "plugin.py", line 21, in say
            if m == "boom": raise ValueError("boom-in-handler")
                            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
        ValueError: boom-in-handler
        """

    @Test func python() throws {
        let (marks, records) = read("loading\n\(Self.python)\n[INFO] ready")
        #expect(marks == ["-", "ValueError: boom-in-handler", "-"])
        #expect(records.first == Traceback.Record(message: "ValueError: boom-in-handler", text: Self.python, lines: 5))
        // Two in a row are two, and one that led to another is one.
        #expect(read("\(Self.python)\n\(Self.python)\n").marks.count { $0.hasPrefix("ValueError") } == 1)
        #expect(read("\(Self.python)\nINFO:root:then\n\(Self.python)").marks == ["ValueError: boom-in-handler", "-", "ValueError: boom-in-handler"])
        #expect(read("\(Self.python)\nthen\n\(Self.python)").marks == ["ValueError: boom-in-handler", "ValueError: boom-in-handler"])
        for link in ["During handling of the above exception, another exception occurred:", "The above exception was the direct cause of the following exception:"] {
            let chain = "\(Self.python)\n\n\(link)\n\nTraceback (most recent call last):\n  File \"b.py\", line 1\nKeyError: 'k'\n12:00:00 ordinary"
            let (marks, records) = read(chain)
            #expect(marks == ["KeyError: 'k'", "-"])
            #expect(records.first?.text?.contains("boom-in-handler") == true)
        }
        #expect(read("Exception in thread Thread-1 (work):\n\(Self.python)\n2026-01-31 12:00:00 ordinary").marks == ["ValueError: boom-in-handler", "-"])
        #expect(read("  + Exception Group Traceback (most recent call last):\n  |   File \"a.py\", line 1\n  | ExceptionGroup: two (2 sub-exceptions)\n  +-+---------------- 1 ----------------\n    | ValueError: 1\n    +------------------------------------\nordinary").marks == ["ExceptionGroup: two (2 sub-exceptions)", "-"])
    }

    @Test func othersThatGoOn() {
        #expect(
            read("thread 'main' panicked at src/main.rs:2:5:\nboom\nnote: run with `RUST_BACKTRACE=1`\nordinary").marks
                == ["thread 'main' panicked at src/main.rs:2:5: boom", "-"])
        #expect(
            read("thread 'main' panicked at 'boom', src/main.rs:2:5\nstack backtrace:\n   0: rust_begin_unwind\n             at ./a.rs:1\nordinary").marks
                == ["thread 'main' panicked at 'boom', src/main.rs:2:5", "-"])
        #expect(
            read("starting\nTypeError: x is not a function\n    at run (/app/a.js:3:9)\n    at node:internal/main:7\n\nNode.js v20").marks
                == ["-", "-", "TypeError: x is not a function", "-", "-"])
        #expect(
            read("Exception in thread \"main\" java.lang.IllegalStateException: boom\n\tat a.B.c(B.java:1)\nCaused by: java.io.IOException: x\n\t... 3 more\nordinary").marks
                == ["Exception in thread \"main\" java.lang.IllegalStateException: boom", "-"])
        #expect(read("java.lang.Error: boom\n\tat a.B.c(B.java:1)\nordinary").marks == ["-", "java.lang.Error: boom", "-"])
        #expect(read("Unhandled exception. System.Exception: boom\n   at A.B() in /a.cs:line 3\nordinary").marks == ["Unhandled exception. System.Exception: boom", "-"])
        #expect(read("terminate called after throwing an instance of 'std::runtime_error'\n  what():  boom\n[INFO] ordinary").marks.count == 2)
    }

    /// Nothing says where such a text ends.
    @Test(arguments: [
        ("Traceback (most recent call last):\n  File \"a.py\", line 1, in f\nRuntimeError: CUDA error: out of memory\nCUDA kernel errors might come later.\n\nCompile with X to see more.", "RuntimeError: CUDA error: out of memory"),
        ("thread 'main' panicked at src/main.rs:2:5:\nassertion failed\n  left: 1\nof two lines\nnote: run with `RUST_BACKTRACE=1`", "thread 'main' panicked at src/main.rs:2:5: assertion failed"),
        ("Exception in thread \"main\" java.lang.IllegalStateException: one\ntwo\nthree\n\tat a.B.c(B.java:1)", "Exception in thread \"main\" java.lang.IllegalStateException: one"),
    ]) func aTextOfSeveralLinesIsOneRecord(text: String, message: String) {
        for ordinary in ["[INFO] on", "INFO:     Started", "2026/01/31 12:00:00 on", #"{"@level":"info","@message":"on"}"#, "I0131 12:00:00.1 1 a.cc:1] on"] {
            let (marks, records) = read("\(text)\n\(ordinary)")
            #expect(marks == [message, "-"])
            #expect(records.first?.text == text)
        }
        let endless = read(text + String(repeating: "\nand on", count: 500))
        #expect(endless.records.count == 1 && endless.marks.count > 400)
    }

    private func take(_ line: String, _ traceback: inout Traceback) -> Traceback.Outcome {
        var line = line
        return line.withUTF8 { traceback.take(UnsafeRawBufferPointer($0)) }
    }

    /// Lines come every second: what came with the exception is its text, what comes later is not.
    @Test func aTextEndsWithItsSecond() {
        var traceback = Traceback(limits: PluginLimits())
        for line in Self.python.split(separator: "\n").map(String.init) + ["more of it"] { #expect(take(line, &traceback) == .held) }
        #expect(traceback.tick() == nil)
        #expect(take("chatter", &traceback) == .held)
        #expect(traceback.tick()?.lines == 7)
        #expect(take("chatter", &traceback) == .ordinary(isCrash: false))
    }

    /// A panic that was caught is printed like one that was not: the process shows that it goes on.
    @Test(arguments: ["panic: caught", "fatal error: no", "Fatal error: not so"]) func aProcessThatGoesOnHasNotCrashed(_ text: String) {
        var limits = PluginLimits()
        limits.crashLines = 2
        // Once by a line that a logger wrote,
        #expect(read("\(text)\ngoroutine 1 [running]:\nmain.main()\n[INFO] going on\nwords", limits: limits).marks == [text, "!", "-", "-"])
        #expect(read("\(text)\n[INFO] going on\nwords").marks == [text, "-", "-"])
        // and once by time, however much it prints meanwhile.
        var traceback = Traceback(limits: PluginLimits())
        #expect(take(text, &traceback) == .held)
        var records: [Traceback.Record] = []
        for _ in 0..<PluginLimits().secondsAfterCrash {
            #expect(take("chatter", &traceback) == .held)
            if let record = traceback.tick() { records.append(record) }
        }
        #expect(records.count == 1)
        #expect(take("chatter", &traceback) == .ordinary(isCrash: false))
        // Silence shows the record, and what a dying process still says is an error.
        #expect(take(text, &traceback) == .held)
        #expect(traceback.tick() == nil && traceback.tick() != nil)
        #expect(take("exit", &traceback) == .ordinary(isCrash: true))
        for _ in 0..<PluginLimits().secondsAfterCrash { _ = traceback.tick() }
        #expect(take("alive", &traceback) == .ordinary(isCrash: false))
    }

    /// A Go or Swift program that says this ends.
    @Test(arguments: ["panic: nil map", "fatal error: all goroutines are asleep", "a/b.swift:3: Fatal error: found nil", "*** Program crashed: Bad pointer dereference"])
    func whatEndsTheProcessStays(_ text: String) {
        var limits = PluginLimits()
        limits.crashLines = 3
        let (marks, records) = read("fine\n\(text)\n\ngoroutine 1 [running]:\nmain.main()\n\t/a.go:3", limits: limits)
        #expect(marks == ["-", text, "!", "!"])
        #expect(records.map(\.lines) == [3])
    }

    @Test(arguments: [
        "at the end of the day", "    at last (it works)", "no Error here\nindented: no", "  indented words", "  File \"a.py\", line 1",
        "[ERROR] x\n    at f (a.js:1:1)", "{\"@message\":\"Error\"}\n    at f (a.js:1:1)", "thread 'x' started", "all errors fixed\n  at: 3",
    ])
    func proseIsNoTraceback(_ text: String) {
        #expect(Set(read(text).marks) == ["-"])
    }

    /// The beginning and the end tell most.
    @Test func longOnesLoseTheirMiddle() throws {
        let frames = (0..<10_000).map { "  File \"a.py\", line \($0), in f" }.joined(separator: "\n")
        let record = try #require(read("Traceback (most recent call last):\n\(frames)\nRecursionError: too deep").records.first)
        let text = try #require(record.text)
        #expect(text.utf8.count < PluginLimits().tracebackBytes + 100)
        #expect(text.hasPrefix("Traceback") && text.contains("line 0,") && text.contains(" lines …") && text.hasSuffix("line 9999, in f\nRecursionError: too deep"))
        #expect(record.message == "RecursionError: too deep" && record.lines == 10_002)
    }

    /// The program stopped printing in the midst of it.
    @Test func oneThatNothingFollowsIsShownSoon() {
        var traceback = Traceback(limits: PluginLimits())
        var head = "Traceback (most recent call last):"
        #expect(head.withUTF8 { traceback.take(UnsafeRawBufferPointer($0)) } == .held)
        #expect(traceback.tick() == nil)
        #expect(traceback.tick() == Traceback.Record(message: head, text: nil, lines: 1))
        #expect(traceback.tick() == nil && traceback.finish() == nil)
    }
}
