import Foundation
import HTTPTypes
import Hummingbird
import Testing

@testable import HectorAPI

/// `docs/openapi.yaml` describes all that answers, and nothing else. `make prove` holds the answers against it.
@Suite struct OpenAPITests {
    /// What is refused by name, and names of before.
    private static let undescribed: Set = [
        "GET /.well-known/agent.json", "GET /agents/{agent}/.well-known/agent.json",
        "POST /api/pull", "POST /api/push", "POST /api/create", "POST /api/copy", "DELETE /api/delete",
    ]

    @Test func `Every route is described, and every description is of a route`() throws {
        let routes = APIFixture().api.routes(.everything, { APISecurity() }, TaskRunner()).routes.map { route in
            let path = "\(route.path)".split(separator: "/").map { $0.hasPrefix(":") ? "{\($0.dropFirst())}" : "\($0)" }.joined(separator: "/")
            return "\(route.method.rawValue) /\(path)"
        }.filter { !$0.hasPrefix("HEAD ") }
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "../../docs/openapi.yaml")
        var described: [String] = []
        var path = ""
        for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n") {
            if let match = line.wholeMatch(of: /\ \ (\/\S*):/) { path = String(match.output.1) }
            if line == "components:" { path = "" }
            if !path.isEmpty, let match = line.wholeMatch(of: /\ {4}(get|post|delete):/) { described.append("\(match.output.1.uppercased()) \(path)") }
        }
        #expect(Set(described) == Set(routes).subtracting(Self.undescribed))
        #expect(Self.undescribed.isSubset(of: routes))
    }
}
