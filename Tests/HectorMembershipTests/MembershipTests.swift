import HectorCore
import HectorDiscovery
import HectorMesh
import HectorRPC
import HectorTrust
import Testing

extension Int: CallTarget {}

@testable import HectorMembership

/// Paths and nodes, without a socket: a connection is a number here.
@Suite struct MembershipTests {
    private var membership = Membership(silence: .milliseconds(1_500))
    private var now = Instant()
    /// What the router knows of each node.
    private var published: [String: [String]] = [:]
    private var started: Set<PathKey> = []
    private var log: [MembershipEvent] = []

    private static let gone = NodeTrouble(lost: ConnectionError(.closedByPeer, "cut"))
    private static let refused = NodeTrouble(
        AddressRaceError(failures: [(.tcp(host: "10.0.0.1", port: 7443), ConnectionError(.unreachable, "nobody", unreachable: .refused, cause: CancellationError()))]))

    // MARK: the world

    private static func place(_ text: String) throws -> HostPort { try #require(HostPort(text, defaultPort: 7443)) }

    private static func announced(_ id: String, at addresses: String..., isAnnounced: Bool = true) throws -> NodeSighting {
        NodeSighting(
            record: try NodeRecord(id: id, mesh: "home", name: id, plugins: [], version: "1", proto: 1),
            endpoints: try addresses.map(place), isAnnounced: isAnnounced)
    }

    private static func written(_ address: String) throws -> NodeSighting {
        NodeSighting(key: address, endpoints: [try place(address)], lifetime: .permanent)
    }

    private mutating func see(_ source: String, _ sightings: NodeSighting...) {
        take { $0.take(EndpointSet(source: source, state: .running, nodes: sightings), now: $1) }
    }

    private mutating func pass(_ time: Duration) {
        now = now.advanced(by: time)
        take { $0.take(nil, now: $1) }
    }

    private mutating func take(_ input: (inout Membership, Instant) -> [Membership.Action]) {
        for action in input(&membership, now) {
            switch action {
            case .start(let key, _): started.insert(key)
            case .update: break
            case .stop(let key): started.remove(key)
            case .publish(let node, let replicas, _):
                published[node] = replicas.map { "\($0.description.id.replica) \(Self.words($0.state))" }
            case .forget(let node): published[node] = nil
            case .log(let event, _): log.append(event)
            }
        }
    }

    private static func words(_ state: ReplicaState<any CallTarget>) -> String {
        switch state {
        case .ready(let connection): "ready over \(connection)"
        case .draining: "draining"
        case .lost(let reason): "lost: \(reason.prefix { $0 != ";" })"
        case .checking(let reason): "checking: \(reason)"
        case .connecting, .failed: "other"
        }
    }

    /// A connection, whose number is the link's.
    private mutating func connect(_ path: PathKey, to node: String, at address: String = "10.0.0.1:7443") -> LinkID {
        membership.connected(path, to: node, at: address)
    }

    private mutating func tell(_ link: LinkID, node: String, process: String = "p1", isDraining: Bool = false, conditions: [MeshCondition] = []) {
        let description = ReplicaDescription(id: ReplicaID(PluginKey(.llm, "echo"), host: node, replica: "echo-1"), host: node, path: .lan)
        let replica = PublishedReplica(description, isDraining ? .draining(reason: "stops") : .ready(Int(link)))
        take { $0.told(link, Told(process: process, isDraining: isDraining, replicas: [replica], conditions: conditions), now: $1) }
    }

    private var texts: [String] { membership.conditions(now: now, date: 0).map(\.text) }

    private mutating func hush(_ link: LinkID, _ silence: String? = "no response for 1.5 s") {
        take { $0.silenceChanged(link, silence, now: $1) }
    }

    private mutating func end(_ link: LinkID) { take { $0.ended(link, Self.gone, now: $1) } }
    private mutating func fail(_ path: PathKey, _ trouble: NodeTrouble = refused) { take { $0.failed(path, trouble, now: $1) } }

    // MARK: paths of one node

    @Test mutating func `Of two paths one dies, and the other takes over in the same moment`() throws {
        see("static", try Self.written("10.0.0.1:7443"))
        see("avahi", try Self.announced("gpu", at: "10.0.0.1:7443", "10.0.1.1:7443"))
        #expect(started == ["static 10.0.0.1:7443", "avahi gpu"])
        let first = connect("static 10.0.0.1:7443", to: "gpu")
        tell(first, node: "gpu")
        let second = connect("avahi gpu", to: "gpu", at: "10.0.1.1:7443")
        tell(second, node: "gpu")
        #expect(published == ["gpu": ["echo-1 ready over 1"]], "one connection counts")
        end(first)
        #expect(published == ["gpu": ["echo-1 ready over 2"]])
        #expect(membership.absent.isEmpty, "a path that fails says nothing about the node")
        end(second)
        #expect(published == ["gpu": ["echo-1 lost: cut"]])
        #expect(log == [.connected(node: "gpu", address: "10.0.0.1:7443", replicas: 1), .lost(node: "gpu", reason: Self.gone.description)])
        #expect(membership.absent.map(\.node) == ["gpu"])
        #expect(membership.absent.first?.addresses == ["10.0.0.1:7443", "10.0.1.1:7443"])
    }

    // MARK: silence

    @Test mutating func `A silent node keeps its connection and gets no calls, until it is heard again`() throws {
        see("static", try Self.written("10.0.0.1:7443"))
        let link = connect("static 10.0.0.1:7443", to: "gpu")
        tell(link, node: "gpu")
        hush(link)
        #expect(published == ["gpu": ["echo-1 checking: no response for 1.5 s"]])
        #expect(membership.absent.isEmpty)
        hush(link, nil)
        #expect(published == ["gpu": ["echo-1 ready over 1"]])
        // A node that stalls again and again is told at growing distance.
        for _ in 0..<5 {
            hush(link)
            hush(link, nil)
        }
        #expect(log == [
            .connected(node: "gpu", address: "10.0.0.1:7443", replicas: 1), .silent(node: "gpu", reason: "no response for 1.5 s"),
        ])
        hush(link)
        end(link)
        #expect(published == ["gpu": ["echo-1 lost: cut"]])
        #expect(log.last == .lost(node: "gpu", reason: Self.gone.description))
        hush(link, nil)
        #expect(published == ["gpu": ["echo-1 lost: cut"]], "a late word of a connection that is over")
    }

    @Test mutating func `A second path takes over when the first falls silent, and not when it dies`() throws {
        see("static", try Self.written("10.0.0.1:7443"))
        see("avahi", try Self.announced("gpu", at: "10.0.1.1:7443"))
        let first = connect("static 10.0.0.1:7443", to: "gpu")
        tell(first, node: "gpu")
        let second = connect("avahi gpu", to: "gpu", at: "10.0.1.1:7443")
        tell(second, node: "gpu")
        hush(first)
        #expect(published == ["gpu": ["echo-1 ready over 2"]])
        hush(first, nil)
        #expect(published == ["gpu": ["echo-1 ready over 2"]], "it stands by")
        hush(second)
        #expect(published == ["gpu": ["echo-1 ready over 1"]])
        hush(first)
        #expect(published == ["gpu": ["echo-1 checking: no response for 1.5 s"]], "nothing is heard of the node at all")
        end(first)
        #expect(published == ["gpu": ["echo-1 checking: no response for 1.5 s"]])
        hush(second, nil)
        #expect(published == ["gpu": ["echo-1 ready over 2"]])
        #expect(log.filter { if case .silent = $0 { true } else { false } }.count == 1, "\(log)")
    }

    /// A machine that was replaced while its connection still stands: it is silent, and no twin.
    @Test mutating func `A silent process is no twin of the one that replaced it`() throws {
        see("static", try Self.written("10.0.0.1:7443"), try Self.written("10.0.0.2:7443"))
        let old = connect("static 10.0.0.1:7443", to: "gpu")
        tell(old, node: "gpu", process: "p1")
        pass(.seconds(60))
        hush(old)
        let new = connect("static 10.0.0.2:7443", to: "gpu", at: "10.0.0.2:7443")
        tell(new, node: "gpu", process: "p2")
        #expect(published == ["gpu": ["echo-1 ready over 2"]])
        pass(.seconds(60))
        #expect(texts.isEmpty)
    }

    /// A static address, a lease that moves, mDNS on (C1): the old path dials on for ever.
    @Test mutating func `When a lease moves, the old address says nothing of the node any more`() throws {
        see("static", try Self.written("10.0.0.1:7443"))
        let old = connect("static 10.0.0.1:7443", to: "gpu")
        tell(old, node: "gpu")
        see("avahi", try Self.announced("gpu", at: "10.0.0.9:7443"))
        end(old)
        #expect(published == ["gpu": ["echo-1 lost: cut"]])
        let new = connect("avahi gpu", to: "gpu", at: "10.0.0.9:7443")
        tell(new, node: "gpu", process: "p1")
        for _ in 0..<50 {
            fail("static 10.0.0.1:7443")
            pass(.seconds(3))
        }
        #expect(published == ["gpu": ["echo-1 ready over 2"]])
        #expect(membership.absent.isEmpty)
        #expect(texts.contains { $0.hasPrefix("node gpu is connected at 10.0.0.9:7443, but not at 10.0.0.1:7443 of mesh.sources.static") })
        #expect(!log.contains { if case .unreachable = $0 { true } else { false } })
        // What is said late over the old connection counts for nothing.
        tell(old, node: "gpu", isDraining: true)
        end(old)
        #expect(published == ["gpu": ["echo-1 ready over 2"]])
    }

    @Test mutating func `A node that shuts down drains, and the process that takes its place serves at once`() throws {
        see("static", try Self.written("10.0.0.1:7443"))
        let old = connect("static 10.0.0.1:7443", to: "gpu")
        tell(old, node: "gpu", process: "p1")
        tell(old, node: "gpu", process: "p1", isDraining: true)
        #expect(published == ["gpu": ["echo-1 draining"]])
        let new = connect("static 10.0.0.1:7443", to: "gpu")
        #expect(published == ["gpu": ["echo-1 draining"]], "it has told nothing yet")
        tell(new, node: "gpu", process: "p2")
        #expect(published == ["gpu": ["echo-1 ready over 2"]])
        end(old)
        pass(.seconds(60))
        #expect(published == ["gpu": ["echo-1 ready over 2"]])
        #expect(texts.isEmpty && membership.absent.isEmpty)
        #expect(log.count == 1, "it was never lost: \(log)")
    }

    @Test mutating func `A drained node that ends is lost, and forgotten with its last path`() throws {
        see("avahi", try Self.announced("gpu", at: "10.0.0.1:7443"))
        let link = connect("avahi gpu", to: "gpu")
        tell(link, node: "gpu", isDraining: true)
        end(link)
        #expect(published == ["gpu": ["echo-1 lost: cut"]])
        see("avahi", try Self.announced("gpu", at: "10.0.0.1:7443", isAnnounced: false))
        pass(.seconds(3_599))
        #expect(published["gpu"] != nil)
        pass(.seconds(1))
        #expect(published.isEmpty && started.isEmpty && membership.absent.isEmpty)
    }

    // MARK: case 15

    @Test mutating func `Two machines with one identity are told for as long as that lasts`() throws {
        see("static", try Self.written("10.0.0.1:7443"), try Self.written("10.0.0.2:7443"))
        let first = connect("static 10.0.0.1:7443", to: "gpu", at: "10.0.0.1:7443")
        tell(first, node: "gpu", process: "p1")
        let second = connect("static 10.0.0.2:7443", to: "gpu", at: "10.0.0.2:7443")
        tell(second, node: "gpu", process: "p2")
        #expect(published == ["gpu": ["echo-1 ready over 1"]])
        pass(.seconds(4))
        #expect(texts.isEmpty, "the first may be the rest of a process that was replaced")
        pass(.seconds(1))
        pass(.seconds(10))
        #expect(
            texts == [
                "10.0.0.2:7443 presents the identity of node gpu, which is connected at 10.0.0.1:7443: its plugins are not used; give each machine a certificate of its own"
            ])
        end(second)
        #expect(texts.filter { $0.contains("identity") }.isEmpty)
    }

    @Test mutating func `One machine by two paths is no second machine`() throws {
        see("static", try Self.written("10.0.0.1:7443"), try Self.written("[fd00::1]:7443"))
        let links = [connect("static 10.0.0.1:7443", to: "gpu"), connect("static [fd00::1]:7443", to: "gpu")]
        for link in links { tell(link, node: "gpu", process: "p1") }
        pass(.seconds(60))
        #expect(texts.isEmpty && log.count == 1)
    }

    // MARK: R5

    @Test mutating func `A name with several addresses is a node for each`() throws {
        let name = "gpu.example.org:7443"
        let sightings = try ["10.0.0.1", "10.0.0.2", "10.0.0.3"].map {
            NodeSighting(key: "\(name) \($0)", name: name, endpoints: [try Self.place($0)], lifetime: .until(now.advanced(by: .seconds(120))))
        }
        take { $0.take(EndpointSet(source: "static", state: .running, nodes: sightings), now: $1) }
        #expect(started.count == 3)
        for (index, path) in started.sorted().enumerated() where index < 2 {
            let link = connect(path, to: "gpu-\(index)")
            tell(link, node: "gpu-\(index)")
        }
        #expect(published.keys.sorted() == ["gpu-0", "gpu-1"])
        fail("static \(name) 10.0.0.3")
        #expect(membership.absent.map(\.addresses) == [["10.0.0.3:7443"]])
    }

    @Test mutating func `A name whose addresses of one family lead nowhere is no absent node`() throws {
        let name = "gpu.example.org:7443"
        let sightings = try ["10.0.0.1", "[fd00::1]"].map {
            NodeSighting(key: "\(name) \($0)", name: name, endpoints: [try Self.place($0)], lifetime: .until(now.advanced(by: .seconds(120))))
        }
        take { $0.take(EndpointSet(source: "static", state: .running, nodes: sightings), now: $1) }
        fail("static \(name) [fd00::1]")
        #expect(membership.absent.count == 2)
        let link = connect("static \(name) 10.0.0.1", to: "gpu")
        tell(link, node: "gpu")
        fail("static \(name) [fd00::1]")
        #expect(membership.absent.isEmpty)
    }

    @Test mutating func `What there is no room for is told`() throws {
        var limits = PathRoster.Limits()
        limits.paths = 2
        membership = Membership(limits: limits, silence: .milliseconds(1_500))
        see("static", try Self.written("10.0.0.1:7443"), try Self.written("10.0.0.2:7443"), try Self.written("10.0.0.3:7443"))
        #expect(started.count == 2)
        #expect(texts.first?.hasPrefix("1 known addresses of nodes are not tried: there is room for 2") == true)
        see("static", try Self.written("10.0.0.1:7443"))
        #expect(membership.conditions(now: now, date: 0).map(\.kind) == [.nodeAbsent])
    }

    // MARK: C8

    @Test mutating func `What fails again and again is logged at growing distance, and a new reason at once`() throws {
        see("static", try Self.written("10.0.0.1:7443"))
        for _ in 0..<400 {
            fail("static 10.0.0.1:7443")
            pass(.seconds(3))
        }
        #expect(log.count == 5, "at 0, 1, 3, 7 and 15 minutes: \(log.count)")
        let distrusted = NodeTrouble(
            AddressRaceError(failures: [(.tcp(host: "10.0.0.1", port: 7443), ConnectionError(.security, "no", cause: TrustError(.otherMesh, "another mesh")))]))
        fail("static 10.0.0.1:7443", distrusted)
        #expect(log.last == .refused("10.0.0.1:7443", reason: distrusted.description))
    }

    @Test mutating func `A connection that never tells a state is a failure`() throws {
        see("static", try Self.written("10.0.0.1:7443"))
        for _ in 0..<3 {
            let link = connect("static 10.0.0.1:7443", to: "gpu")
            end(link)
        }
        #expect(log == [.unreachable("gpu", reason: Self.gone.description)])
        #expect(published.isEmpty)
        #expect(membership.absent.map(\.reason) == [Self.gone.description])
    }

    @Test mutating func `A node that comes and goes is not logged each time`() throws {
        see("static", try Self.written("10.0.0.1:7443"))
        for _ in 0..<100 {
            let link = connect("static 10.0.0.1:7443", to: "gpu")
            tell(link, node: "gpu")
            pass(.seconds(2))
            end(link)
            pass(.seconds(1))
        }
        #expect(log.count == 6, "of each kind at 0, 1 and 3 minutes: \(log.count)")
    }

    @Test mutating func `Conditions of a node are those of the connection that counts`() throws {
        let (x, y) = (MeshCondition(.pluginNotAllowed, "x", node: "gpu", "offers x"), MeshCondition(.pluginNotAllowed, "y", node: "gpu", "offers y"))
        see("static", try Self.written("10.0.0.1:7443"))
        let link = connect("static 10.0.0.1:7443", to: "gpu")
        tell(link, node: "gpu", conditions: [x])
        #expect(membership.conditions(now: now, date: 0) == [x])
        tell(link, node: "gpu", conditions: [x, y])
        #expect(membership.conditions(now: now, date: 0) == [x, y])
        end(link)
        let again = connect("static 10.0.0.1:7443", to: "gpu")
        tell(again, node: "gpu", conditions: [x])
        #expect(membership.conditions(now: now, date: 0) == [x])
        end(again)
        #expect(membership.conditions(now: now, date: 0).map(\.kind) == [.nodeAbsent], "the node itself is gone")
    }

    @Test mutating func `A node that is silent, and one that is absent, are told under its name`() throws {
        see("static", try Self.written("10.0.0.1:7443"))
        fail("static 10.0.0.1:7443")
        #expect(membership.conditions(now: now, date: 0).map { [$0.kind.rawValue, $0.subject] } == [["node_absent", "10.0.0.1:7443"]])
        let link = connect("static 10.0.0.1:7443", to: "gpu")
        tell(link, node: "gpu")
        hush(link)
        #expect(membership.conditions(now: now, date: 0) == [MeshCondition(.nodeSilent, "gpu", "node gpu does not respond: no response for 1.5 s")])
        end(link)
        #expect(membership.conditions(now: now, date: 0).map { [$0.kind.rawValue, $0.subject] } == [["node_absent", "gpu"]])
    }
}
