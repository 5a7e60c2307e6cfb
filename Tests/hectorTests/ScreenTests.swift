import Foundation
import HectorCore
import HectorAPI
import HectorMesh
import Testing

@testable import hector

@Suite struct ScreenTests {
    @Test func `Characters that steer a terminal or cannot be seen are shown as such`() {
        #expect(Terminal.printable("a\u{1B}[31m\u{202E}b\u{200B}\u{2028}\u{200D}\u{E000}\n\tü") == "a\u{FFFD}[31m\u{FFFD}b\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\n\tü")
        // Texts keep what emoji and some scripts are made with.
        #expect(Terminal.printable("👩\u{200D}💻\u{202E}", keepsJoiners: true) == "👩\u{200D}💻\u{FFFD}")
    }

    @Test func meshStatusShowsEveryReplica() {
        let now = Date(timeIntervalSince1970: 1_700_000_000)
        let report = MeshReport(MeshSnapshot(
            mesh: "home", host: "desk",
            replicas: [
                ReplicaStatus(
                    plugin: "echo-llm", type: "llm_provider", replica: "echo-llm-1", host: "desk", path: .local,
                    version: "1.0.0", state: .ready, inFlight: 2, share: 0.996, load: .init(calls: 6, queued: 1, age: .milliseconds(312)), concurrency: 4,
                    prefillRate: 1_500, decodeRate: 48.25, calls: 9, successRate: 1,
                    p50: .microseconds(1250), p99: .milliseconds(250)
                ),
                ReplicaStatus(
                    plugin: "echo-llm", type: "llm_provider", replica: "r\u{1B}[2J", host: "shed", path: .lan,
                    state: .ejected, reason: "2 failures\nin a row", share: 0.004, load: .init(calls: 0, age: .seconds(200)),
                    concurrency: 2.5, successRate: 0.9999, p50: .seconds(2),
                    certificateExpiry: 1_700_000_000 + 30 * 86_400
                ),
            ],
            waiting: ["smollm"],
            absent: [
                AbsentNode(node: "gpu-1", addresses: ["10.0.0.2:7443", "[fd00::2]:7443"], reason: "nobody listens\nthere"),
            ],
            conditions: [
                Self.absent("gpu-1", "node gpu-1 at 10.0.0.2:7443, [fd00::2]:7443 is not connected: nobody listens\nthere"),
                Self.shown(.labelShared, "llm_provider a-b", "the label a-b is that of several plugins"),
            ]), date: 0)
        #expect(MeshStatusCommand.text(report, Terminal(isInteractive: false, hasColour: false), now: now) == """
            mesh home, host desk, 1 of 2 replicas ready
            PLUGIN    REPLICA     HOST  PATH   VERSION  IN-FLIGHT  SHARE  LOAD       K    TOK/S  SUCCESS  P50      P99     CERTIFICATE  STATE
            echo-llm  echo-llm-1  desk  local  1.0.0            2  >99 %  6 (0.3 s)    4   48.3    100 %  1.25 ms  250 ms  -            ready
            echo-llm  r\u{FFFD}[2J       shed  lan    -                0   <1 %  0 (3 min)  2.5      -   99.9 %    2.0 s       -  30 d         ejected: 2 failures in a row
            waiting for a replica of smollm
            warning: node gpu-1 at 10.0.0.2:7443, [fd00::2]:7443 is not connected: nobody listens there
            note: the label a-b is that of several plugins

            """)
    }

    @Test func `Columns about which nothing is known are left out, and less important ones on a narrow terminal`() {
        func table(_ columns: Int?, loads: Bool = true, now: Double = 1_799_000_000) -> [Substring] {
            let replicas = ["desk", "shed"].map { host in
                ReplicaStatus(
                    plugin: "llama", type: "llm_provider", replica: "llama-1", host: host, path: .lan, version: "1.0.0", state: .ready,
                    inFlight: 1, share: 0.5, load: loads ? .init(calls: 12, age: .seconds(42)) : nil, concurrency: loads ? 4 : nil,
                    successRate: 1, p50: .seconds(2), p99: .seconds(12), certificateExpiry: loads ? 1_800_000_000 : nil)
            }
            return MeshStatusCommand.text(
                MeshReport(MeshSnapshot(mesh: "home", host: "desk", replicas: replicas), date: 0),
                Terminal(isInteractive: true, hasColour: false, columns: columns), now: Date(timeIntervalSince1970: now)
            ).split(separator: "\n")
        }
        let all = "PLUGIN  REPLICA  HOST  PATH  VERSION  IN-FLIGHT  SHARE  LOAD       K  SUCCESS  P50    P99     CERTIFICATE  STATE"
        #expect(table(nil)[1] == all && table(200)[1] == all && table(nil).count == 4)
        #expect(table(nil, loads: false)[1] == "PLUGIN  REPLICA  HOST  PATH  VERSION  IN-FLIGHT  SHARE  SUCCESS  P50    P99     STATE")
        for columns in [80, 100, 120] {
            let lines = table(columns)
            #expect(lines[1...3].allSatisfy { $0.count <= columns }, "\(lines)")
        }
        #expect(table(100)[1] == "PLUGIN  REPLICA  HOST  PATH  IN-FLIGHT  SHARE  LOAD       K  SUCCESS  P50    P99     STATE")
        #expect(table(100)[4] == "without VERSION, CERTIFICATE: the terminal is too narrow; --json shows all")
        #expect(table(80)[1] == "PLUGIN  REPLICA  HOST  SHARE  LOAD       K  SUCCESS  P50    P99     STATE")
        #expect(table(20)[1] == "PLUGIN  REPLICA  HOST  SHARE  LOAD       SUCCESS  P50    STATE", "what must be shown wraps")
        #expect(table(80, now: 1_799_990_000)[1].contains("P50    CERTIFICATE  STATE"), "one that ends soon is not hidden")
    }

    @Test(arguments: [
        (0.04, "0.0 s"), (9.94, "9.9 s"), (9.96, "10 s"), (119, "119 s"), (120, "2 min"), (7_199, "120 min"), (7_200, "2 h"),
    ]) func `The age of a load is told in one unit`(seconds: Double, told: String) {
        let replica = ReplicaStatus(
            plugin: "m", type: "llm_provider", replica: "m-1", host: "desk", path: .local, state: .ready,
            load: .init(calls: 3, age: .milliseconds(1) * (seconds * 1_000)))
        let text = MeshStatusCommand.text(
            MeshReport(MeshSnapshot(mesh: "home", host: "desk", replicas: [replica]), date: 0), Terminal(isInteractive: false, hasColour: false), now: Date())
        #expect(text.contains(" 3 (\(told)) "))
    }

    private static func shown(_ kind: ConditionKind, _ subject: String, _ text: String) -> ShownCondition {
        ShownCondition(condition: MeshCondition(kind, subject, text), age: .zero)
    }

    private static func absent(_ node: String, _ text: String) -> ShownCondition { shown(.nodeAbsent, node, text) }

    @Test func manyAbsentNodesDoNotFillTheScreen() {
        let absent = (1...12).map { Self.absent("a\($0)", "node a\($0) at 10.0.0.1:\($0) is not connected: gone") }
        let text = MeshStatusCommand.text(
            MeshReport(MeshSnapshot(mesh: "home", host: "desk", conditions: absent), date: 0),
            Terminal(isInteractive: false, hasColour: false), now: Date())
        #expect(text.split(separator: "\n").count { $0.contains("is not connected: gone") } == 10)
        #expect(text.hasSuffix("2 more nodes are not connected: --json shows all\n"))
    }

    @Test func `The mesh of an earlier server is shown`() throws {
        let recorded = try Data(contentsOf: URL(filePath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().appending(path: "compat/mesh-291afae.json"))
        let report = try JSONDecoder().decode(MeshReport.self, from: recorded)
        let expiry = Double(try #require(report.replicas[1].certificateExpires))
        let trouble = "127.0.0.1:17444 cannot be reached: Connection refused; nobody listens there: start hector-plugin-agent on that machine, or correct the address"
        #expect(
            MeshStatusCommand.text(
                report, Terminal(isInteractive: false, hasColour: false), now: Date(timeIntervalSince1970: expiry - 20.5 * 86_400)) == """
            mesh home, host desk, 2 of 3 replicas ready
            PLUGIN    REPLICA     HOST       PATH   VERSION  IN-FLIGHT  SHARE  SUCCESS  P50      P99      CERTIFICATE  STATE
            echo-llm  echo-llm-1  desk       local  0.1.0            0      -        -        -        -  -            ready
            echo-llm  echo-llm-1  far-away   lan    0.1.0            0      -    100 %  4.52 ms  8.59 ms  20 d         ready
            echo-llm  echo-llm-1  gone-away  lan    0.1.0            0      -    100 %  7.17 ms  7.17 ms  20 d         lost: \(trouble)
            waiting for a replica of smollm
            the node at 127.0.0.1:1 is not connected: \(trouble.replacing("17444", with: "1"))
            node gone at 127.0.0.1:17444 is not connected: \(trouble)
            note: agent far offers other-llm, not used: its certificate does not allow that; make it one that does, or remove the plugin there

            """)
    }

    @Test func coloursDoNotDisturbTheColumns() {
        var table = Table(["A", "B"])
        table.add([.init("x", .green), .init("y")])
        let terminal = Terminal(isInteractive: true, hasColour: true)
        #expect(table.text(for: terminal) == "\u{1B}[2mA\u{1B}[0m  \u{1B}[2mB\u{1B}[0m\n\u{1B}[32mx\u{1B}[0m  y\n")
    }
}
