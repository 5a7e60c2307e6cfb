import HectorCore

/// The answer to `POST /mesh/drain` and `POST /mesh/undrain`.
package struct DrainReport: Codable, Sendable, Equatable {
    /// What the words of the request meant: `REPLICA@MACHINE`, or a machine's id.
    package var targets: [String]
    /// Calls of this host that are still in progress there.
    package var calls: Int
    /// Plugins of which no replica takes calls now.
    package var unserved: [String]
    /// Why it does not outlive a restart; nil where it does.
    package var notKept: String?

    package init(targets: [String], calls: Int, unserved: [String], notKept: String?) {
        self.targets = targets
        self.calls = calls
        self.unserved = unserved
        self.notKept = notKept
    }

    private enum CodingKeys: String, CodingKey {
        case targets, calls, unserved
        case notKept = "not_kept"
    }

    var json: JSON {
        ([
            "targets": .array(targets.map { .string($0) }), "calls": .integer(Int64(calls)), "unserved": .array(unserved.map { .string($0) }),
        ] as JSON).adding(["not_kept": notKept.map { .string($0) }])
    }
}

extension ChangingRoute {
    /// `POST /mesh/drain`: `{"target": "echo-llm-1@gpu", "reason": "new fan"}`.
    ///
    /// - Parameter change: Ends new calls of this host to what the words name.
    package static func drain(limits: APILimits = APILimits(), _ change: @escaping @Sendable (_ target: String, _ reason: String) async throws -> DrainReport) -> ChangingRoute {
        ChangingRoute("mesh/drain") { request in
            let read = try read(request.body, ["target", "reason"], limits)
            guard let target = read.target else {
                throw APIError(.invalidRequest, "target is missing: a replica, REPLICA@MACHINE or a machine.", parameter: "target")
            }
            return try await change(target, read.reason ?? "").json
        }
    }

    /// `POST /mesh/undrain`: `{"target": "echo-llm-1@gpu"}`, or `{"all": true}` for all that is drained.
    package static func undrain(limits: APILimits = APILimits(), _ change: @escaping @Sendable (_ target: String?) async throws -> DrainReport) -> ChangingRoute {
        ChangingRoute("mesh/undrain") { request in
            let read = try read(request.body, ["target", "all"], limits)
            guard read.all != (read.target != nil) else {
                throw APIError(.invalidRequest, "Name a target, or say all: true for everything that is drained.", parameter: "target")
            }
            return try await change(read.target).json
        }
    }

    private struct Body {
        var target: String?
        var reason: String?
        var all = false
    }

    private static func read(_ body: JSONText, _ keys: Set<String>, _ limits: APILimits) throws(APIError) -> Body {
        var read = Body()
        do throws(MemberError) {
            // Nothing is taken for something that was not said.
            let isObject = try body.forEachMember { key, value throws(MemberError) in
                try at(key) { () throws(MemberError) in
                    guard keys.contains(key) else { throw MemberError("is not known here") }
                    switch key {
                    case "target": read.target = try value.text(upTo: limits.drainTarget)
                    case "reason": read.reason = try value.text(upTo: limits.drainReason)
                    default: read.all = try value.flag()
                    }
                }
            }
            guard isObject else { throw body.wrongKind("an object") }
        } catch {
            throw error.told
        }
        return read
    }
}
