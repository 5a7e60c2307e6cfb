import Foundation
import Testing

/// Whose programs run.
enum Build: Sendable, CaseIterable {
    /// Those that were built with the tests.
    case today
    /// Those of commit 291afae, which `Tests/compat/build` makes: people still run them.
    case earlier

    var other: Build { self == .today ? .earlier : .today }

    /// An executable. Fails, and says how it is made, where it is not there.
    func product(_ name: String, at location: SourceLocation = #_sourceLocation) throws -> String {
        guard self == .earlier else { return Scene.product(name) }
        let folder = Scene.package.appending(path: ".build-compat")
        let path = folder.appending(path: "build/debug/\(name)").path
        let built = (try? String(contentsOf: folder.appending(path: "built"), encoding: .utf8)) ?? ""
        let isThere = built.hasPrefix("291afae") && FileManager.default.isExecutableFile(atPath: path)
        try #require(isThere, "the programs of commit 291afae are not built: Tests/compat/build builds them", sourceLocation: location)
        return path
    }
}
