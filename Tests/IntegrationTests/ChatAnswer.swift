import Foundation
import FoundationNetworking
import Testing

/// What `POST /v1/chat/completions` answers.
struct ChatAnswer {
    let status: Int?
    let body: String
    /// The header `x-hector-ignored`.
    let ignored: String?

    /// - Parameters:
    ///   - messages: In JSON, separated by commas.
    ///   - more: Further members of the request, each after a comma.
    init(model: String = "helper", _ messages: String, _ more: String = "", streamed: Bool, of server: String) async throws {
        var request = URLRequest(url: try #require(URL(string: server + "/v1/chat/completions")))
        request.httpMethod = "POST"
        request.setValue("application/json", forHTTPHeaderField: "Content-Type")
        request.httpBody = Data(#"{"model": "\#(model)", "stream": \#(streamed), "messages": [\#(messages)]\#(more)}"#.utf8)
        let (body, response) = try await URLSession.shared.data(for: request)
        let head = response as? HTTPURLResponse
        status = head?.statusCode
        self.body = String(decoding: body, as: UTF8.self)
        ignored = head?.value(forHTTPHeaderField: "x-hector-ignored")
    }

    /// The text of a good answer, or all of a bad one.
    var text: String {
        status == 200 ? body.matches(of: /"content":"((?:[^"\\]|\\.)*)"/).map { String($0.output.1) }.joined() : body
    }
}
