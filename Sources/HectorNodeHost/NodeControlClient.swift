internal import HectorCore
package import HectorProto
internal import HectorRPC
internal import NIOPosix
internal import SwiftProtobuf

/// Commands for the node of this machine, by its control socket.
package struct NodeControlClient: Sendable {
    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    private let connection: ClientConnection
    private let socket: String

    /// Connects, hands over, and closes.
    ///
    /// - Parameter socket: Nil: the only one that a node of this user listens on.
    /// - Throws: `Failure`: what is wrong and what to do.
    package static func with<Value: Sendable>(
        socket: String?, environment: [String: String], user: UInt32, _ body: @Sendable (NodeControlClient) async throws -> Value
    ) async throws -> Value {
        let socket = try socket ?? only(environment: environment, user: user)
        let connection: ClientConnection
        do {
            connection = try await ClientConnection.connect(to: .unix(path: socket), security: .plaintext, on: MultiThreadedEventLoopGroup.singleton)
        } catch {
            throw Failure(description: "no node answers at \(singleLine(socket)) (\(singleLine("\(error)", limit: 300))): run this as the user of the node or as root, and see that hector-plugin-agent runs")
        }
        let result: Result<Value, any Error>
        do {
            result = .success(try await body(NodeControlClient(connection: connection, socket: socket)))
        } catch {
            result = .failure(error)
        }
        await connection.close()
        return try result.get()
    }

    package static func only(environment: [String: String], user: UInt32) throws(Failure) -> String {
        let sockets = ControlDirectory.live(.node, environment: environment, user: user)
        guard let socket = sockets.first else {
            let places = ControlDirectory.candidates(environment: environment, user: user).map { "\($0)/\(ControlledProgram.node.rawValue).sock" }
            throw Failure(description: "no hector-plugin-agent of this user runs here (looked for \(places.joined(separator: ", "))): start it, run this as its user or as root, or name its socket with --socket")
        }
        guard sockets.count == 1 else {
            throw Failure(description: "several nodes run on this machine: say which one with --socket: \(sockets.joined(separator: ", "))")
        }
        return socket
    }

    package func status() async throws -> Hector_Control_V1_NodeStatus { try await ask(ControlMethods.status, .init()) }

    /// - Parameter plugins: Empty: the whole node.
    package func drain(_ plugins: [String], reason: String) async throws -> Hector_Control_V1_NodeStatus {
        try await ask(ControlMethods.drain, .with {
            $0.plugins = plugins
            $0.reason = reason
        })
    }

    /// - Parameter plugins: Empty: all that is drained.
    package func undrain(_ plugins: [String]) async throws -> Hector_Control_V1_NodeStatus {
        try await ask(ControlMethods.undrain, .with { $0.plugins = plugins })
    }

    /// Waits until what changed is in force.
    package func reload() async throws -> Hector_Control_V1_ReloadResponse {
        // The node gives plugins ten minutes.
        try await ask(ControlMethods.reload, .init(), within: .seconds(660))
    }

    private func ask<Q, R>(_ method: Method<Q, R>, _ request: Q, within time: Duration = .seconds(30)) async throws(Failure) -> R {
        do {
            return try await connection.unary(method, request, options: CallOptions(timeout: time))
        } catch let error as RPCError where error.origin == .peer {
            throw Failure(description: singleLine(error.message, limit: 1_000))
        } catch {
            throw Failure(description: "the node at \(singleLine(socket)) closed the connection (\(singleLine("\(error)", limit: 300))): only its own user and root may control it, or it was just stopped")
        }
    }
}
