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

    func run<T: Sendable>(_ body: @Sendable (ReadyPlugin, End) async throws -> T) async throws -> T {
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
                let result = try await body(firstReady(supervisor), End(supervisor: supervisor))
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
    /// - Parameter onResponse: Takes each response in JSON; a streaming method has several.
    /// - Throws: `PluginCallError` for an unknown method or a request that is not of its form; `RPCError`.
    package func call(_ method: String, json: String, onResponse: @escaping @Sendable (String) throws -> Void) async throws {
        // `Initialize` and `Shutdown` are this program's own to call.
        let methods = ProviderService.of(specification.kind).methods.filter(\.isForwarded)
        guard let called = methods.first(where: { $0.name.lowercased() == method.lowercased() }) else {
            let names = methods.map(\.name).sorted().joined(separator: ", ")
            throw PluginCallError("a \(specification.kind.rawValue) has no method '\(method)'; its methods are \(names)")
        }
        try await run { try await Self.call(called, json, over: $0.connection, onResponse) }
    }

    private static func call(
        _ called: some ProviderMethod, _ json: String, over connection: ClientConnection,
        _ onResponse: @escaping @Sendable (String) throws -> Void
    ) async throws {
        let request = try request(json, for: called)
        guard called.streamsResponses else {
            return try onResponse(try await connection.unary(called.method, request).jsonString())
        }
        try await connection.serverStreaming(called.method, request) { responses in
            for try await response in responses { try onResponse(try response.jsonString()) }
        }
    }

    private func firstReady(_ supervisor: PluginSupervisor) async throws -> ReadyPlugin {
        for await state in supervisor.states {
            switch state {
            case .ready(let plugin): return plugin
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
