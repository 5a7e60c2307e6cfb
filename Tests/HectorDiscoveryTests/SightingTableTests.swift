import HectorCore
import Testing

@testable import HectorDiscovery

@Suite struct SightingTableTests {
    private typealias Instance = SightingTable.Instance

    private func id(_ number: Int) -> String {
        "00000000-0000-4000-8000-" + String(repeating: "0", count: 12 - "\(number)".count) + "\(number)"
    }

    private func text(_ number: Int, mesh: String = "home", plugins: [String] = []) throws -> [[UInt8]] {
        try NodeRecord(id: id(number), mesh: mesh, name: "agent", plugins: plugins, version: "1", proto: 1).text()
    }

    private func v4(_ name: String, on interface: Int32 = 2) -> Instance {
        Instance(name: name, interface: interface, family: 0)
    }

    private func v6(_ name: String, on interface: Int32 = 2) -> Instance {
        Instance(name: name, interface: interface, family: 1)
    }

    private func at(_ host: String, _ port: UInt16 = 7443) -> HostPort { HostPort(host: host, port: port) }

    private func table(_ change: (inout DiscoveryLimits) -> Void = { _ in }) -> SightingTable {
        var limits = DiscoveryLimits()
        change(&limits)
        return SightingTable(mesh: "home", limits: limits)
    }

