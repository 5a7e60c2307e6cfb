/// Why a text is not JSON that is accepted. Two are equal when they are the same kind of failure.
package enum JSONFailure: Error, Sendable, Equatable, CustomStringConvertible {
    /// At that byte, from 0, stands something that JSON has no place for.
    case syntax(offset: Int)
    /// The text ended inside a value, or before one.
    case unfinished
    /// The byte there belongs to no UTF-8 text.
    case notUTF8(offset: Int)
    /// More arrays and objects inside each other than that.
    case tooDeep(limit: Int)
    /// More values than that.
    case tooManyValues(limit: Int)

    package var description: String {
        switch self {
        case .syntax(let offset): "not valid JSON: unexpected byte at offset \(offset)"
        case .unfinished: "not valid JSON: unexpected end"
        case .notUTF8(let offset): "not valid JSON: the byte at offset \(offset) is not UTF-8"
        case .tooDeep(let limit): "arrays and objects are nested more than \(limit) levels deep"
        case .tooManyValues(let limit): "more than \(limit) values"
        }
    }
}

/// How much of a foreign text is believed.
package struct JSONLimits: Sendable, Equatable {
    /// Nesting of arrays and objects, 64 levels at most.
    package var depth: Int
    /// Values of any kind; keys do not count.
    package var values: Int

    package init(depth: Int = 64, values: Int = .max) {
        precondition((0...64).contains(depth), "the scanner remembers 64 levels")
        self.depth = depth
        self.values = values
    }
}

