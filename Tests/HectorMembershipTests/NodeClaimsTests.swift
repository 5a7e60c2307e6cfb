import HectorCore
import HectorMesh
import HectorProto
import HectorRPC
import NIOPosix
import Testing

@testable import HectorMembership

/// One node, found twice: which of the two links speaks for it.
@Suite struct NodeClaimsTests {
    private final class Link: Sendable {}

    private let router = Router<ReplicaConnection>(
        mesh: "home", host: "desk", timing: Timing(now: { Instant() }, sleepUntil: { _ in }, random: { $0.lowerBound }), seed: 1, classify: { _ in .failed })
    private let claims: NodeClaims

    init() {
        claims = NodeClaims(router: router)
    }

    private func has(_ state: ReplicaState<ReplicaConnection>) -> [PublishedReplica<ReplicaConnection>] {
        [
            PublishedReplica(
                ReplicaDescription(id: ReplicaID(PluginKey(.llm, "echo"), host: "gpu", replica: "echo-1"), host: "gpu", path: .lan), state)
        ]
    }

    private var states: [String] { router.snapshot().replicas.map { "\($0.state) \($0.reason)" } }

    /// The address of a machine moves: the link by its old one dials on and fails, the link by its announcement serves.
    @Test func `A link that lost its node says nothing of it any more`() {
        let (written, announced) = (Link(), Link())
        #expect(claims.claim("gpu", by: written))
        claims.publish(has(.checking(reason: "by the old address")), of: "gpu", by: written)
        #expect(!claims.claim("gpu", by: announced), "it is served")
        claims.publish(has(.failed(reason: "by one who does not serve it")), of: "gpu", by: announced)
        #expect(states == ["checking by the old address"])

        claims.lost("gpu", by: written, reason: "cut")
        #expect(states == ["lost cut"])
        #expect(claims.claim("gpu", by: announced))
        claims.publish(has(.checking(reason: "by the new address")), of: "gpu", by: announced)

        claims.lost("gpu", by: written, reason: "nobody listens there")
        claims.publish(has(.failed(reason: "late")), of: "gpu", by: written)
        #expect(states == ["checking by the new address"])
        claims.leave(written)
        #expect(states == ["checking by the new address"])
        claims.leave(announced)
        #expect(states.isEmpty)
    }

    @Test func `A node that is gone for good is forgotten, and may come back`() {
        let link = Link()
        #expect(claims.claim("gpu", by: link))
        claims.publish(has(.checking()), of: "gpu", by: link)
        claims.leave(link)
        #expect(states.isEmpty)
        let next = Link()
        #expect(claims.claim("gpu", by: next))
        claims.publish(has(.checking(reason: "again")), of: "gpu", by: next)
        #expect(states == ["checking again"])
    }

    @Test(.timeLimit(.minutes(1))) func `A link that stands by goes on as soon as the node is free`() async {
        let (first, second) = (Link(), Link())
        #expect(claims.claim("gpu", by: first))
        await withTaskGroup(of: Bool.self) { group in
            group.addTask { [claims] in
                while !claims.claim("gpu", by: second) { await claims.waitUntilFree("gpu", for: second) }
                return true
            }
            await Task.yield()
            claims.lost("gpu", by: first, reason: "cut")
            #expect(await group.next() == true)
        }
        #expect(!claims.claim("gpu", by: first), "the second has it")
        // Who is cancelled waits no longer.
        await withTaskGroup(of: Void.self) { group in
            group.addTask { [claims] in await claims.waitUntilFree("gpu", for: first) }
            group.cancelAll()
        }
    }
}
