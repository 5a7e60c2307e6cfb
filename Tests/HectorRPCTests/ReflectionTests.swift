import HectorProto
import SwiftProtobuf
import Testing

@testable import HectorRPC

/// What the reflection service says, asked over real connections.
@Suite(.timeLimit(.minutes(1)))
struct ReflectionTests {
    private typealias Request = Grpc_Reflection_V1_ServerReflectionRequest
    private typealias Response = Grpc_Reflection_V1_ServerReflectionResponse

    /// Asks one thing after the other on one stream.
    private func ask(
        _ requests: [Request.OneOf_MessageRequest?], _ method: ReflectionMethods.Info = ReflectionMethods.v1
    ) async throws -> [Response] {
        try await withEcho(tls: false) { ReflectionService.register(in: &$0) } _: { client, _ in
            try await client.bidirectionalStreaming(method) { writer, responses in
                var responses = responses.makeAsyncIterator()
                var answers: [Response] = []
                for request in requests {
                    let sent = Request.with {
                        $0.host = "here"
                        $0.messageRequest = request
                    }
                    try await writer.write(sent)
                    let answer = try #require(await responses.next())
                    #expect(answer.validHost == "here")
                    #expect(answer.originalRequest == sent)
                    answers.append(answer)
                }
                writer.finish()
                #expect(try await responses.next() == nil)
                return answers
            }
        }
    }

    /// The names of the files in an answer.
    private func files(_ response: Response) throws -> [String] {
        try response.fileDescriptorResponse.fileDescriptorProto.map { try Google_Protobuf_FileDescriptorProto(serializedBytes: $0).name }
    }

    private func code(_ response: Response) -> StatusCode? {
        guard case .errorResponse(let error)? = response.messageResponse, !error.errorMessage.isEmpty else { return nil }
        return StatusCode(rawValue: Int(error.errorCode))
    }

    @Test func theCommittedDescriptorsAreWhole() throws {
        let index = try DescriptorIndex.own.get()
        let bytes = try #require(Base64.decode(OwnDescriptors.base64.utf8))
        let set = try Google_Protobuf_FileDescriptorSet(serializedBytes: bytes)
        #expect(set.file.count > 5)
        for file in set.file {
            // Every import is in the set, and comes along.
            let sent = try #require(index.file(named: file.name)).map { try Google_Protobuf_FileDescriptorProto(serializedBytes: $0) }
            #expect(sent.first == file)
            #expect(Set(sent.map(\.name)).count == sent.count)
            for part in sent { #expect(Set(part.dependency).isSubset(of: sent.map(\.name)), "\(part.name)") }

            let scope = file.package
            for service in file.service {
                #expect(index.file(defining: "\(scope).\(service.name)") != nil)
                for method in service.method {
                    #expect(index.file(defining: "\(scope).\(service.name).\(method.name)") != nil)
                    for type in [method.inputType, method.outputType] { #expect(index.isMessage(String(type.dropFirst())), "\(type)") }
                }
            }
            for message in file.messageType {
                #expect(index.isMessage("\(scope).\(message.name)"))
                for field in message.field {
                    #expect(index.file(defining: "\(scope).\(message.name).\(field.name)") != nil)
                    if !field.typeName.isEmpty { #expect(index.file(defining: String(field.typeName.dropFirst())) != nil) }
                }
            }
        }
    }

    @Test(arguments: ["", "CgM", "/////w", "no Base64!", String(OwnDescriptors.base64.prefix(102))])
    func damagedDescriptorsFailWithoutATrap(text: String) throws {
        guard !text.isEmpty else {
            // An empty set is a set: it knows nothing.
            #expect(try DescriptorIndex(base64: text).file(named: "hector/plugin/plugin.proto") == nil)
            return
        }
        #expect(throws: RPCError.self) { try DescriptorIndex(base64: text) }
    }

    @Test(arguments: [ReflectionMethods.v1, ReflectionMethods.v1alpha].map(\.service))
    func listsExactlyWhatIsOffered(service: String) async throws {
        let method = ReflectionMethods.Info(service, "ServerReflectionInfo", .idempotent)
        let answer = try #require(await ask([.listServices("")], method).first)
        #expect(
            answer.listServicesResponse.service.map(\.name)
                == ["echo.Echo", "grpc.reflection.v1.ServerReflection", "grpc.reflection.v1alpha.ServerReflection"])
    }

    @Test func findsFilesBySymbolAndByName() async throws {
        let plugin = "hector/plugin/plugin.proto"
        let answers = try await ask([
            .fileContainingSymbol("hector.plugin.LLMProvider"),
            .fileContainingSymbol("hector.plugin.LLMProvider.Generate"),
            .fileContainingSymbol("hector.plugin.GenerateRequest"),
            .fileContainingSymbol("hector.plugin.GenerateRequest.messages"),
            .fileByFilename(plugin),
        ])
        for answer in answers { #expect(try files(answer).first == plugin) }

        let imported = try await ask([
            .fileContainingSymbol("plugin.GRPCStdio"), .fileContainingSymbol("grpc.reflection.v1alpha.ServerReflection"),
        ])
        #expect(try files(imported[0]) == ["goplugin/stdio.proto", "google/protobuf/empty.proto"])
        #expect(try files(imported[1]) == ["grpc/reflection/v1alpha/reflection.proto"])
    }

    @Test func whatIsNotKnownFailsInItsAnswerOnly() async throws {
        let answers = try await ask([
            .fileContainingSymbol("echo.Echo"),
            .fileContainingSymbol(".hector.plugin.LLMProvider"),
            .fileByFilename("../../etc/passwd"),
            .fileContainingExtension(.with { $0.containingType = "hector.plugin.GenerateRequest" }),
            .allExtensionNumbersOfType("hector.plugin.LLMProvider"),
            nil,
            .allExtensionNumbersOfType("hector.plugin.GenerateRequest"),
        ])
        #expect(answers.prefix(5).map(code) == Array(repeating: .notFound, count: 5))
        #expect(code(answers[5]) == .invalidArgument)
        #expect(answers[6].allExtensionNumbersResponse.baseTypeName == "hector.plugin.GenerateRequest")
        #expect(answers[6].allExtensionNumbersResponse.extensionNumber.isEmpty)
    }
}
