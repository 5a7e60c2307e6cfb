/// Foreign text made safe for one line of a terminal or log: control and formatting characters are escaped,
/// length is bounded.
package func singleLine(_ text: String, limit: Int = 200) -> String {
    var line = ""
    for scalar in text.unicodeScalars.prefix(limit) {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate, .unassigned:
            line += scalar.escaped(asASCII: true)
        default:
            line.unicodeScalars.append(scalar)
        }
    }
    return text.unicodeScalars.count > limit ? line + "…" : line
}

/// Foreign text as a message cites it: what may be a path is seldom longer.
package func quoted(_ text: some StringProtocol) -> String {
    "'\(singleLine(String(text), limit: 120))'"
}
