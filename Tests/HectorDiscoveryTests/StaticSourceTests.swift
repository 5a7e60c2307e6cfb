import HectorCore
import Testing

@testable import HectorDiscovery

@Suite struct StaticSourceTests {
    @Test(.timeLimit(.minutes(1)))
    func `Publishes its addresses once, and runs until it is cancelled`() async {
        let endpoints = [HostPort(host: "a", port: 1), HostPort(host: "::1", port: 2), HostPort(host: "LocalHost", port: 3)]
        let (sets, continuation) = AsyncStream.makeStream(of: EndpointSet.self)
        await withTaskGroup { group in
            group.addTask {
                await StaticSource(endpoints).run { continuation.yield($0) }
                continuation.finish()
            }
            var all = sets.makeAsyncIterator()
            let first = await all.next()
            #expect(first?.state == .running)
            #expect(first?.nodes.map(\.endpoints) 
                == [[endpoints[0]], [endpoints[1]], [HostPort(host: "127.0.0.1", port: 3), HostPort(host: "::1", port: 3)]])
            #expect(first?.nodes.allSatisfy { $0.id == nil && $0.isAnnounced } == true)
            group.cancelAll()
            #expect(await all.next() == nil)
        }
    }
}
