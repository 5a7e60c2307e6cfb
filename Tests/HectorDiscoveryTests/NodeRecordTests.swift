internal import HectorCore
import Testing

@testable import HectorDiscovery

@Suite struct NodeRecordTests {
    private static let id = "12345678-9abc-4def-8000-000000000001"

    private func record(plugins: [String] = ["echo-llm", "smollm"]) throws -> NodeRecord {
        try NodeRecord(id: Self.id, mesh: "home", name: "alpha", plugins: plugins, version: "1.2.3", proto: 1)
    }

    private func strings(_ text: [[UInt8]]) -> [String] { text.map { String(decoding: $0, as: UTF8.self) } }

    private func read(_ strings: String...) throws -> NodeRecord { try NodeRecord(text: strings.map { Array($0.utf8) }) }

    @Test func `The strings, in order`() throws {
        #expect(try strings(record().text()) == [
            "txtvers=1", "id=\(Self.id)", "mesh=home", "name=alpha", "plugins=echo-llm,smollm", "version=1.2.3", "proto=1",
        ])
    }

    @Test func `What is written is read`() throws {
        for plugins in [[], ["a"], ["a", "b"]] {
            let record = try record(plugins: plugins)
            #expect(try NodeRecord(text: record.text()) == record)
        }
    }

    @Test(arguments: ["gpu-1", "7", id, String(repeating: "a", count: 63)])
    func `Any DNS label is an id`(_ id: String) throws {
        let record = try NodeRecord(id: id, mesh: "home", name: "alpha", plugins: [], version: "1", proto: 1)
        #expect(try NodeRecord(text: record.text()).id == id)
    }

    @Test func `Plugins are left out from the end until it fits, the rest never`() throws {
        let names = (0..<100).map { "plugin-\($0)" }
        for limit in [400, 300, 200, 150] {
            let text = try record(plugins: names).text(limit: limit)
            #expect(text.reduce(0) { $0 + $1.count + 1 } <= limit)
            #expect(text.allSatisfy { $0.count <= 255 })
            let kept = try NodeRecord(text: text).plugins
            #expect(kept == Array(names.prefix(kept.count)))
            #expect(kept.count < 100)
        }
        let label = String(repeating: "a", count: 62)
        let largest = try NodeRecord(
            id: label + "a", mesh: label, name: label, plugins: [label, label, label],
            version: String(repeating: "1", count: 48), proto: .max)
        let text = largest.text()
        #expect(text.reduce(0) { $0 + $1.count + 1 } <= 400)
        #expect(try NodeRecord(text: text).plugins == [label])
    }

    @Test func `Unknown keys, strings without a key and repeated keys are passed over; order and case do not matter`() throws {
        let record = try read(
            "proto=1", "version=1.2.3", "colour=blue", "flag", "=x", "", "PLUGINS=echo-llm,smollm", "name=alpha",
            "Name=beta", "mesh=home", "id=\(Self.id.uppercased())", "TxtVers=1")
        #expect(record == (try self.record()))
    }

    @Test(arguments: [
        ["id=\(id)", "mesh=home", "name=a", "version=1", "proto=1"],
        ["txtvers=2", "id=\(id)", "mesh=home", "name=a", "version=1", "proto=1"],
        ["txtvers", "id=\(id)", "mesh=home", "name=a", "version=1", "proto=1"],
        ["txtvers=1", "mesh=home", "name=a", "version=1", "proto=1"],
        ["txtvers=1", "id=-\(id)", "mesh=home", "name=a", "version=1", "proto=1"],
        ["txtvers=1", "id=gpu.1", "mesh=home", "name=a", "version=1", "proto=1"],
        ["txtvers=1", "id=\(id)", "mesh=", "name=a", "version=1", "proto=1"],
        ["txtvers=1", "id=\(id)", "mesh=home", "name=A\u{7}", "version=1", "proto=1"],
        ["txtvers=1", "id=\(id)", "mesh=home", "name=a", "plugins=ok,No", "version=1", "proto=1"],
        ["txtvers=1", "id=\(id)", "mesh=home", "name=a", "version=1 2", "proto=1"],
        ["txtvers=1", "id=\(id)", "mesh=home", "name=a", "version=1", "proto=65536"],
        ["txtvers=1", "id=\(id)", "mesh=home", "name=a", "version=1", "proto=1", "advertise=gpu.example.org"],
        ["txtvers=1", "id=\(id)", "mesh=home", "name=a", "version=1", "proto=1", "advertise=gpu.example.org:0"],
        ["txtvers=1", "id=\(id)", "mesh=home", "name=a", "version=1", "proto=1", "x=" + String(repeating: "x", count: 1_300)],
    ])
    func `Refused`(_ strings: [String]) {
        #expect(throws: DiscoveryError(.invalid, "")) { try NodeRecord(text: strings.map { Array($0.utf8) }) }
    }

    @Test(arguments: ["gpu.example.org:7444", "10.0.0.9:1", "[fd00::9]:7443"])
    func `Where hosts are to reach it is told in a key that others pass over`(address: String) throws {
        let endpoint = try #require(HostPort(address))
        let record = try NodeRecord(
            id: Self.id, mesh: "home", name: "alpha", plugins: ["a"], advertised: endpoint, version: "1", proto: 1)
        #expect(strings(record.text()).contains("advertise=\(address)"))
        #expect(try NodeRecord(text: record.text()) == record)
        #expect(record.offering(["b", "No"]).plugins == ["b"])
        #expect(record.offering([]).advertised == endpoint)
    }

    @Test(arguments: ["gpu.example.org", "gpu.example.org:0", ":7443", "127.0.0.1:7443", "localhost:7443", "[::1]:22", "0.0.0.0:1", "a b:1", "http://gpu:1"])
    func `An address that leads nowhere, or back to the host itself, is refused`(address: String) {
        let text = ["txtvers=1", "id=\(Self.id)", "mesh=home", "name=a", "version=1", "proto=1", "advertise=\(address)"]
        #expect(throws: DiscoveryError(.invalid, "")) { try NodeRecord(text: text.map { Array($0.utf8) }) }
    }

    @Test func `Bytes that are no UTF-8 are no value`() throws {
        var text = try record().text()
        text[3] = Array("name=".utf8) + [0xff, 0xfe]
        #expect(throws: DiscoveryError(.invalid, "")) { try NodeRecord(text: text) }
    }

    @Test func `Any bytes are refused or yield names that are valid`() throws {
        let seed = UInt64.random(in: 0 ... .max)
        print("seed \(seed)")
        var random = SeededGenerator(state: seed)
        let good = try record().text()
        var read = 0
        for _ in 0..<20_000 {
            var text = good
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let row = Int.random(in: 0..<text.count, using: &random)
                let column = Int.random(in: 0...text[row].count, using: &random)
                let byte = UInt8.random(in: 0...255, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: text[row].insert(byte, at: column)
                case 1 where column < text[row].count: text[row][column] = byte
                case 2 where column < text[row].count: text[row].remove(at: column)
                default: text.swapAt(row, Int.random(in: 0..<text.count, using: &random))
                }
            }
            guard let record = try? NodeRecord(text: text) else { continue }
            read += 1
            #expect(([record.mesh, record.name] + record.plugins).allSatisfy(Label.isValid), "seed \(seed)")
            #expect(Label.isID(record.id), "seed \(seed)")
        }
        #expect((1..<20_000).contains(read), "seed \(seed)")
    }
}

/// SplitMix64.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}
