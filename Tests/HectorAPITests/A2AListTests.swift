import HectorCore
import Hummingbird
import HummingbirdTesting
import ScriptedProviders
import Synchronization
import Testing

@testable import HectorAPI

@Suite struct A2AListTests {
    let a2a = A2ATests()

    @Test(arguments: [
        (#"{"pageSize":0}"#, "pageSize"), (#"{"pageSize":101}"#, "pageSize"), (#"{"pageSize":"5"}"#, "pageSize"), (#"{"pageSize":1.5}"#, "pageSize"),
        (#"{"historyLength":-1}"#, "historyLength"), (#"{"historyLength":"all"}"#, "historyLength"), (#"{"status":"TASK_STATE_DANCING"}"#, "status"),
        (#"{"status":3}"#, "status"), (#"{"status":"completed"}"#, "status"), (#"{"pageToken":"broken"}"#, "pageToken"), (#"{"pageToken":"1.x"}"#, "pageToken"),
        (#"{"pageToken":7}"#, "pageToken"), (#"{"lastUpdatedAfter":"yesterday"}"#, "lastUpdatedAfter"), (#"{"lastUpdatedAfter":-1}"#, "lastUpdatedAfter"),
        (#"{"statusTimestampAfter":"2023-13-45"}"#, "statusTimestampAfter"), (#"{"statusTimestampAfter":true}"#, "statusTimestampAfter"),
        (#"{"includeArtifacts":"yes"}"#, "includeArtifacts"), (#"{"contextId":5}"#, "contextId"),
    ]) func whatIsWrongIsNamed(params: String, name: String) async throws {
        try await APIFixture().application.test(.live) { client in
            let reply = try await client.post("/agents/guide", text: #"{"jsonrpc":"2.0","id":1,"method":"ListTasks","params":\#(params)}"#).json
            #expect(reply["error"]?["code"] == -32602)
            #expect(reply["error"]?["message"]?.string?.hasPrefix("params.\(name) ") == true, "\(reply)")
        }
    }

    @Test func theLastChangedComesFirstAndTokensSurviveChanges() async throws {
        let time = Mutex<Int64>(1_700_000_000_000)
        var fixture = APIFixture()
        fixture.now = { time.withLock { $0 += 1; return $0 } }
        try await fixture.application.test(.live) { client in
            func list(_ params: JSON) async throws -> JSON? {
                try await client.post("/agents/guide", a2a.call("ListTasks", params)).json["result"]
            }
            let none = try await list([:])
            #expect(none == ["tasks": [], "nextPageToken": "", "pageSize": 0, "totalSize": 0])
            for text in ["one", "two", "three"] {
                _ = try await client.post("/agents/guide", a2a.call("SendMessage", a2a.say(text, context: "c-\(text)")))
            }
            let first = try await list(["pageSize": 2])
            #expect(first?["tasks"]?.array?.map { $0["contextId"] } == ["c-three", "c-two"])
            #expect(first?["pageSize"] == 2 && first?["totalSize"] == 3)
            _ = try await client.post("/agents/guide", a2a.call("SendMessage", a2a.say("four", context: "c-four")))
            let second = try await list(["pageSize": 2, "pageToken": first?["nextPageToken"] ?? nil])
            #expect(second?["tasks"]?.array?.map { $0["contextId"] } == ["c-one"])
            #expect(second?["pageSize"] == 1 && second?["nextPageToken"] == "")

            let changed = try #require(first?["tasks"]?[1]?["status"]?["timestamp"])
            for name in ["statusTimestampAfter", "lastUpdatedAfter"] {
                let since = try await list(.object([name: changed]))
                #expect(since?["tasks"]?.array?.map { $0["contextId"] } == ["c-four", "c-three", "c-two"])
            }
            #expect(try await list(["lastUpdatedAfter": 1_800_000_000_000])?["totalSize"] == 0)
            for (status, count) in [
                ("TASK_STATE_COMPLETED", 4), ("TASK_STATE_UNSPECIFIED", 4), ("TASK_STATE_FAILED", 0), ("TASK_STATE_INPUT_REQUIRED", 0),
            ] as [(JSON, JSON)] {
                #expect(try await list(["status": status])?["totalSize"] == count)
            }
        }
    }

    @Test func aPageEndsBeforeItIsTooLong() async throws {
        var fixture = APIFixture()
        fixture.limits.listBytes = 2500
        try await fixture.application.test(.live) { client in
            for _ in 1...5 {
                _ = try await client.post("/agents/guide", a2a.call("SendMessage", a2a.say(String(repeating: "x", count: 1000))))
            }
            var sizes: [JSON?] = []
            var token: JSON? = ""
            repeat {
                let page = try await client.post("/agents/guide", a2a.call("ListTasks", ["historyLength": 1, "pageToken": token ?? nil])).json["result"]
                sizes.append(page?["pageSize"])
                token = page?["nextPageToken"]
            } while token != ""
            #expect(sizes == [2, 2, 1])
            let plain = try await client.post("/agents/guide", a2a.call("ListTasks", [:])).json["result"]
            #expect(plain?["pageSize"] == 5, "without their texts all fit")
        }
    }

    @Test func historyIsANumberOfMessages() async throws {
        try await APIFixture().application.test(.live) { client in
            for (length, count) in [(0, nil), (1, 1), (50, 1)] as [(JSON, Int?)] {
                let sent = try await client.post(
                    "/agents/guide", a2a.call("SendMessage", a2a.say("one").adding(["configuration": ["historyLength": length]]))).json
                #expect(sent["result"]?["task"]?["history"]?.array?.count == count)
                let got = try await client.post("/agents/guide", a2a.call("GetTask", ["id": "id-1", "historyLength": length])).json
                #expect(got["result"]?["history"]?.array?.count == count)
            }
            for method in ["GetTask", "SendMessage"] {
                let params = a2a.say("one").adding(["id": "id-1", "historyLength": -1, "configuration": ["historyLength": -1]])
                let refused = try await client.post("/agents/guide", a2a.call(method, params)).json
                #expect(refused["error"]?["code"] == -32602)
            }
        }
    }
}
