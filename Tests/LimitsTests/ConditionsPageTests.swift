import Foundation
import HectorCore
import Testing

/// `docs/conditions.md`, made of the catalogue.
struct ConditionsPageTests {
    @Test func `The page of conditions says what the code does`() throws {
        let file = Package.folder.appending(path: "docs/conditions.md")
        if ProcessInfo.processInfo.environment["HECTOR_WRITE_BOUNDS"] != nil { try Self.page.write(to: file, atomically: true, encoding: .utf8) }
        #expect(try Package.text("docs/conditions.md") == Self.page, "make bounds writes it anew")
    }

    private static var page: String {
        var text = """
            # Conditions

            What a person should know while a mesh runs. `hector mesh status` and `GET /mesh` show these conditions with their age, the log tells
            when one begins and ends, and the metric `hector_conditions{code, severity}` counts them. A code never changes its meaning, so
            alerts and scripts can rely on it. Made of the code by `make bounds`.

            - **error**: something does not serve, and does not mend by itself.
            - **warning**: something serves less than it could, or will soon.
            - **note**: worth knowing, as somebody wanted it.

            A condition is shown when it has lasted for its time, and not while its cause is shown.

            | code | severity | what it means | what to do | shown after | hidden while |
            | --- | --- | --- | --- | --- | --- |

            """
        for kind in ConditionKind.allCases {
            let entry = kind.entry
            let settles = entry.settles == .zero ? "" : "\(entry.settles.components.seconds) s"
            let causes = entry.causes.map { "`\($0.rawValue)`" }.joined(separator: ", ")
            text += "| `\(kind.rawValue)` | \(entry.severity.rawValue) | **\(entry.title).** \(entry.meaning) | \(entry.advice) | \(settles) | \(causes) |\n"
        }
        return text
    }
}
