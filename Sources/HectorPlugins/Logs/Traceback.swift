import Glibc

/// Finds what runtimes print when a program fails (Python's tracebacks, panics of Go and Rust, stack traces of Node, Java
/// and .NET, crashes of Swift and C++), and makes one record of it. Lines after it are ordinary again.
///
/// The text of an exception may have any number of lines, and nothing says where it ends: all that is printed within a second
/// or two belongs to it, up to a line that is clearly a log's.
struct Traceback: Sendable {
    struct Record: Equatable {
        /// The one line that says what happened.
        var message: String
        /// All of it, its lines separated by `\n`, the middle left out where it is long; nil where it is but the message.
        var text: String?
        var lines: Int
    }

    enum Outcome: Equatable {
        /// No part of one. `isCrash`: the program is about to end, as far as can be told; what it still says is an error.
        case ordinary(isCrash: Bool)
        /// It is kept for the record.
        case held
        /// One ended before this line, which is to be given again.
        case ended(Record)
    }

    private enum Kind {
        case python
        /// Its lines are all indented, with a rule at the side.
        case pythonGroup
        /// `next`: the panic's words are in the following line. `isOver`: they have come, and what follows are remarks.
        case rust(next: Bool, isOver: Bool)
        /// A head, perhaps with more lines of text, and indented lines below it.
        case frames(hasFrames: Bool)
        /// Goes on to the end of the process, unless that says otherwise.
        case crash
    }

    private let limits: PluginLimits
    private var kind: Kind?
    /// Of Python: the exception's own line has come; another traceback may follow that it led to.
    private var hasException = false
    /// Lines of its text behind that one which were not empty.
    private var textLines = 0
    private var hasCrashed = false
    /// Seconds since the crash, or since the text of an exception began.
    private var age = 0
    private var message: [UInt8] = []
    private var first: [[UInt8]] = []
    private var firstBytes = 0
    private var last: [[UInt8]] = []
    private var lastBytes = 0
    private var count = 0
    /// The line before, which may be the head of stack frames.
    private var previous: [UInt8] = []
    private var ticks = 0

    init(limits: PluginLimits) { self.limits = limits }

    mutating func take(_ line: UnsafeRawBufferPointer) -> Outcome {
        if let kind {
            guard goesOn(kind, line) else { return .ended(end()) }
            keep(line)
            return .held
        }
        if hasCrashed, PluginLogParser.isLogged(line) { hasCrashed = false }
        guard let kind = start(line) else {
            previous.removeAll(keepingCapacity: true)
            previous.append(contentsOf: line.prefix(Self.headBytes))
            return .ordinary(isCrash: hasCrashed)
        }
        self.kind = kind
        (hasException, textLines, age) = (false, 0, 0)
        if case .frames = kind, line.isIndented { previous.withUnsafeBytes { keep($0) } }
        keep(line)
        return .held
    }

    /// Called once a second. Returns the record if nothing more has arrived for a while, or if it has lasted so long that further
    /// lines must belong to something else.
    mutating func tick() -> Record? {
        age += 1
        if age >= limits.secondsAfterCrash { hasCrashed = false }
        guard let kind else { return nil }
        ticks += 1
        switch kind {
        case .crash where age >= limits.secondsAfterCrash:
            defer { hasCrashed = false }
            return end()
        case .python where hasException && age > 1: return end()
        default: return ticks > 1 ? end() : nil
        }
    }

    mutating func finish() -> Record? { kind == nil ? nil : end() }

    // MARK: what belongs to one

    private static let headBytes = 512

    private func start(_ line: UnsafeRawBufferPointer) -> Kind? {
        guard let byte = line.first else { return nil }
        switch byte {
        case UInt8(ascii: "T") where line.starts(with: "Traceback (most recent call last):"): return .python
        case UInt8(ascii: "p") where line.starts(with: "panic: "), UInt8(ascii: "f") where line.starts(with: "fatal error: "): return .crash
        case UInt8(ascii: "t") where line.starts(with: "thread '") && line.has("panicked at"):
            return .rust(next: line.last == UInt8(ascii: ":"), isOver: false)
        case UInt8(ascii: "t") where line.starts(with: "terminate called after throwing"),
            UInt8(ascii: "E") where line.starts(with: "Exception in thread "),
            UInt8(ascii: "U") where line.starts(with: "Unhandled exception") || line.starts(with: "Unhandled Exception"):
            return .frames(hasFrames: false)
        case UInt8(ascii: "*") where line.starts(with: "*** Program crashed:"), UInt8(ascii: "F") where line.starts(with: "Fatal error: "):
            return .crash
        case 0x20, 0x09:
            if line.trimmed.starts(with: "Traceback (most recent call last):") { return .python }
            if line.trimmed.starts(with: "+ Exception Group Traceback (most recent") { return .pythonGroup }
            return isFrame(line) && isHead ? .frames(hasFrames: true) : nil
        default: return line.has(".swift:") && line.has(": Fatal error: ") ? .crash : nil
        }
    }

