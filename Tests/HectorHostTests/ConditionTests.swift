import HectorCore
import HectorMesh
import HectorProto
import Testing

/// How a replica is doing, from the node that runs it to the host that shows it.
@Suite struct ConditionTests {
    @Test(arguments: [
        (ReplicaCondition.starting(reason: "starting, attempt 2"), "connecting"), (.unhealthy(reason: "no memory"), "checking"),
        (.restarting(reason: "exited with code 1"), "lost"), (.stopping(reason: "stopping"), "draining"), (.failed(reason: "5 restarts"), "failed"),
    ]) func `Each condition is shown the same, here and behind a node`(condition: ReplicaCondition, word: String) throws {
        let told = Hector_Mesh_V1_ReplicaState(condition, id: "echo-1")
        #expect(told.condition(reason: told.reason) == condition)
        let state = try #require(ReplicaState<any CallTarget>(condition))
        #expect("\(state)".hasPrefix(word), "\(state)")
    }

    @Test func `What a later version says takes no calls`() {
        var replica = Hector_Mesh_V1_ReplicaState()
        replica.phase = .UNRECOGNIZED(77)
        #expect(replica.condition(reason: "hibernating") == .unhealthy(reason: "hibernating"))
        #expect(ReplicaState<any CallTarget>(.ready) == nil)
    }
}
