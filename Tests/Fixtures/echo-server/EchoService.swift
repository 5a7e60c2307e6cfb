import HectorProto
import HectorRPC
import SwiftProtobuf
import Synchronization

/// `echo.EchoMsg` has one string, numbered 1, as this well-known message has: on the wire they are the same.
typealias EchoMessage = Google_Protobuf_StringValue

/// The service that Tests/InteropTests/python/README.md describes.
final class EchoService: Sendable {
    /// Calls that their callers ended, so far.
    private let ended = Mutex(0)

    func register(in services: inout RPCServices) {
        services.unary(Method<EchoMessage, EchoMessage>("echo.Echo", "Unary", .idempotent)) { [self] request, context in
            Self.echoMetadata(context)
            switch request.value {
            case "deadline": return EchoMessage(context.timeLeft.map { "\(Int($0 / .milliseconds(1)))" } ?? "none")
            case "cancelled": return EchoMessage("\(ended.withLock { $0 })")
            default: return EchoMessage(try await obey(request.value))
            }
        }
        services.serverStreaming(Method<EchoMessage, EchoMessage>("echo.Echo", "Stream", .idempotent)) { [self] request, writer, context in
            Self.echoMetadata(context)
            let parts = request.value.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count > 1, parts[0] == "count", let count = Int(parts[1]) else {
                return try await writer.write(EchoMessage(obey(request.value)))
            }
            for number in 0..<count { try await writer.write(EchoMessage("\(number)")) }
            if parts.count > 2 { _ = try await obey(String(parts[2])) }
        }
    }

    /// Does what the text says, and returns what to answer.
    private func obey(_ text: String) async throws -> String {
        let parts = text.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count > 1, let number = Int(parts[1]) else { return text }
        switch parts[0] {
        case "fail":
            throw RPCError(StatusCode(rawValue: number) ?? .unknown, parts.count > 2 ? String(parts[2]) : "")
        case "sleep":
            do {
                try await Task.sleep(for: .milliseconds(number))
            } catch {
                ended.withLock { $0 += 1 }
                throw error
            }
            return text
        case "bytes":
            return String(repeating: "x", count: number)
        default:
            return text
        }
    }

    private static func echoMetadata(_ context: ServerContext) {
        if let value = context.metadata["x-echo-initial"] { context.setHeaders(["x-echo-initial": value]) }
        if let bytes = context.metadata.bytes("x-echo-trailing-bin") {
            var trailers = Metadata()
            trailers.append(bytes, forBinary: "x-echo-trailing-bin")
            context.setTrailers(trailers)
        }
    }
}