    private mutating func goesOn(_ kind: Kind, _ line: UnsafeRawBufferPointer) -> Bool {
        let isIndented = line.isIndented
        switch kind {
        case .crash: return count < limits.crashLines && !PluginLogParser.isLogged(line)
        case .python:
            if line.starts(with: "During handling of the above exception") || line.starts(with: "The above exception was the direct cause") {
                (hasException, textLines) = (false, 0)
                return true
            }
            if line.starts(with: "Traceback (most recent call last):") {
                // Behind other text it is another one.
                guard textLines == 0 else { return false }
                hasException = false
                return true
            }
            if hasException { return isText(line) }
            if !isIndented, !line.isEmpty {
                (hasException, age) = (true, 0)
                message = Array(line.prefix(limits.logValueCharacters))
            }
            return true
        case .pythonGroup:
            if message.isEmpty, line.starts(with: "  | "), line.count > 4, line[4] > 0x20,
                !UnsafeRawBufferPointer(rebasing: line[4...]).starts(with: "File ")
            {
                message = Array(line.dropFirst(4).prefix(limits.logValueCharacters))
            }
            return isIndented
        case .rust(let next, let isOver):
            let isRemark = line.starts(with: "note: ") || line.starts(with: "stack backtrace:")
            self.kind = .rust(next: false, isOver: isOver || isRemark)
            if next { message = Array((first.first ?? []) + [0x20] + line.prefix(limits.logValueCharacters)) }
            return next || isIndented || isRemark || !isOver && isText(line)
        case .frames(let hasFrames):
            if line.starts(with: "Traceback (most recent call last):") {
                // Python's threads say which one it was.
                self.kind = .python
                return true
            }
            if isIndented, isFrame(line) { self.kind = .frames(hasFrames: true) }
            return isIndented || line.starts(with: "Caused by: ") || line.starts(with: "Suppressed: ") || line.starts(with: "}")
                || !hasFrames && isText(line)
        }
    }

    /// Whether a line may belong to the text of an exception that has several.
    private mutating func isText(_ line: UnsafeRawBufferPointer) -> Bool {
        guard textLines < limits.exceptionLines, !PluginLogParser.isLogged(line) else { return false }
        if !line.isEmpty { textLines += 1 }
        return true
    }

    /// `    at f (file.js:3:9)`, `\tat a.B.c(B.java:1)`, `   at A.B() in a.cs:line 1`
    private func isFrame(_ line: UnsafeRawBufferPointer) -> Bool {
        let text = line.trimmed
        return text.starts(with: "at ") && text.count > 3 && (text.has("(") || text.has(":"))
    }

    private var isHead: Bool {
        previous.withUnsafeBytes { head in
            !head.isEmpty && !head.isIndented && head.first != UInt8(ascii: "{") && head.first != UInt8(ascii: "[")
                && ["Error", "Exception", "error", "exception", "Throwable"].contains { head.has($0) }
        }
    }

    // MARK: the record

    private mutating func keep(_ line: UnsafeRawBufferPointer) {
        ticks = 0
        count += 1
        let kept = Array(line.prefix(limits.logValueCharacters))
        if firstBytes + kept.count <= limits.tracebackBytes / 2 {
            first.append(kept)
            firstBytes += kept.count + 1
        } else {
            firstBytes = limits.tracebackBytes
            last.append(kept)
            lastBytes += kept.count + 1
            while lastBytes > limits.tracebackBytes / 2, last.count > 1 { lastBytes -= last.removeFirst().count + 1 }
        }
    }

    private mutating func end() -> Record {
        defer {
            if case .crash? = kind { hasCrashed = true }
            kind = nil
            (message, first, last, previous) = ([], [], [], [])
            (firstBytes, lastBytes, count, ticks) = (0, 0, 0, 0)
        }
        let omitted = count - first.count - last.count
        let lines = (first + (omitted > 0 ? [Array("… \(omitted) lines …".utf8)] : []) + last).map { String(decoding: $0, as: UTF8.self) }
        // An empty line may end it.
        let text = lines.reversed().drop { $0.isEmpty }.reversed().joined(separator: "\n")
        let said = message.isEmpty ? lines.first ?? "" : String(decoding: message, as: UTF8.self)
        return Record(message: said, text: count > 1 ? text : nil, lines: count)
    }
}

extension UnsafeRawBufferPointer {
    fileprivate func starts(with text: StaticString) -> Bool {
        count >= text.utf8CodeUnitCount && text.withUTF8Buffer { text in text.elementsEqual(prefix(text.count)) }
    }

    /// Whether the text stands anywhere in it.
    func has(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { text in
            guard let head = text.first else { return true }
            var rest = self[...]
            while rest.count >= text.count, let base = UnsafeRawBufferPointer(rebasing: rest).baseAddress,
                let found = memchr(base, CInt(head), rest.count - text.count + 1)
            {
                rest = rest.dropFirst(UnsafeRawPointer(found) - base)
                if rest.starts(with: text) { return true }
                rest = rest.dropFirst()
            }
            return false
        }
    }

    fileprivate var isIndented: Bool { first == 0x20 || first == 0x09 }

    fileprivate var trimmed: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: drop { $0 == 0x20 || $0 == 0x09 })
    }
}
