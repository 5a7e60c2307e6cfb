import HectorProto
import SwiftProtobuf

/// The methods of Tests/InteropTests/matrix/interop.proto.
enum Methods {
    private static let service = "grpc.testing.TestService"
    static let emptyCall = Method<Empty, Empty>(service, "EmptyCall", .idempotent)
    static let unaryCall = Method<SimpleRequest, SimpleResponse>(service, "UnaryCall", .idempotent)
    static let streamingOutputCall = Method<StreamingOutputCallRequest, StreamingOutputCallResponse>(service, "StreamingOutputCall", .idempotent)
    static let streamingInputCall = Method<StreamingInputCallRequest, StreamingInputCallResponse>(service, "StreamingInputCall", .idempotent)
    static let fullDuplexCall = Method<StreamingOutputCallRequest, StreamingOutputCallResponse>(service, "FullDuplexCall", .idempotent)
    /// No server offers these.
    static let unimplementedMethod = Method<Empty, Empty>(service, "UnimplementedCall", .idempotent)
    static let unimplementedService = Method<Empty, Empty>("grpc.testing.UnimplementedService", "UnimplementedCall", .idempotent)
}

/// The metadata that a server sends back.
enum Echoed {
    static let initial = "x-grpc-test-echo-initial"
    static let trailing = "x-grpc-test-echo-trailing-bin"
}

extension Payload {
    /// So many zeros.
    init(zeros: Int) {
        self.init()
        body.append(contentsOf: repeatElement(0, count: zeros))
    }
}
