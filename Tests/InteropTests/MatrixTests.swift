import Foundation
import Testing

/// gRPC's interop cases between us and others. matrix/README.md says how the peers are called.
@Suite(.enabled(if: Foreign.missingForMatrix == nil, Comment(rawValue: Foreign.missingForMatrix ?? "")), .serialized, .timeLimit(.minutes(5)))
struct MatrixTests {
    @Test(arguments: Road.all)
    func everyCase(_ road: Road) async throws {
        let outcomes = try await InteropMatrix.shared.outcomes(of: road)
        for name in InteropMatrix.cases {
            if case .failed(let reason) = outcomes[name] { Issue.record("\(name): \(reason)") }
        }
        #expect(Set(outcomes.keys) == Set(InteropMatrix.cases))
    }

    @Test func theDocumentedTableIsWhatWasSeen() async throws {
        var table = InteropTable(versions: try await InteropMatrix.shared.versions(), outcomes: [:])
        for road in Road.all { table.outcomes[road] = try await InteropMatrix.shared.outcomes(of: road) }
        let text = table.text()
        if ProcessInfo.processInfo.environment["HECTOR_WRITE_INTEROP"] == "1" {
            try text.write(toFile: InteropTable.path, atomically: true, encoding: .utf8)
        }
        let documented = try String(contentsOfFile: InteropTable.path, encoding: .utf8)
        #expect(table.withOwnVersions(documented) == text, "run this test with HECTOR_WRITE_INTEROP=1, and commit docs/interop.md")
    }
}
