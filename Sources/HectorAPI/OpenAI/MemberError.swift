import HectorCore

/// What is wrong with one member of a request's body.
struct MemberError: Error {
    /// Where it stands, for example `messages[2].content[0].type`; empty for the body itself.
    private(set) var path = ""
    /// The rest of a sentence that begins with the path.
    let problem: String
    let code: APIError.Code

    init(_ problem: String, _ code: APIError.Code = .invalidRequest) {
        self.problem = problem
        self.code = code
    }

    /// - Parameter place: A member's name or an element's index in brackets, or several of these.
    func inside(_ place: String) -> MemberError {
        var error = self
        error.path = path.isEmpty ? place : path.hasPrefix("[") ? place + path : "\(place).\(path)"
        return error
    }

    var told: APIError {
        APIError(code, "\(path.isEmpty ? "The request's body" : path) \(problem).", parameter: path.isEmpty ? nil : path)
    }
}

/// Reads what stands at that place, which a failure then names.
func at<T>(_ place: @autoclosure () -> String, _ read: () throws(MemberError) -> T) throws(MemberError) -> T {
    do {
        return try read()
    } catch {
        throw error.inside(place())
    }
}

extension JSONText {
    func text(upTo limit: Int = .max) throws(MemberError) -> String {
        guard let bytes = stringBytes else { throw wrongKind("a string") }
        // Escapes make a string's text longer than what it says, six bytes at most for one.
        guard bytes / 6 <= limit, let text = string, text.utf8.count <= limit else {
            throw MemberError("is longer than \(limit) bytes")
        }
        return text
    }

    func flag() throws(MemberError) -> Bool {
        guard let bool else { throw wrongKind("true or false") }
        return bool
    }

    func whole(from least: Int) throws(MemberError) -> Int {
        guard kind == .number else { throw wrongKind("a whole number") }
        guard bytes.count <= ChatLimits.standard.numberBytes else {
            throw MemberError("must be a whole number of at most \(ChatLimits.standard.numberBytes) characters")
        }
        guard let int else {
            let isWhole = double.map { $0.rounded() == $0 } ?? false
            throw MemberError(isWhole ? "must be a whole number from \(least) to \(Int.max)" : "must be a whole number")
        }
        guard int >= least else { throw MemberError("must be at least \(least)") }
        return int
    }

    /// Reads the members of an object that are not null, which are named by their key where one of them is wrong. A key
    /// given twice comes twice.
    func eachMember(_ body: (String, JSONText) throws(MemberError) -> Void) throws(MemberError) {
        let isObject = try forEachMember { key, value throws(MemberError) in
            if !value.isNull { try at(key) { () throws(MemberError) in try body(key, value) } }
        }
        guard isObject else { throw wrongKind("an object") }
    }

    /// Reads the elements of an array, which are named by their index where one of them is wrong.
    func eachElement(_ body: (Int, JSONText) throws(MemberError) -> Void) throws(MemberError) {
        let isArray = try forEachElement { index, value throws(MemberError) in
            try at("[\(index)]") { () throws(MemberError) in try body(index, value) }
        }
        guard isArray else { throw wrongKind("an array") }
    }

    func wrongKind(_ wanted: String) -> MemberError {
        MemberError("must be \(wanted), not \(kind.words)")
    }
}

extension JSONText.Kind {
    var words: String {
        switch self {
        case .null: "null"
        case .bool: "a boolean"
        case .number: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }
}
