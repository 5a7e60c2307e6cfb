internal import FoundationEssentials
internal import HectorProto
internal import SwiftProtobuf

/// `grpc.reflection.v1.ServerReflection`, and v1alpha for older tools: which services this server offers or forwards calls
/// to, and the .proto files that say how to call them. Services of other packages are listed, but not described.
package enum ReflectionService {
    package static func register(in services: inout RPCServices) {
        for method in [ReflectionMethods.v1, ReflectionMethods.v1alpha] {
            services.bidirectionalStreaming(method) { requests, responses, context in
                let index = try DescriptorIndex.own.get()
                let offered = context.call.services
                for try await request in requests {
                    // Asked each time: what is forwarded may change.
                    let services = offered.services.union(offered.forwarder?.services ?? [])
                    try await responses.write(answer(request, services: services, index: index))
                }
            }
        }
    }

    /// What is not known fails in its answer: the stream goes on.
    static func answer(
        _ request: Grpc_Reflection_V1_ServerReflectionRequest, services: Set<String>, index: DescriptorIndex
    ) -> Grpc_Reflection_V1_ServerReflectionResponse {
        var response = Grpc_Reflection_V1_ServerReflectionResponse()
        response.validHost = request.host
        response.originalRequest = request
        switch request.messageRequest {
        case .fileByFilename(let name):
            response.messageResponse = files(index.file(named: name))
        case .fileContainingSymbol(let symbol):
            response.messageResponse = files(index.file(defining: symbol))
        case .fileContainingExtension:
            // The files here extend nothing.
            response.messageResponse = .errorResponse(.init(.notFound, "no such extension"))
        case .allExtensionNumbersOfType(let name) where index.isMessage(name):
            response.allExtensionNumbersResponse.baseTypeName = name
        case .allExtensionNumbersOfType:
            response.messageResponse = .errorResponse(.init(.notFound, "no such message type"))
        case .listServices:
            response.listServicesResponse.service = services.sorted().map { name in .with { $0.name = name } }
        case nil:
            response.messageResponse = .errorResponse(.init(.invalidArgument, "the kind of request is not supported"))
        }
        return response
    }

    private static func files(_ found: [Data]?) -> Grpc_Reflection_V1_ServerReflectionResponse.OneOf_MessageResponse {
        guard let found else { return .errorResponse(.init(.notFound, "no such file or symbol")) }
        return .fileDescriptorResponse(.with { $0.fileDescriptorProto = found })
    }
}

extension Grpc_Reflection_V1_ErrorResponse {
    fileprivate init(_ code: StatusCode, _ message: String) {
        self.init()
        errorCode = Int32(code.rawValue)
        errorMessage = message
    }
}
