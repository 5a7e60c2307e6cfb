import HectorCore

/// The members of an object in a JSON-RPC call's parameters, each read as what it should be. What is wrong is told with the
/// member's place. Of a member given twice, the last counts; null counts as missing.
struct A2AParameters: Sendable {
    private let place: String
    private var members: [String: JSONText] = [:]

    init(_ object: JSONText?, place: String = "params") {
        self.place = place
        // Others than these are ignored: what they are called costs nothing.
        var members: [String: JSONText] = [:]
        object?.forEachMember { key, value in
            if Self.known.contains(key) { members[key] = value.isNull ? nil : value }
        }
        self.members = members
    }

    private static let known: Set = [
        "message", "taskPushNotificationConfig", "pushNotificationConfig", "messageId", "role", "contextId", "taskId", "parts", "configuration", "blocking", "returnImmediately", "id", "historyLength", "pageSize", "pageToken",
        "status", "includeArtifacts", "acceptedOutputModes", "metadata", "statusTimestampAfter", "lastUpdatedAfter",
    ]

    subscript(name: String) -> JSONText? { members[name] }

    /// - Throws: `RPCFailure` where it is missing, or is no object.
    func object(_ name: String) throws(RPCFailure) -> A2AParameters {
        guard let value = members[name], value.kind == .object else { throw wrong(name, "is missing, or not an object") }
        return A2AParameters(value, place: "\(place).\(name)")
    }

    /// - Returns: Nil where it is missing or empty.
    /// - Throws: `RPCFailure` where it is no string, or longer.
    func string(_ name: String, limit: Int) throws(RPCFailure) -> String? {
        guard let value = members[name] else { return nil }
        guard value.kind == .string else { throw wrong(name, "is not a string") }
        // What is written is never shorter than what it stands for, six times as long at most.
        guard value.bytes.count <= 6 * limit + 2, let string = value.string, string.utf8.count <= limit else {
            throw wrong(name, "is longer than \(limit) bytes")
        }
        return string.isEmpty ? nil : string
    }

    /// - Throws: `RPCFailure` where it is no whole number, or out of range.
    func integer(_ name: String, in range: ClosedRange<Int>) throws(RPCFailure) -> Int? {
        guard let value = members[name] else { return nil }
        guard let integer = value.int, range.contains(integer) else {
            throw wrong(name, range.upperBound < .max ? "must be a whole number from \(range.lowerBound) to \(range.upperBound)" : "must be a whole number, and not negative")
        }
        return integer
    }

    func bool(_ name: String) throws(RPCFailure) -> Bool? {
        guard let value = members[name] else { return nil }
        guard let bool = value.bool else { throw wrong(name, "must be true or false") }
        return bool
    }

    func wrong(_ name: String, _ what: String) -> RPCFailure {
        RPCFailure(.invalidParams, "\(place).\(name) \(what).")
    }
}