    /// A table with node 1 on both families.
    private func withOne() throws -> SightingTable {
        var table = table()
        for instance in [v4("a"), v6("a")] { #expect(table.seen(instance) == nil) }
        #expect(table.resolved(v4("a"), at("10.0.0.1"), text: try text(1)) == nil)
        #expect(table.resolved(v6("a"), at("fe80::1%2"), text: try text(1)) == nil)
        return table
    }

    @Test func `A node is known once resolved, not when it is seen`() throws {
        var table = table()
        #expect(table.seen(v4("a")) == nil)
        #expect(table.nodes.isEmpty)
        #expect(table.resolved(v4("a"), at("10.0.0.1"), text: try text(1)) == nil)
        #expect(table.nodes.map(\.id) == [id(1)])
        #expect(table.nodes[0].isAnnounced)
    }

    @Test func `Sightings per interface and family are one node; link-local comes last, an address once`() throws {
        var table = try withOne()
        #expect(table.seen(v4("a", on: 3)) == nil)
        #expect(table.seen(v6("a", on: 3)) == nil)
        #expect(table.resolved(v4("a", on: 3), at("10.0.0.1"), text: try text(1)) == nil)
        #expect(table.resolved(v6("a", on: 3), at("fd00::1"), text: try text(1)) == nil)
        #expect(table.nodes.count == 1)
        #expect(table.nodes[0].endpoints == [at("fd00::1"), at("10.0.0.1"), at("fe80::1%2")])
    }

    @Test func `What a node advertises counts, not where its record came from`() throws {
        var table = table()
        let place = at("gpu.example.org", 7444)
        let text = try NodeRecord(
            id: id(1), mesh: "home", name: "agent", plugins: [], advertised: place, version: "1", proto: 1).text()
        for (instance, address) in [(v4("a"), "10.0.0.1"), (v6("a"), "fe80::1%2")] {
            #expect(table.seen(instance) == nil)
            #expect(table.resolved(instance, at(address), text: text) == nil)
        }
        #expect(table.nodes.map(\.endpoints) == [[place]])
    }

    @Test func `Loopback is dialled only for this machine's own announcements, and where nothing else is known`() throws {
        var table = SightingTable(mesh: "home", limits: DiscoveryLimits(), loopback: 1)
        for (number, host) in ["127.0.0.1", "::1", "0.0.0.0", "::ffff:127.0.0.1"].enumerated() {
            let stranger = v4("stranger \(number)")
            #expect(table.seen(stranger) == nil)
            #expect(table.resolved(stranger, at(host, 22), text: try text(9)) == .thisMachine)
        }
        #expect(table.nodes.isEmpty)
        #expect(table.seen(v4("a", on: 1)) == nil)
        #expect(table.resolved(v4("a", on: 1), at("127.0.0.1"), text: try text(1)) == nil)
        #expect(table.nodes.map(\.endpoints) == [[at("127.0.0.1")]])
        #expect(table.seen(v4("a")) == nil)
        #expect(table.resolved(v4("a"), at("10.0.0.1"), text: try text(1)) == nil)
        #expect(table.nodes.map(\.endpoints) == [[at("10.0.0.1")]])
        var elsewhere = self.table()
        #expect(elsewhere.seen(v4("a", on: 0)) == nil)
        #expect(elsewhere.resolved(v4("a", on: 0), at("127.0.0.1"), text: try text(1)) == .thisMachine)
    }

    @Test func `What is lost is remembered, after what still stands`() throws {
        var table = try withOne()
        table.lost(v4("a"))
        #expect(table.nodes[0].endpoints == [at("fe80::1%2"), at("10.0.0.1")])
        #expect(table.nodes[0].isAnnounced)
        table.lost(v6("a"))
        #expect(table.nodes[0].endpoints == [at("10.0.0.1"), at("fe80::1%2")])
        #expect(!table.nodes[0].isAnnounced)
        #expect(table.seen(v4("a")) == nil)
        #expect(table.resolved(v4("a"), at("10.0.0.1"), text: try text(1)) == nil)
        #expect(table.nodes[0].isAnnounced)
    }

    @Test func `No longer resolvable is like lost, until it resolves again`() throws {
        var table = try withOne()
        table.unresolved(v4("a"))
        table.unresolved(v6("a"))
        #expect(!table.nodes[0].isAnnounced)
        #expect(table.resolved(v4("a"), at("10.0.0.1"), text: try text(1)) == nil)
        #expect(table.nodes[0].isAnnounced)
    }

    @Test func `An answer for what is not listed is dropped`() throws {
        var table = try withOne()
        table.lost(v4("a"))
        #expect(table.resolved(v4("a"), at("10.0.0.9"), text: try text(1)) == nil)
        #expect(table.resolved(v4("b"), at("10.0.0.9"), text: try text(2)) == nil)
        #expect(table.nodes.map(\.endpoints) == [[at("fe80::1%2"), at("10.0.0.1")]])
    }

    @Test func `A changed TXT record is the node's`() throws {
        var table = try withOne()
        #expect(table.resolved(v4("a"), at("10.0.0.1"), text: try text(1, plugins: ["x"])) == nil)
        #expect(table.nodes[0].record?.plugins == ["x"])
        #expect(table.nodes[0].endpoints.count == 2)
    }

    @Test func `A new port or address replaces the old one`() throws {
        var table = try withOne()
        #expect(table.resolved(v4("a"), at("10.0.0.2", 1), text: try text(1)) == nil)
        #expect(table.nodes[0].endpoints == [at("10.0.0.2", 1), at("fe80::1%2")])
    }

    @Test(arguments: [true, false])
    func `A rename moves the node, whichever end is heard first`(goodbyeFirst: Bool) throws {
        var table = try withOne()
        if goodbyeFirst { table.lost(v4("a")) }
        #expect(table.seen(v4("a #2")) == nil)
        #expect(table.resolved(v4("a #2"), at("10.0.0.1", 9), text: try text(1)) == nil)
        if !goodbyeFirst { table.lost(v4("a")) }
        #expect(table.nodes.count == 1)
        #expect(table.nodes[0].isAnnounced)
        // Later news of that link settles it in either case.
        #expect(table.resolved(v4("a #2"), at("10.0.0.1", 9), text: try text(1)) == nil)
        #expect(table.nodes[0].endpoints == [at("10.0.0.1", 9), at("fe80::1%2")])
    }

    @Test func `A name that goes over to another node leaves the first unannounced`() throws {
        var table = table()
        #expect(table.seen(v4("a")) == nil)
        #expect(table.resolved(v4("a"), at("10.0.0.1"), text: try text(1)) == nil)
        #expect(table.resolved(v4("a"), at("10.0.0.2"), text: try text(2)) == nil)
        #expect(table.nodes.map(\.id) == [id(1), id(2)])
        #expect(table.nodes.map(\.isAnnounced) == [false, true])
        #expect(table.nodes.map(\.endpoints) == [[at("10.0.0.1")], [at("10.0.0.2")]])
    }

    @Test func `While the daemon is away nothing changes; what it does not list again is gone`() throws {
        var table = try withOne()
        #expect(table.seen(v4("b")) == nil)
        #expect(table.resolved(v4("b"), at("10.0.0.2"), text: try text(2)) == nil)
        let before = table.nodes
        table.daemonLost()
        #expect(table.nodes == before)
        #expect(table.seen(v4("a")) == nil)
        #expect(table.nodes == before)
        table.settled()
        #expect(table.nodes.map(\.isAnnounced) == [true, false])
        #expect(table.nodes[0].endpoints == [at("10.0.0.1"), at("fe80::1%2")])
        table.settled()
        #expect(table.nodes.map(\.isAnnounced) == [true, false])
    }

    @Test func `Another mesh and malformed records are refused, and end what stood before`() throws {
        var table = try withOne()
        #expect(table.seen(v4("b")) == nil)
        #expect(table.resolved(v4("b"), at("10.0.0.2"), text: try text(2, mesh: "work")) == .otherMesh)
        #expect(table.nodes.count == 1)
        table.lost(v6("a"))
        guard case .malformed = table.resolved(v4("a"), at("10.0.0.1"), text: []) else {
            Issue.record("an empty TXT record was accepted")
            return
        }
        #expect(!table.nodes[0].isAnnounced)
    }

    @Test func `Instances are bounded, and stale ones give way`() throws {
        var table = table { $0.instances = 2 }
        #expect(table.seen(v4("a")) == nil)
        #expect(table.seen(v4("b")) == nil)
        #expect(table.seen(v4("c")) == .tooManyInstances)
        #expect(table.seen(v4("a")) == nil)
        table.lost(v4("b"))
        #expect(table.seen(v4("c")) == nil)
        table.daemonLost()
        #expect(table.seen(v4("d")) == nil)
        #expect(table.seen(v4("e")) == nil)
        #expect(table.seen(v4("f")) == .tooManyInstances)
    }

    @Test func `Nodes are bounded: the one unannounced for longest is forgotten, an announced one never`() throws {
        var table = table { $0.nodes = 2 }
        for number in 1...2 {
            #expect(table.seen(v4("\(number)")) == nil)
            #expect(table.resolved(v4("\(number)"), at("10.0.0.\(number)"), text: try text(number)) == nil)
        }
        #expect(table.seen(v4("3")) == nil)
        #expect(table.resolved(v4("3"), at("10.0.0.3"), text: try text(3)) == .tooManyNodes)
        table.lost(v4("2"))
        table.lost(v4("1"))
        #expect(table.resolved(v4("3"), at("10.0.0.3"), text: try text(3)) == nil)
        #expect(table.nodes.map(\.id) == [id(1), id(3)])
    }

    @Test func `Addresses of a node are bounded: those that are gone give way first`() throws {
        var table = table { $0.endpointsPerNode = 2 }
        for interface in Int32(1)...3 { #expect(table.seen(v4("a", on: interface)) == nil) }
        for interface in Int32(1)...2 {
            #expect(table.resolved(v4("a", on: interface), at("10.0.\(interface).1"), text: try text(1)) == nil)
        }
        #expect(table.resolved(v4("a", on: 3), at("10.0.3.1"), text: try text(1)) == .tooManyEndpoints)
        table.lost(v4("a", on: 1))
        #expect(table.resolved(v4("a", on: 3), at("10.0.3.1"), text: try text(1)) == nil)
        #expect(table.nodes[0].endpoints == [at("10.0.2.1"), at("10.0.3.1")])
    }

    @Test func `Any order of inputs keeps the bounds and never loses an announced node`() throws {
        let seed = UInt64.random(in: 0 ... .max)
        print("seed \(seed)")
        var random = SeededGenerator(state: seed)
        var table = table { ($0.instances, $0.nodes, $0.endpointsPerNode) = (6, 3, 2) }
        let texts = try (0..<5).map { try text($0) } + [text(0, mesh: "work"), []]
        for _ in 0..<20_000 {
            let instance = Instance(
                name: "\(Int.random(in: 0..<4, using: &random))", interface: .random(in: 0..<2, using: &random),
                family: .random(in: 0..<2, using: &random))
            let announced = Set(table.nodes.filter(\.isAnnounced).compactMap(\.id))
            switch Int.random(in: 0..<12, using: &random) {
            case 0..<4: _ = table.seen(instance)
            case 4..<9:
                let text = texts[Int.random(in: 0..<texts.count, using: &random)]
                _ = table.resolved(instance, at("10.0.0.\(Int.random(in: 1...9, using: &random))"), text: text)
            case 9: table.lost(instance)
            case 10: table.unresolved(instance)
            default: if Bool.random(using: &random) { table.daemonLost() } else { table.settled() }
            }
            let nodes = table.nodes
            #expect(nodes.count <= 3, "seed \(seed)")
            #expect(nodes.allSatisfy { (1...2).contains($0.endpoints.count) }, "seed \(seed)")
            // Only a node whose last listing went over to another one can be forgotten at once.
            #expect(announced.subtracting(nodes.compactMap(\.id)).count <= 1, "seed \(seed)")
        }
    }
}
