import Foundation
import Testing

/// What the fuzzer found, and what it began with, on every run of the tests: a crash that was mended stays mended.
struct CorpusTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "corpus")

    @Test(arguments: FuzzTarget.allCases) func `Every input of the corpus is endured`(target: FuzzTarget) throws {
        let inputs = try FileManager.default.contentsOfDirectory(
            at: Self.folder.appending(path: target.rawValue), includingPropertiesForKeys: nil)
        try #require(inputs.count > 3)
        for input in inputs { target.run(Array(try Data(contentsOf: input))) }
    }

    /// Seeds that our own code no longer writes would fuzz what nobody says.
    @Test(arguments: FuzzTarget.allCases) func `The seeds can still be made, and are endured`(target: FuzzTarget) throws {
        for (_, bytes) in try Seeds.of(target) { target.run(bytes) }
    }
}
