import HectorRPC
import SwiftProtobuf

/// What gRPC's interop tests want of a server.
enum TestService {
    static func register(in services: inout RPCServices) {
        services.unary(Methods.emptyCall) { _, context in
            echoMetadata(context)
            return Empty()
        }
        services.unary(Methods.unaryCall) { request, context in
            echoMetadata(context)
            if request.hasExpectCompressed { try demand(request.expectCompressed.value, context.requestWasCompressed) }
            if request.hasResponseStatus { throw error(request.responseStatus) }
            if request.responseCompressed.value { context.setCompression(.gzip) }
            return SimpleResponse.with { $0.payload = Payload(zeros: Int(request.responseSize)) }
        }
        services.serverStreaming(Methods.streamingOutputCall) { request, writer, context in
            echoMetadata(context)
            try await respond(to: request, writer, context)
        }
        services.clientStreaming(Methods.streamingInputCall) { requests, context in
            echoMetadata(context)
            var size = 0
            var iterator = requests.makeAsyncIterator()
            while let request = try await iterator.next() {
                if request.hasExpectCompressed { try demand(request.expectCompressed.value, iterator.messageWasCompressed) }
                size += request.payload.body.count
            }
            return StreamingInputCallResponse.with { $0.aggregatedPayloadSize = Int32(size) }
        }
        services.bidirectionalStreaming(Methods.fullDuplexCall) { requests, writer, context in
            echoMetadata(context)
            for try await request in requests {
                if request.hasResponseStatus { throw error(request.responseStatus) }
                try await respond(to: request, writer, context)
            }
        }
    }

    private static func respond(
        to request: StreamingOutputCallRequest, _ writer: ResponseWriter<StreamingOutputCallResponse>, _ context: ServerContext
    ) async throws {
        if request.responseParameters.contains(where: \.compressed.value) { context.setCompression(.gzip) }
        for wanted in request.responseParameters {
            if wanted.intervalUs > 0 { try await Task.sleep(for: .microseconds(Int(wanted.intervalUs))) }
            let response = StreamingOutputCallResponse.with { $0.payload = Payload(zeros: Int(wanted.size)) }
            try await writer.write(response, compressed: wanted.compressed.value)
        }
    }

    private static func demand(_ expected: Bool, _ isCompressed: Bool) throws {
        guard expected != isCompressed else { return }
        throw RPCError(.invalidArgument, "the request is \(isCompressed ? "" : "not ")compressed")
    }

    private static func error(_ status: EchoStatus) -> RPCError {
        RPCError(StatusCode(rawValue: Int(status.code)) ?? .unknown, status.message)
    }

    private static func echoMetadata(_ context: ServerContext) {
        if let value = context.metadata[Echoed.initial] { context.setHeaders([Echoed.initial: value]) }
        if let bytes = context.metadata.bytes(Echoed.trailing) {
            var trailers = Metadata()
            trailers.append(bytes, forBinary: Echoed.trailing)
            context.setTrailers(trailers)
        }
    }
}
