import FoundationEssentials
import Hummingbird
import NIOCore

extension Response {
    init(json: JSON, status: HTTPResponse.Status = .ok) {
        let data = json.data
        self.init(
            status: status, headers: [.contentType: "application/json", .contentLength: String(data.count)],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: data))
        )
    }
}

extension Request {
    /// The whole body.
    /// - Throws: `APIError` for a body past the limit.
    func wholeBody(limit: Int) async throws -> Data {
        do {
            return Data(try await body.collect(upTo: limit).readableBytesView)
        } catch is NIOTooManyBytesError {
            throw APIError(.tooLarge, "A request's body has at most \(limit) bytes.")
        }
    }
}
