import HectorCore

/// What `ListTasks` asks for (A2A 1.0 §3.1.4).
struct TaskQuery: Sendable {
    private let context: String?
    private let state: A2ATask.State?
    /// A state that exists in the protocol and that no task here is ever in.
    private let matchesNothing: Bool
    private let changedSince: Int64?
    private let pageSize: Int
    private let after: Cursor?
    let withHistory: Bool
    let withArtifacts: Bool

    /// The place of a task in the list: the last changed comes first, of those the newest.
    private struct Cursor: Comparable {
        let changed: Int64
        let number: Int

        init(_ task: A2ATask) {
            changed = task.changed
            number = task.number
        }

        init?(_ token: String) {
            let parts = token.split(separator: ".", omittingEmptySubsequences: false)
            guard parts.count == 2, let changed = Int64(parts[0]), let number = Int(parts[1]) else { return nil }
            self.changed = changed
            self.number = number
        }

        var token: String { "\(changed).\(number)" }

        static func < (a: Cursor, b: Cursor) -> Bool { (a.changed, a.number) < (b.changed, b.number) }
    }

    struct Page {
        var tasks: [A2ATask]
        /// Empty on the last page.
        var nextToken: String
        /// Of all pages.
        var total: Int
    }

    init(_ params: A2AParameters, _ form: A2AForm) throws(RPCFailure) {
        pageSize = try params.integer("pageSize", in: 1...100) ?? 50
        withHistory = try params.integer("historyLength", in: 0...Int.max) ?? 0 > 0
        withArtifacts = try params.bool("includeArtifacts") ?? false
        context = try params.string("contextId", limit: A2ALimits.id)
        let status = try params.string("status", limit: 64)
        guard let filter = form.filter(status) else { throw params.wrong("status", "is not a task state") }
        (state, matchesNothing) = (filter.state, filter.matchesNothing)
        let token = try params.string("pageToken", limit: 64)
        after = token.flatMap(Cursor.init)
        guard token == nil || after != nil else { throw params.wrong("pageToken", "is not a token that ListTasks returned") }
        let since = try Self.time(params, "statusTimestampAfter")
        changedSince = if let since { since } else { try Self.time(params, "lastUpdatedAfter") }
    }

    /// RFC 3339, or milliseconds since 1970 as drafts of 1.0 had it.
    private static func time(_ params: A2AParameters, _ name: String) throws(RPCFailure) -> Int64? {
        guard let value = params[name] else { return nil }
        if let milliseconds = value.int, milliseconds >= 0 { return Int64(milliseconds) }
        guard value.kind == .string, let text = try params.string(name, limit: 64), let time = A2AForm.milliseconds(text) else {
            throw params.wrong(name, "is not a time such as 2026-01-31T12:00:00Z")
        }
        return time
    }

    /// - Parameter bytes: Of text in one page, after its first task. A page that would be longer ends early.
    func page(of tasks: [A2ATask], bytes: Int) -> Page {
        let matching = tasks.filter { task in
            !matchesNothing && (context == nil || task.context == context) && (state == nil || task.state == state)
                && task.changed >= changedSince ?? .min
        }
        let rest = matching.sorted { Cursor($1) < Cursor($0) }.drop { task in after.map { Cursor(task) >= $0 } ?? false }
        var page: [A2ATask] = []
        var left = bytes
        for task in rest.prefix(pageSize) {
            left -= (withHistory ? task.question.utf8.count : 0) + (withArtifacts || task.state == .failed ? task.text.utf8.count : 0)
            if left < 0, !page.isEmpty { break }
            page.append(task)
        }
        return Page(
            tasks: page, nextToken: page.count < rest.count ? page.last.map { Cursor($0).token } ?? "" : "", total: matching.count)
    }
}
