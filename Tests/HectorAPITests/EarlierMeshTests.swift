import FoundationEssentials
import HectorCore
import HectorMesh
import Testing

@testable import HectorAPI

/// `GET /mesh` of commit 291afae, as its `hector serve` gave it: users' scripts and earlier programs read these keys.
@Suite struct EarlierMeshTests {
    private let recorded: Data

    init() throws {
        recorded = try Data(contentsOf: URL(filePath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().appending(path: "compat/mesh-291afae.json"))
    }

    @Test func `What an earlier server said is read, and nothing of it is lost`() throws {
        let report = try JSONDecoder().decode(MeshReport.self, from: recorded)
        #expect(report.host == "desk")
        #expect(report.replicas.map(\.state) == ["ready", "ready", "lost"])
        #expect(report.replicas.map(\.host) == ["desk", "far-away", "gone-away"])
        #expect(report.absent.map(\.node) == [nil, "gone"])
        #expect(report.waiting == ["smollm"])
        #expect(report.notices.count == 1)
        let again = try JSONEncoder().encode(report)
        #expect(try JSON(parsing: again) == JSON(parsing: recorded))
    }

    @Test func `What this server says has every key that an earlier one had, of the same type`() throws {
        var earlier = Set<String>()
        collectShape(of: try JSON(parsing: recorded), at: "", into: &earlier)
        // The recording has all keys that there were.
        #expect(earlier.count == 29, "\(earlier.sorted())")

        let report = MeshReport(MeshSnapshot(
            mesh: "home", host: "desk",
            replicas: [
                ReplicaStatus(
                    plugin: "m", type: "llm_provider", replica: "m-1", host: "shed", path: .lan, version: "1.0.0", state: .ready,
                    reason: "none", inFlight: 1, calls: 2, successRate: 0.5, p50: .milliseconds(1), p99: .milliseconds(2),
                    certificateExpiry: 1_800_000_000)
            ],
            waiting: ["n"], absent: [AbsentNode(node: "gpu-1", addresses: ["10.0.0.2:7443"], reason: "nobody listens there")],
            conditions: [ShownCondition(condition: MeshCondition(.labelShared, "a", "a notice"), age: .zero)]), date: 0)
        var now = Set<String>()
        collectShape(of: try JSON(parsing: JSONEncoder().encode(report)), at: "", into: &now)
        #expect(earlier.subtracting(now) == [], "gone, or of another type")
    }

    @Test func `Paths and states go by the words that they had`() {
        for word in ["local", "lan"] { #expect(ReplicaStatus.Path(rawValue: word) != nil, "\(word)") }
        for word in ["connecting", "checking", "ready", "ejected", "draining", "lost", "failed"] {
            #expect(ReplicaStatus.State(rawValue: word) != nil, "\(word)")
        }
    }

    /// Every key with the type of what it holds: `replicas[].calls: number`.
    private func collectShape(of json: JSON, at place: String, into shape: inout Set<String>) {
        switch json {
        case .null: shape.insert("\(place): null")
        case .bool: shape.insert("\(place): bool")
        case .integer, .number: shape.insert("\(place): number")
        case .string, .written: shape.insert("\(place): string")
        case .array(let values):
            shape.insert("\(place): array")
            for value in values { collectShape(of: value, at: place + "[]", into: &shape) }
        case .object(let members):
            shape.insert("\(place): object")
            for (key, value) in members { collectShape(of: value, at: place.isEmpty ? key : "\(place).\(key)", into: &shape) }
        }
    }
}
