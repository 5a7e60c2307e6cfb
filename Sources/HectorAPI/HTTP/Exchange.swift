import HectorCore
import Hummingbird
import NIOCore

extension Response {
    init(json: JSON, status: HTTPResponse.Status = .ok) {
        self.init(encoded: json.encoded(), status: status)
    }

    /// - Parameter json: JSON's text.
    init(encoded json: [UInt8], status: HTTPResponse.Status = .ok) {
        let body = ByteBuffer(bytes: json)
        self.init(
            status: status, headers: [.contentType: "application/json", .contentLength: String(body.readableBytes)],
            body: ResponseBody(byteBuffer: body)
        )
    }
}

extension Request {
    /// The body, checked as JSON while it comes and kept as it is written. It is held, in the front's memory too, until the
    /// request's answer is written.
    ///
    /// - Throws: `JSONFailure` for a body that is not JSON; `APIError` for one that is too long, comes too slowly, or finds no
    ///   memory, or no place among the calls at work.
    func json(in context: APIContext, limits: APILimits) async throws -> JSONText {
        context.channel.triggerUserOutboundEvent(ConnectionHandler.BodyIsWanted(), promise: nil)
        let most = headers[values: .contentLength].first.flatMap { Int($0) }.map { min($0, limits.bodyBytes) } ?? limits.bodyBytes
        var scanner = JSONScanner(limits: JSONLimits(depth: limits.bodyDepth))
        var bytes: [UInt8] = []
        for try await chunk in body {
            let length = bytes.count + chunk.readableBytes
            guard length <= limits.bodyBytes else {
                throw APIError(.tooLarge, "The request's body is longer than \(limits.bodyBytes) bytes.")
            }
            if length > bytes.capacity {
                let capacity = max(length, min(most, max(4096, 2 * bytes.capacity)))
                try context.memory?.take(capacity - bytes.capacity, for: .request)
                bytes.reserveCapacity(capacity)
            }
            bytes.append(contentsOf: chunk.readableBytesView)
            try scanner.scan(chunk.readableBytesView)
            // Others get their turn: the chunks of a long body may all be there already.
            if chunk.readableBytes > 16 << 10 { await Task.yield() }
        }
        try context.permit?.take()
        return try JSONText(bytes, checkedBy: &scanner)
    }
}
