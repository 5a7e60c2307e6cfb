internal import NIOCore

extension MessageStream {
    /// What the server sent in front of its responses: all of it once the first of them, or their end, has been read.
    package var headers: Metadata {
        get async { await metadata { $0.responseHeaders } }
    }

    /// What the server sent behind its responses: all of it once their end has been read. A call that failed has it in
    /// its `RPCError` too.
    package var trailers: Metadata {
        get async { await metadata { $0.responseTrailers } }
    }

    /// Empty for a stream of requests: a server finds their metadata in its `ServerContext`.
    private func metadata(_ part: @escaping @Sendable (StreamingClientCall) -> Metadata) async -> Metadata {
        guard let call = call as? StreamingClientCall else { return [:] }
        return await withUnsafeContinuation { continuation in
            call.connection.onLoop { continuation.resume(returning: part(call)) }
        }
    }
}
