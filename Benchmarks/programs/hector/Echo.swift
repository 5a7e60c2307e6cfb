import HectorPlugin
import HectorProto
import HectorRPC
import SwiftProtobuf

typealias Text = Google_Protobuf_StringValue
/// The same on the wire, and not text.
typealias Blob = Google_Protobuf_BytesValue

/// The methods of the benchmark. A node passes on calls of providers only: there they go by a provider's names,
/// with the same messages.
struct EchoMethods: Sendable {
    static let direct = EchoMethods(
        unary: Method("echo.Echo", "Unary", .idempotent), large: Method("echo.Echo", "Large", .idempotent),
        stream: Method("echo.Echo", "Stream", .idempotent))
    static let plugin = EchoMethods(
        unary: Method(LLMProviderMethods.service, LLMProviderMethods.generate.name, .idempotent),
        large: Method(LLMProviderMethods.service, LLMProviderMethods.getModelInfo.name, .idempotent),
        stream: Method(LLMProviderMethods.service, LLMProviderMethods.generateStreaming.name, .idempotent))

    let unary: Method<Text, Text>
    let large: Method<Blob, Blob>
    let stream: Method<Text, Text>
}

extension RPCServices {
    mutating func offerEcho(_ execution: HandlerExecution) {
        for methods in [EchoMethods.direct, .plugin] {
            if execution == .onLoop {
                inlineUnary(methods.unary) { request, _ in request }
                inlineUnary(methods.large) { request, _ in request }
            } else {
                // Said aloud: without it, the closure would be taken for an inline handler.
                unary(methods.unary, .offLoop) { request, _ in request }
                unary(methods.large, .offLoop) { request, _ in request }
            }
            serverStreaming(methods.stream, execution) { request, writer, _ in
                let parts = request.value.split(separator: "@").map { Int($0) ?? 0 }
                guard let count = parts.first else { return }
                guard parts.count == 2, parts[1] > 0 else {
                    for _ in 0..<count { try await writer.write(Text("token-0123456789ab")) }
                    return
                }
                let start = ContinuousClock.now
                for index in 0..<count {
                    try await Task.sleep(until: start + .seconds(1) / parts[1] * index)
                    try await writer.write(Text("\(now())"))
                }
            }
        }
    }
}

/// What a node asks of its plugin beside the echo.
struct EchoModel: LLMProvider {
    let about = PluginDescription(
        name: "benchmark", version: "0.1.0", author: "The Hector authors", summary: "Echo of the benchmarks",
        capabilities: ["streaming": "true"])

    func generate(_ request: GenerateRequest) async throws -> GenerateResponse { GenerateResponse() }
}
