import HectorAgents
import HectorCore
import HectorMesh
import HectorProto
import HectorProviders
import HectorRPC
import SwiftProtobuf
import Synchronization
import Testing

@testable import HectorHost

/// Replicas of one model that can do different things, over sockets.
@Suite(.timeLimit(.minutes(1)))
struct AbilityTests {
    /// Answers with what it was told: its first message, and whether it got the option.
    private static func model(_ abilities: Abilities) -> Model {
        Model(
            generate: { request, _ in
                let format = request.options.responseFormat.kind == .jsonObject ? "json" : "text"
                return .with { $0.text = "\(request.messages.map(\.role).joined(separator: ",")) \(format)" }
            }, abilities: abilities)
    }

    private static func request(_ set: (inout GenerateOptions) -> Void) -> ModelRequest {
        var request = ModelRequest(GenerateRequest.with { $0.messages = [Message(role: "user", content: "hi")] })
        set(&request.request.options)
        return request
    }

    @Test func `What a replica is told depends on what it can do, and so does what it leaves out`() async throws {
        try await ModelRig.run([Self.model([.responseFormat, .seed]), Self.model([])]) { rig in
            var request = Self.request {
                $0.responseFormat.kind = .jsonObject
                $0.seed = 7
            }
            request.wishes = [ModelRequest.Wish(ability: .responseFormat, text: "Answer in JSON.")]
            let answers = try await withThrowingTaskGroup(of: ModelAnswer.self) { group in
                for _ in 0..<40 { group.addTask { [request] in try await rig.provider.generate(request) } }
                return try await group.reduce(into: [ModelAnswer]()) { $0.append($1) }
            }
            for answer in answers {
                let expected = answer.abilities.contains(.seed) ? "user json" : "system,user json"
                #expect(answer.response.text == expected)
            }
            #expect(Set(answers.map(\.abilities)).count == 2, "both were asked")
            #expect(rig.provider.abilities(meeting: []) == [], "of a stream it is not known who answers")
            #expect(rig.provider.abilities(meeting: .seed) == [.responseFormat, .seed])
        }
    }

    @Test func `A request that needs something is refused by name where no replica can do it`() async throws {
        try await ModelRig.run([Self.model([]), Self.model(.seed)]) { rig in
            #expect(rig.provider.mayMeet(.seed) && !rig.provider.mayMeet([.seed, .generateFromImages]))
            var request = Self.request { $0.seed = 7 }
            request.needs = .seed
            for _ in 0..<20 {
                let answer = try await rig.provider.generate(request)
                #expect(answer.abilities == .seed)
            }
            var from = GenerateFromRequest()
            from.text = "Once"
            let error = await #expect(throws: ProviderError.self) { try await rig.provider.generateFrom(from) { _ in } }
            #expect(error?.code == .invalidRequest)
            #expect(error?.message.contains("not supported: the continuation of a text") == true)
            #expect(rig.replica(0).calls == 0)
        }
    }
}
