internal import HectorProto
internal import Synchronization

/// `grpc.health.v1.Health`: what this program says of its services.
package final class HealthService: Sendable {
    package enum Status: Sendable {
        case serving
        case notServing
    }

    private struct State {
        var services: [String: Status]
        var watchers: [UInt64: AsyncStream<Void>.Continuation] = [:]
        var nextWatcher: UInt64 = 0
    }

    private let state: Mutex<State>

    /// - Parameter services: The services known from the start; the empty name means the whole program.
    package init(_ services: [String: Status] = ["": .serving]) {
        state = Mutex(State(services: services))
    }

    package func set(_ status: Status, for service: String) { change { $0.services[service] = status } }

    private func change(_ body: (inout State) -> Void) {
        let watchers = state.withLock { state in
            body(&state)
            return Array(state.watchers.values)
        }
        for watcher in watchers { watcher.yield() }
    }

    /// All of its services are in that state from now on.
    package func setAll(_ status: Status) {
        change { state in for service in state.services.keys { state.services[service] = status } }
    }

    package func register(in services: inout RPCServices) {
        services.unary(HealthMethods.check, .onLoop) { [self] request, _ in
            guard let status = status(request.service) else {
                throw RPCError(.notFound, "service '\(request.service)' is unknown")
            }
            return Self.response(status)
        }
        services.serverStreaming(HealthMethods.watch) { [self] request, writer, _ in
            let (changes, id) = watch()
            defer { unwatch(id) }
            var last: Grpc_Health_V1_HealthCheckResponse?
            for await _ in changes {
                var response = Grpc_Health_V1_HealthCheckResponse()
                response.status = status(request.service).map { Self.response($0).status } ?? .serviceUnknown
                guard response != last else { continue }
                last = response
                try await writer.write(response)
            }
        }
    }

    private func status(_ service: String) -> Status? { state.withLock { $0.services[service] } }

    private static func response(_ status: Status) -> Grpc_Health_V1_HealthCheckResponse {
        var response = Grpc_Health_V1_HealthCheckResponse()
        response.status = status == .serving ? .serving : .notServing
        return response
    }

    private func watch() -> (AsyncStream<Void>, UInt64) {
        // Changes that come while a watcher is slow count once.
        let (changes, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let id = state.withLock { state in
            state.nextWatcher += 1
            state.watchers[state.nextWatcher] = continuation
            return state.nextWatcher
        }
        continuation.yield()
        return (changes, id)
    }

    private func unwatch(_ id: UInt64) {
        _ = state.withLock { $0.watchers.removeValue(forKey: id) }
    }
}
