package import HectorCore
package import HectorPlugins
internal import HectorProgram
internal import HectorProto
internal import HectorRPC
package import Logging
internal import NIOPosix
internal import SwiftProtobuf

/// Starts one plugin by itself, without a server: what `hector plugin validate` and `hector plugin call` do.
package struct PluginTrial: Sendable {
    private let specification: PluginSpecification
    /// The plugin's name.
    package var name: String { specification.name }
    private let environment: [String: String]
    private let log: Logger

    package init(_ specification: PluginSpecification, environment: [String: String], log: Logger) {
        self.specification = specification
        self.environment = environment
        self.log = log
    }

    /// The end of a process that `run` has started.
    struct End: Sendable {
        fileprivate let supervisor: PluginSupervisor

        /// Waits for it.
        ///
        /// - Returns: How it ended; nil if it did not in this time.
        func wait(_ time: Duration) async -> PluginError? {
            let last = ContinuousClock.now + time
            while true {
                switch supervisor.state {
                case .restarting(let error, _), .failed(let error): return error
                default: break
                }
                guard ContinuousClock.now < last, (try? await Task.sleep(for: .milliseconds(20))) != nil else { return nil }
            }
        }
    }

    /// Starts the plugin, runs the body, stops the plugin: within two seconds if the task is cancelled.
    ///
    /// - Throws: `PluginError` if it does not become ready at the first attempt, or ends while the body runs; otherwise what the
    ///   body throws.
    package func run<T: Sendable>(_ body: @Sendable (ReadyPlugin) async throws -> T) async throws -> T {
        try await run { plugin, _ in try await body(plugin) }
    }

    /// - Parameter evenUnhealthy: Whether a plugin that says at its start that it cannot serve is used all the same.
    func run<T: Sendable>(evenUnhealthy: Bool = false, _ body: @Sendable (ReadyPlugin, End) async throws -> T) async throws -> T {
        let directory = try RuntimeDirectory(environment: environment)
        defer { directory.remove() }
        var place = PluginEnvironment(
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton, directory: directory, variables: environment, logger: log,
            timing: .system())
        place.logsFailures = false
        let supervisor = PluginSupervisor(specification, replica: specification.name, environment: place)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await supervisor.run() }
            do {
                let result = try await body(firstReady(supervisor, evenUnhealthy: evenUnhealthy), End(supervisor: supervisor))
                supervisor.stop()
                try await group.waitForAll()
                return result
            } catch {
                // Why the plugin ended explains more than the failure of the call. It dies a moment after its connection, or not at all.
                let failure = (error as? RPCError)?.isConnectionLoss == true ? await End(supervisor: supervisor).wait(.seconds(1)) : nil
                supervisor.stop()
                try await group.waitForAll()
                throw failure ?? error
            }
        }
    }

    /// The methods that `call` knows.
    package static func methods(of kind: PluginKind) -> [String] { ProviderService.of(kind).forwarded }

    /// Calls one method of the provider with a request in JSON.
    ///
    /// - Parameters:
    ///   - offer: The name that is called, of several that the plugin offers; nil: itself.
    ///   - onResponse: Takes each response in JSON; a streaming method has several.
    /// - Throws: `PluginCallError` for an unknown method or name, or a request that is not of its form; `RPCError`.
    package func call(_ method: String, offer: String? = nil, json: String, onResponse: @escaping @Sendable (String) throws -> Void) async throws {
        guard let offer else {
            let called = try Self.method(method, of: specification.kind)
            return try await run { try await Self.call(called, json, over: $0.connection, CallOptions(), onResponse) }
        }
        try await run { plugin in
            let offers = plugin.offers ?? []
            let kinds = offers.filter { $0.key.name == offer }.map(\.key.kind)
            guard let first = kinds.first else {
                let names = offers.isEmpty ? "it offers no names" : "it offers \(offers.map { quoted($0.key.name) }.joined(separator: ", "))"
                throw PluginCallError("\(self.name) offers nothing named \(quoted(offer)); \(names)")
            }
            let kind = kinds.first { Self.methods(of: $0).contains { $0.lowercased() == method.lowercased() } } ?? first
            try await Self.call(
                try Self.method(method, of: kind), json, over: plugin.connection, CallOptions(metadata: [MeshMetadata.plugin: offer]), onResponse)
        }
    }

    /// `Initialize` and `Shutdown` are this program's own to call.
    private static func method(_ name: String, of kind: PluginKind) throws(PluginCallError) -> any ProviderMethod {
        let methods = ProviderService.of(kind).methods.filter(\.isForwarded)
        if let called = methods.first(where: { $0.name.lowercased() == name.lowercased() }) { return called }
        let names = methods.map(\.name).sorted().joined(separator: ", ")
        throw PluginCallError("\(kind.withArticle) has no method '\(name)'; its methods are \(names)")
    }

    private static func call(
        _ called: some ProviderMethod, _ json: String, over connection: ClientConnection, _ options: CallOptions,
        _ onResponse: @escaping @Sendable (String) throws -> Void
    ) async throws {
        let request = try request(json, for: called)
        guard called.streamsResponses else {
            return try onResponse(try await connection.unary(called.method, request, options: options).jsonString())
        }
        try await connection.serverStreaming(called.method, request, options: options) { responses in
            for try await response in responses { try onResponse(try response.jsonString()) }
        }
    }

    private func firstReady(_ supervisor: PluginSupervisor, evenUnhealthy: Bool) async throws -> ReadyPlugin {
        for await state in supervisor.states {
            switch state {
            case .ready(let plugin): return plugin
            case .unhealthy(let plugin, _) where evenUnhealthy: return plugin
            case .unhealthy(_, let reason): throw PluginError(.unhealthy, plugin: specification.name, reason)
            case .restarting(let error, _), .failed(let error): throw error
            case .starting, .stopping, .stopped: continue
            }
        }
        throw CancellationError()
    }

    private static func request<M: ProviderMethod>(_ json: String, for called: M) throws(PluginCallError) -> M.Request {
        let problem: String
        do {
            _ = try JSONText(Array(json.utf8))
            return try M.Request(jsonString: json)
        } catch let failure as JSONFailure {
            problem = "\(failure)"
        } catch JSONDecodingError.unknownField(let name) {
            problem = "unknown field \(quoted(name))"
        } catch JSONDecodingError.numberRange, JSONDecodingError.malformedNumber {
            problem = "a number does not fit into its field"
        } catch {
            // It is JSON, and its fields are known.
            problem = "a field has a value of the wrong type"
        }
        throw PluginCallError("the request of \(called.method.name) is not a valid \(M.Request.protoMessageName) in JSON: \(problem)")
    }
}

/// A call that cannot be made: what is wrong and what to do.
package struct PluginCallError: Error, Sendable, CustomStringConvertible {
    package let description: String

    init(_ description: String) { self.description = description }
}
