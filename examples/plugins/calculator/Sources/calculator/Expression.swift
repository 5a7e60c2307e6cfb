/// Works out an expression of numbers, `+`, `-`, `*`, `/` and parentheses.
struct Expression {
    struct Problem: Error, CustomStringConvertible {
        let description: String
    }

    /// How deep parentheses and signs may be nested: each level takes a part of the stack.
    private static let mostLevels = 100

    private var rest: Substring
    private var levels = 0

    static func value(of text: String) throws -> Double {
        var expression = Expression(rest: text[...])
        let value = try expression.sum()
        guard expression.next == nil else { throw Problem(description: "there is more behind the expression: \(expression.rest)") }
        return value
    }

    private init(rest: Substring) { self.rest = rest }

    private var next: Character? {
        mutating get {
            rest = rest.drop { $0 == " " }
            return rest.first
        }
    }

    private mutating func takes(_ character: Character) -> Bool {
        guard next == character else { return false }
        rest.removeFirst()
        return true
    }

    private mutating func sum() throws -> Double {
        var value = try product()
        while true {
            if takes("+") { value += try product() } else if takes("-") { value -= try product() } else { return value }
        }
    }

    private mutating func product() throws -> Double {
        var value = try factor()
        while true {
            if takes("*") {
                value *= try factor()
            } else if takes("/") {
                let divisor = try factor()
                guard divisor != 0 else { throw Problem(description: "it divides by 0") }
                value /= divisor
            } else {
                return value
            }
        }
    }

    private mutating func factor() throws -> Double {
        levels += 1
        defer { levels -= 1 }
        guard levels <= Self.mostLevels else { throw Problem(description: "it is nested more than \(Self.mostLevels) levels deep") }
        if takes("-") { return -(try factor()) }
        if takes("(") {
            let value = try sum()
            guard takes(")") else { throw Problem(description: "a closing parenthesis is missing") }
            return value
        }
        guard next != nil else { throw Problem(description: "it ends where a number is expected") }
        let digits = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        guard let value = Double(digits) else { throw Problem(description: "a number is expected at: \(rest)") }
        rest = rest.dropFirst(digits.count)
        return value
    }
}
