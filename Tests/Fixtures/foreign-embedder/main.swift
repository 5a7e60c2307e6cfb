// An embedder whose answers are somebody else's messages: each is a language model's. The text to embed says which.
import Foundation
import HectorHandshake
import HectorProto
import HectorRPC
import Logging
import NIOPosix

guard case .underHost(let settings) = PluginSide(environment: ProcessInfo.processInfo.environment) else { exit(1) }

var services = RPCServices()
services.unary(Method<EmbedRequest, GenerateResponse>(EmbedderProviderMethods.service, "Embed", .idempotent)) { request, _ in
    var answer = GenerateResponse()
    switch request.text {
    // Eight bytes of text where an embedder has its vector are two numbers, five are none.
    case "fine": answer.text = String(repeating: "\0", count: 8)
    case "undecodable": answer.text = "words"
    // No field that an embedder's answer has.
    default: answer.tokensUsed = 7
    }
    return answer
}
let common = EmbedderProviderMethods.common
services.unary(common.initialize) { _, _ in
    var answer = InitializeResponse()
    answer.success = true
    return answer
}
services.unary(common.health) { _, _ in
    var answer = HealthResponse()
    answer.healthy = true
    return answer
}
HealthService(["plugin": .serving]).register(in: &services)

let path = settings.socketDirectory + "/foreign.sock"
let server = try RPCServer(
    .unix(path: path), security: .plaintext, services: services, on: MultiThreadedEventLoopGroup.singleton,
    random: { Double.random(in: $0) }, log: Logger(label: "foreign", factory: { StreamLogHandler.standardError(label: $0) }))
try await server.run { _ in
    FileHandle.standardOutput.write(Data("1|1|unix|\(path)|grpc|\n".utf8))
}
