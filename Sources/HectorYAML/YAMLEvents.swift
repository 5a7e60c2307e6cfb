import CYAML

/// What the parser says next.
enum YAMLEvent {
    case documentStart(Position)
    case scalar(String, YAMLNode.Style, YAMLProperties)
    case sequenceStart(YAMLProperties)
    case mappingStart(YAMLProperties)
    /// The innermost open sequence or mapping is complete.
    case end
    case alias(String, Position)
    case streamEnd
    /// Nothing the tree cares about.
    case other
}

/// What every node may carry.
struct YAMLProperties {
    var position: Position
    var anchor: String?
    /// Whether an explicit tag (`!!str`, `!mine`) stands before it.
    var isTagged: Bool
}

/// Bytes in, events out: libyaml's parser, owned.
struct YAMLEvents: ~Copyable {
    private let parser: UnsafeMutablePointer<yaml_parser_t>
    private let bytes: UnsafeBufferPointer<UInt8>
    private let file: String
    private let limits: YAMLLimits

    /// Reads `bytes`, which must outlive this value.
    init(_ bytes: UnsafeBufferPointer<UInt8>, file: String, limits: YAMLLimits) {
        self.bytes = bytes
        self.file = file
        self.limits = limits
        parser = .allocate(capacity: 1)
        precondition(yaml_parser_initialize(parser) == 1, "no memory for a YAML parser")
        // Otherwise libyaml guesses, and reads UTF-16 as well.
        yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
        yaml_parser_set_input_string(parser, bytes.baseAddress, bytes.count)
    }

    deinit {
        yaml_parser_delete(parser)
        parser.deallocate()
    }

    /// The next event; not to be called again after `.streamEnd` or an error.
    mutating func next() throws(InvalidYAML) -> YAMLEvent {
        var event = yaml_event_t()
        guard yaml_parser_parse(parser, &event) == 1 else { throw InvalidYAML([syntaxError()]) }
        defer { yaml_event_delete(&event) }
        let position = Position(event.start_mark)
        switch event.type {
        case YAML_DOCUMENT_START_EVENT:
            return .documentStart(position)
        case YAML_SCALAR_EVENT:
            let scalar = event.data.scalar
            let text = try text(scalar.value, length: scalar.length, at: position)
            return .scalar(
                text, scalar.style == YAML_PLAIN_SCALAR_STYLE ? .plain : .quoted,
                YAMLProperties(position: position, anchor: string(scalar.anchor), isTagged: scalar.tag != nil))
        case YAML_SEQUENCE_START_EVENT:
            let start = event.data.sequence_start
            return .sequenceStart(
                YAMLProperties(position: position, anchor: string(start.anchor), isTagged: start.tag != nil))
        case YAML_MAPPING_START_EVENT:
            let start = event.data.mapping_start
            return .mappingStart(
                YAMLProperties(position: position, anchor: string(start.anchor), isTagged: start.tag != nil))
        case YAML_SEQUENCE_END_EVENT, YAML_MAPPING_END_EVENT:
            return .end
        case YAML_ALIAS_EVENT:
            return .alias(string(event.data.alias.anchor) ?? "", position)
        case YAML_STREAM_END_EVENT:
            return .streamEnd
        default:
            return .other
        }
    }

    private func text(
        _ value: UnsafeMutablePointer<yaml_char_t>?, length: Int, at position: Position
    ) throws(InvalidYAML) -> String {
        guard length <= limits.scalarBytes else {
            throw failure(position, "one value is longer than \(limits.scalarBytes) bytes: shorten it")
        }
        let bytes = UnsafeBufferPointer(start: value, count: length)
        guard !bytes.contains(0) else {
            throw failure(position, "a value contains the character NUL (\\0): remove it")
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private func string(_ value: UnsafeMutablePointer<yaml_char_t>?) -> String? {
        value.map { String(cString: $0) }
    }

    private func failure(_ position: Position, _ message: String) -> InvalidYAML {
        InvalidYAML([Diagnostic(file: file, position: position, message: message)])
    }

    /// libyaml's complaint, with a hint where its words do not tell what to do.
    private func syntaxError() -> Diagnostic {
        let problem = parser.pointee.problem.map { String(cString: $0) } ?? "the file is not valid YAML"
        switch parser.pointee.error {
        case YAML_MEMORY_ERROR:
            return Diagnostic(file: file, position: Position(line: 1, column: 1), message: "not enough memory to read the file")
        case YAML_READER_ERROR:
            var message = "\(problem): save the file as UTF-8 text"
            if problem.hasPrefix("control characters"), let character = Unicode.Scalar(UInt32(clamping: parser.pointee.problem_value)) {
                message = "the control character \(OddCharacters.escape(character)) is not allowed: remove it"
            }
            return Diagnostic(file: file, position: position(ofByte: parser.pointee.problem_offset), message: message)
        default:
            break
        }
        let mark = parser.pointee.problem_mark
        var message = problem
        if let context = parser.pointee.context {
            message += " \(String(cString: context))"
            if parser.pointee.context_mark.line != mark.line {
                message += " that begins at line \(parser.pointee.context_mark.line + 1)"
            }
        }
        let character = character(at: mark)
        var isVariable = false
        if character == "\t" {
            message = "a tab cannot indent or separate YAML: write spaces"
        } else if character == "{", mark.index > 0, self.character(at: mark, offset: -1) == "$" {
            isVariable = true
            message = "quote values with ${…} inside { } and [ ], as in {path: \"${FOLDER}/plugin\"}"
        } else if problem.hasPrefix("mapping values are not allowed") {
            message += ": put a value that contains ': ' in quotes, or correct the indentation"
        } else if problem.hasPrefix("did not find expected key") {
            message += ": check the indentation and the quotes"
        }
        // At the end of the file libyaml counts a line break that is not there.
        let place = character == nil ? position(ofByte: bytes.count) : Position(mark)
        if !isVariable { message += oddities(around: place) }
        // The dollar sign before the brace is where the value begins to be one.
        return Diagnostic(
            file: file, position: isVariable ? Position(line: place.line, column: place.column - 1) : place, message: message)
    }

    private func character(at mark: yaml_mark_t, offset: Int = 0) -> Unicode.Scalar? {
        String(decoding: bytes, as: UTF8.self).unicodeScalars.dropFirst(mark.index + offset).first
    }

    /// A remark on characters of the line of a problem, and of the one before, where a value that goes on began. Not on
    /// tabs, which are right in most places, nor on comments.
    private func oddities(around place: Position) -> String {
        var (line, start) = (1, bytes.startIndex)
        while line <= place.line {
            let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.endIndex
            if line >= place.line - 1 {
                let text = String(decoding: bytes[start..<end].prefix(4096), as: UTF8.self)
                let code = text.firstRange(of: " #").map { String(text[..<$0.lowerBound]) } ?? text
                let remark = OddCharacters.remark(on: code.filter { !"\r\t".contains($0) }, line: line)
                if !remark.isEmpty { return remark }
            }
            guard end < bytes.endIndex else { break }
            (line, start) = (line + 1, end + 1)
        }
        return ""
    }

    private func position(ofByte offset: Int) -> Position {
        let before = bytes.prefix(offset)
        let start = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
        let column = String(decoding: before[start...], as: UTF8.self).unicodeScalars.count
        return Position(line: before.count { $0 == UInt8(ascii: "\n") } + 1, column: column + 1)
    }
}

extension Position {
    fileprivate init(_ mark: yaml_mark_t) {
        self.init(line: mark.line + 1, column: mark.column + 1)
    }
}
