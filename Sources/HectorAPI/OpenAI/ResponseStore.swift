import HectorAgents
import HectorCore
import HectorProviders
import Synchronization

/// A response that can be fetched and gone on with.
struct StoredResponse: Sendable {
    let id: String
    /// As it was sent.
    let json: [UInt8]
    /// The `input` of the request.
    let input: JSONText
    /// What was said before it and in it, without the instructions.
    let conversation: [Message]
    let output: [ResponseItem]
    let created: Instant

    /// About the memory that it occupies. Texts that several responses of a conversation share count in each.
    var bytes: Int {
        let said = conversation.reduce(0) { $0 + $1.bytes(perItem: 256) }
        // Input and output stand in the conversation, too.
        return 1024 + json.count + input.bytes.count + said
    }
}

/// The responses that clients may still ask for, bounded in number, bytes and age: the oldest ones of the owner that holds the most make
/// room.
final class ResponseStore: Sendable {
    private let responses = Mutex(OwnedStore<String, StoredResponse>())
    private let limits: APILimits
    private let now: @Sendable () -> Instant

    init(limits: APILimits, now: @escaping @Sendable () -> Instant) {
        self.limits = limits
        self.now = now
    }

    func put(_ response: StoredResponse, of owner: String) {
        responses.withLock {
            expire(&$0)
            $0.put(response, for: response.id, of: owner, bytes: response.bytes)
            $0.makeRoom(count: limits.responses, bytes: limits.responseBytes)
        }
    }

    /// - Throws: `APIError.notFound` where there is no such response that the caller sees.
    func response(_ id: String, for caller: Caller, parameter: String? = nil) throws(APIError) -> StoredResponse {
        let entry = responses.withLock {
            expire(&$0)
            return $0[id]
        }
        guard let entry, caller.sees(entry.owner) else { throw Self.unknown("response", id, parameter) }
        return entry.value
    }

    /// - Throws: `APIError.notFound` where there is no such response that the caller sees.
    func delete(_ id: String, for caller: Caller) throws(APIError) {
        _ = try response(id, for: caller)
        responses.withLock { _ = $0.remove(id) }
    }

    /// What is said before the answer to a request, from the first response that it goes on from.
    ///
    /// - Returns: The messages without the instructions, and the bytes of those that were stored.
    /// - Throws: `APIError.notFound` where something that it names is not stored, or the caller does not see it.
    func conversation(of request: ResponseRequest, for caller: Caller) throws(APIError) -> (messages: [Message], stored: Int) {
        let previous: StoredResponse? =
            if let id = request.previous { try response(id, for: caller, parameter: "previous_response_id") } else { nil }
        var messages = previous?.conversation ?? []
        let history = messages.count
        for (index, item) in request.items.enumerated() {
            guard case .reference(let id) = item else {
                messages.append(item)
                continue
            }
            let parameter = "input[\(index)].id"
            guard let place = ResponseOutput.place(of: id), let output = try? response(place.response, for: caller).output,
                output.indices.contains(place.index)
            else { throw Self.unknown("item", id, parameter) }
            messages.append(output[place.index])
        }
        guard messages.count > history || !request.items.isEmpty else {
            throw APIError(.invalidRequest, "input is empty.", parameter: "input")
        }
        return (messages, previous?.bytes ?? 0)
    }

    private func expire(_ responses: inout OwnedStore<String, StoredResponse>) {
        let now = now()
        while let oldest = responses.oldest, oldest.value.created.duration(to: now) > limits.responseAge { responses.remove(oldest.key) }
    }

    private static func unknown(_ what: String, _ id: String, _ parameter: String?) -> APIError {
        APIError(.notFound, "The \(what) \(quoted(id)) does not exist, or is no longer stored.", parameter: parameter)
    }
}