/// Checks JSON text (RFC 8259) as it comes, in any portions. It takes a fixed time for each byte and keeps nothing of
/// the text: what has passed it can be read as `JSONText`.
package struct JSONScanner: Sendable {
    private enum State: Equatable {
        case value
        /// After `[`: a value or the end.
        case valueOrEnd
        /// After `{`: a key or the end.
        case keyOrEnd
        case key
        case colon
        case commaOrEnd
        /// After the outermost value.
        case end
        case string(isKey: Bool)
        case escape(isKey: Bool)
        /// Number of hexadecimal digits of `\uXXXX` still to come.
        case hex(Int, isKey: Bool)
        /// Number of bytes of a character still to come; the next one lies within the bounds (Unicode, table 3-7).
        case continuation(Int, low: UInt8, high: UInt8, isKey: Bool)
        case minus, zero, digits, point, fraction, exponent, exponentSign, exponentDigits
        /// The rest of `true`, `false` or `null`.
        case word(StaticWord, Int)
    }

    private enum StaticWord {
        case `true`, `false`, null

        func byte(_ index: Int) -> UInt8? {
            switch self {
            case .true: index < 4 ? [0x74, 0x72, 0x75, 0x65][index] : nil
            case .false: index < 5 ? [0x66, 0x61, 0x6C, 0x73, 0x65][index] : nil
            case .null: index < 4 ? [0x6E, 0x75, 0x6C, 0x6C][index] : nil
            }
        }
    }

    private let limits: JSONLimits
    private var state = State.value
    private var depth = 0
    /// A bit for each open container, the innermost the lowest: 1 for an object.
    private var objects: UInt64 = 0
    private var values = 0
    private var offset = 0
    private var failure: JSONFailure?

    package init(limits: JSONLimits = JSONLimits()) {
        self.limits = limits
    }

    /// Takes the next bytes. After a failure it throws the same again.
    package mutating func scan(_ bytes: UnsafeRawBufferPointer) throws(JSONFailure) {
        if let failure { throw failure }
        do throws(JSONFailure) {
            var index = 0
            while index < bytes.count {
                if case .string(let isKey) = state {
                    index = Self.plainEnd(bytes, from: index)
                    guard index < bytes.count else { break }
                    try inString(bytes[index], isKey: isKey, at: offset + index)
                } else {
                    try step(bytes[index], at: offset + index)
                }
                index += 1
            }
            offset += bytes.count
        } catch {
            failure = error
            throw error
        }
    }

    package mutating func scan(_ bytes: some Collection<UInt8>) throws(JSONFailure) {
        // Rethrown with its type: closures of the standard library throw any error.
        var failure: JSONFailure?
        let isDone: Void? = bytes.withContiguousStorageIfAvailable { buffer in
            do throws(JSONFailure) { try scan(UnsafeRawBufferPointer(buffer)) } catch { failure = error }
        }
        if isDone == nil {
            Array(bytes).withUnsafeBytes { buffer in
                do throws(JSONFailure) { try scan(buffer) } catch { failure = error }
            }
        }
        if let failure { throw failure }
    }

    /// There are no more bytes.
    package mutating func finish() throws(JSONFailure) {
        if let failure { throw failure }
        switch state {
        case .end: return
        case .zero, .digits, .fraction, .exponentDigits: if depth > 0 { throw .unfinished }
        default: throw .unfinished
        }
    }

    /// The first byte from there on that ends the run of plain ASCII in a string.
    private static func plainEnd(_ bytes: UnsafeRawBufferPointer, from start: Int) -> Int {
        var index = start
        while index < bytes.count {
            let byte = bytes[index]
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") || byte < 0x20 || byte >= 0x80 { break }
            index += 1
        }
        return index
    }

    private mutating func inString(_ byte: UInt8, isKey: Bool, at place: Int) throws(JSONFailure) {
        switch byte {
        case UInt8(ascii: "\""): if isKey { state = .colon } else { valueEnded() }
        case UInt8(ascii: "\\"): state = .escape(isKey: isKey)
        case 0xC2...0xDF: state = .continuation(1, low: 0x80, high: 0xBF, isKey: isKey)
        case 0xE0: state = .continuation(2, low: 0xA0, high: 0xBF, isKey: isKey)
        case 0xED: state = .continuation(2, low: 0x80, high: 0x9F, isKey: isKey)
        case 0xE1...0xEF: state = .continuation(2, low: 0x80, high: 0xBF, isKey: isKey)
        case 0xF0: state = .continuation(3, low: 0x90, high: 0xBF, isKey: isKey)
        case 0xF1...0xF3: state = .continuation(3, low: 0x80, high: 0xBF, isKey: isKey)
        case 0xF4: state = .continuation(3, low: 0x80, high: 0x8F, isKey: isKey)
        case 0x80...: throw .notUTF8(offset: place)
        case ..<0x20: throw .syntax(offset: place)
        default: break
        }
    }

    private mutating func step(_ byte: UInt8, at place: Int) throws(JSONFailure) {
        let isSpace = byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09
        switch state {
        case .value: if !isSpace { try begin(byte, at: place) }
        case .valueOrEnd:
            if isSpace { return }
            if byte == UInt8(ascii: "]") { close() } else { try begin(byte, at: place) }
        case .keyOrEnd:
            if isSpace { return }
            if byte == UInt8(ascii: "}") { close() } else { try beginKey(byte, at: place) }
        case .key: if !isSpace { try beginKey(byte, at: place) }
        case .colon:
            if isSpace { return }
            guard byte == UInt8(ascii: ":") else { throw .syntax(offset: place) }
            state = .value
        case .commaOrEnd: try afterValue(byte, isSpace, at: place)
        case .end: guard isSpace else { throw .syntax(offset: place) }
        case .string(let isKey): try inString(byte, isKey: isKey, at: place)
        case .escape(let isKey):
            switch byte {
            case UInt8(ascii: "u"): state = .hex(4, isKey: isKey)
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
                UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
                state = .string(isKey: isKey)
            default: throw .syntax(offset: place)
            }
        case .hex(let left, let isKey):
            guard Self.isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte | 0x20) else { throw .syntax(offset: place) }
            state = left > 1 ? .hex(left - 1, isKey: isKey) : .string(isKey: isKey)
        case .continuation(let left, let low, let high, let isKey):
            guard (low...high).contains(byte) else { throw .notUTF8(offset: place) }
            state = left > 1 ? .continuation(left - 1, low: 0x80, high: 0xBF, isKey: isKey) : .string(isKey: isKey)
        case .word(let word, let index):
            guard byte == word.byte(index) else { throw .syntax(offset: place) }
            if word.byte(index + 1) == nil { valueEnded() } else { state = .word(word, index + 1) }
        case .minus, .zero, .digits, .point, .fraction, .exponent, .exponentSign, .exponentDigits:
            try inNumber(byte, isSpace, at: place)
        }
    }

    private mutating func begin(_ byte: UInt8, at place: Int) throws(JSONFailure) {
        values += 1
        guard values <= limits.values else { throw .tooManyValues(limit: limits.values) }
        switch byte {
        case UInt8(ascii: "\""): state = .string(isKey: false)
        case UInt8(ascii: "{"): try open(isObject: true)
        case UInt8(ascii: "["): try open(isObject: false)
        case UInt8(ascii: "-"): state = .minus
        case UInt8(ascii: "0"): state = .zero
        case UInt8(ascii: "1")...UInt8(ascii: "9"): state = .digits
        case UInt8(ascii: "t"): state = .word(.true, 1)
        case UInt8(ascii: "f"): state = .word(.false, 1)
        case UInt8(ascii: "n"): state = .word(.null, 1)
        default: throw byte >= 0x80 ? .notUTF8(offset: place) : .syntax(offset: place)
        }
    }

    private mutating func beginKey(_ byte: UInt8, at place: Int) throws(JSONFailure) {
        guard byte == UInt8(ascii: "\"") else { throw .syntax(offset: place) }
        state = .string(isKey: true)
    }

    private mutating func open(isObject: Bool) throws(JSONFailure) {
        guard depth < limits.depth else { throw .tooDeep(limit: limits.depth) }
        depth += 1
        objects = objects << 1 | (isObject ? 1 : 0)
        state = isObject ? .keyOrEnd : .valueOrEnd
    }

    private mutating func close() {
        depth -= 1
        objects >>= 1
        valueEnded()
    }

    private mutating func valueEnded() {
        state = depth == 0 ? .end : .commaOrEnd
    }

    private mutating func afterValue(_ byte: UInt8, _ isSpace: Bool, at place: Int) throws(JSONFailure) {
        if isSpace { return }
        let isObject = objects & 1 == 1
        switch byte {
        case UInt8(ascii: ","): state = isObject ? .key : .value
        case UInt8(ascii: "}") where isObject: close()
        case UInt8(ascii: "]") where !isObject: close()
        default: throw .syntax(offset: place)
        }
    }

    private mutating func inNumber(_ byte: UInt8, _ isSpace: Bool, at place: Int) throws(JSONFailure) {
        let isDigit = Self.isDigit(byte)
        switch state {
        case .minus where byte == UInt8(ascii: "0"): state = .zero
        case .minus where isDigit: state = .digits
        case .digits where isDigit: break
        case .zero where byte == UInt8(ascii: "."), .digits where byte == UInt8(ascii: "."): state = .point
        case .point where isDigit: state = .fraction
        case .fraction where isDigit: break
        case .zero where byte | 0x20 == UInt8(ascii: "e"), .digits where byte | 0x20 == UInt8(ascii: "e"),
            .fraction where byte | 0x20 == UInt8(ascii: "e"):
            state = .exponent
        case .exponent where byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-"): state = .exponentSign
        case .exponent where isDigit, .exponentSign where isDigit: state = .exponentDigits
        case .exponentDigits where isDigit: break
        case .zero, .digits, .fraction, .exponentDigits:
            // The number ended before this byte.
            valueEnded()
            try step(byte, at: place)
        default: throw .syntax(offset: place)
        }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
}
