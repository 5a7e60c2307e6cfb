import Glibc
import HectorCore

/// Standard output: a person's terminal, or a pipe.
struct Terminal: Sendable {
    enum Style: String {
        case bold = "1"
        case dim = "2"
        case red = "31"
        case green = "32"
        case yellow = "33"
    }

    /// Whether a person sees it.
    let isInteractive: Bool
    /// Whether it knows what clears it and what colours it.
    let hasControl: Bool
    /// Whether colours are wanted: on a terminal that knows them, unless `NO_COLOR` is set.
    let hasColour: Bool
    /// Characters in a line; nil where nobody sees it, or that is not known.
    let columns: Int?

    init() {
        let environment = environmentVariables()
        let isInteractive = isatty(STDOUT_FILENO) == 1
        let hasControl = isInteractive && !["", "dumb"].contains(environment["TERM"] ?? "")
        self.init(
            isInteractive: isInteractive, hasControl: hasControl,
            hasColour: hasControl && (environment["NO_COLOR"] ?? "").isEmpty, columns: isInteractive ? Self.columnsNow : nil)
    }

    init(isInteractive: Bool, hasControl: Bool = false, hasColour: Bool, columns: Int? = nil) {
        self.isInteractive = isInteractive
        self.hasControl = hasControl
        self.hasColour = hasColour
        self.columns = columns
    }

    private static var columnsNow: Int? {
        var size = winsize()
        return ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0 ? Int(size.ws_col) : nil
    }

    func styled(_ text: String, _ style: Style) -> String {
        hasColour ? "\u{1B}[\(style.rawValue)m\(text)\u{1B}[0m" : text
    }

    /// Writes at once, without a buffer in between.
    func write(_ text: String) throws {
        try HectorCore.write(text.utf8, to: STDOUT_FILENO)
    }

    /// Writes what somebody else has said: on a terminal without the characters that would steer it.
    func write(foreign text: String) throws {
        try write(isInteractive ? Self.printable(text, keepsJoiners: true) : text)
    }

    /// Clears the screen.
    func clear() throws {
        if hasControl { try write("\u{1B}[H\u{1B}[2J") }
    }

    /// The text with a sign for each character that would steer the terminal or cannot be seen: controls, except for line
    /// ends and tabs, and what `singleLine` escapes.
    ///
    /// - Parameter keepsJoiners: Whether to leave those that some scripts and emoji need: for texts, not for names.
    static func printable(_ text: String, keepsJoiners: Bool = false) -> String {
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            result.append(isPrintable(scalar) || keepsJoiners && ["\u{200C}", "\u{200D}"].contains(scalar) ? scalar : "\u{FFFD}")
        }
        return String(result)
    }

    private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control: scalar == "\n" || scalar == "\t"
        case .format, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate, .unassigned: false
        default: true
        }
    }
}
