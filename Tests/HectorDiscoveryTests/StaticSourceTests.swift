import HectorCore
import Synchronization
import Testing

@testable import HectorDiscovery

@Suite struct StaticSourceTests {
    private let limits = DiscoveryLimits()

    private static func at(_ seconds: Int) -> Instant { Instant(.seconds(seconds)) }

    @Test func `An address counts for four lookups after the last answer that had it`() {
        var name = ResolvedName(limits)
        name.take(.addresses(["10.0.0.1", "10.0.0.2"]), now: Self.at(0))
        name.take(.addresses(["10.0.0.2", "10.0.0.3"]), now: Self.at(30))
        #expect(name.addresses.map(\.host) == ["10.0.0.2", "10.0.0.3", "10.0.0.1"])
        #expect(name.addresses.map(\.until) == [Self.at(150), Self.at(150), Self.at(120)])
        name.take(.addresses([]), now: Self.at(120))
        #expect(name.addresses.map(\.host) == ["10.0.0.2", "10.0.0.3"], "no such name, and an answer that has not ended")
        name.take(.addresses([]), now: Self.at(150))
        #expect(name.addresses.isEmpty)
    }

    @Test func `A name service that does not answer says nothing of the addresses`() {
        var name = ResolvedName(limits)
        name.take(.none, now: Self.at(0))
        #expect(name.addresses.isEmpty)
        name.take(.addresses(["10.0.0.1"]), now: Self.at(0))
        name.take(.none, now: Self.at(100))
        #expect(name.addresses.map(\.until) == [Self.at(220)])
    }

    @Test func `A name may stand for so many addresses and no more`() {
        var name = ResolvedName(limits)
        name.take(.addresses((0..<100).map { "10.0.0.\($0)" }), now: Self.at(0))
        name.take(.addresses((100..<200).map { "10.0.0.\($0)" }), now: Self.at(1))
        #expect(name.addresses.count == limits.addressesPerName)
        #expect(name.addresses.first?.host == "10.0.0.100")
    }

    @Test(.timeLimit(.minutes(1))) func `A name is one sighting until it is looked up, then one for each address`() async throws {
        let node = StaticNode(try #require(HostPort("gpu.example.org:7443")), plugins: [PluginKey(.llm, "llama")])
        let timing = Timing(now: { Self.at(0) }, sleepUntil: { _ in try await Task.sleep(for: .seconds(3600)) }, random: { $0.lowerBound })
        let source = StaticSource([node], timing: timing) { name in name == "gpu.example.org" ? .addresses(["10.0.0.1", "fd00::1"]) : .none }
        let (sets, publish) = AsyncStream.makeStream(of: EndpointSet.self)
        let told = await withTaskGroup(of: [EndpointSet].self) { group in
            group.addTask {
                await source.run { publish.yield($0) }
                return []
            }
            group.addTask {
                var told: [EndpointSet] = []
                for await set in sets where told.count < 2 {
                    told.append(set)
                    if told.count == 2 { break }
                }
                return told
            }
            var told: [EndpointSet] = []
            while told.isEmpty, let next = await group.next() { told = next }
            group.cancelAll()
            return told
        }
        #expect(told.first?.nodes.map(\.key) == ["gpu.example.org:7443"])
        let nodes = told.last?.nodes ?? []
        #expect(nodes.map(\.endpoints) == [[HostPort(host: "10.0.0.1", port: 7443)], [HostPort(host: "fd00::1", port: 7443)]])
        #expect(nodes.allSatisfy { $0.name == "gpu.example.org:7443" && $0.plugins == node.plugins && $0.lifetime == .until(Self.at(120)) })
    }

    /// The machine's hosts file may have one family of it only, or another address.
    @Test(.timeLimit(.minutes(1))) func `localhost is one machine with an address in each family, and is not looked up`() async throws {
        let endpoints = [HostPort(host: "10.0.0.1", port: 1), HostPort(host: "::1", port: 2), HostPort(host: "LocalHost", port: 3)]
        let timing = Timing(now: { Self.at(0) }, sleepUntil: { _ in }, random: { $0.lowerBound })
        let source = StaticSource(endpoints.map { StaticNode($0) }, timing: timing) { name in
            Issue.record("\(name) was looked up")
            return .none
        }
        let (sets, publish) = AsyncStream.makeStream(of: EndpointSet.self)
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await source.run { publish.yield($0) } }
            for await set in sets {
                #expect(
                    set.nodes.map(\.endpoints)
                        == [[endpoints[0]], [endpoints[1]], [HostPort(host: "127.0.0.1", port: 3), HostPort(host: "::1", port: 3)]])
                #expect(set.nodes.allSatisfy { $0.lifetime == .permanent })
                break
            }
            group.cancelAll()
        }
    }

    @Test func `The system's resolver tells a name that is not there from one that is`() async {
        #expect(await NameLookup.addresses(of: "localhost") != .addresses([]))
        if case .addresses(let addresses) = await NameLookup.addresses(of: "no-such-host.invalid") { #expect(addresses.isEmpty) }
    }
}
