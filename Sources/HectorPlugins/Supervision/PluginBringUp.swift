import HectorHandshake
import HectorProto
import HectorRPC
import SwiftProtobuf

/// The way from a running process to a plugin that serves: handshake line, connection, health, `Initialize`.
struct PluginBringUp: Sendable {
    let replica: String
    let specification: PluginSpecification
    let environment: PluginEnvironment
    let methods: ProviderMethods
    /// Ours under AutoMTLS.
    let identity: TLSIdentity?
    let child: ChildProcess
    let output: ChildOutput

    /// - Throws: `PluginError`, or `CancellationError`. No connection is left open.
    func run() async throws -> ReadyPlugin {
        let clock = environment.clock
        let began = clock.elapsed()
        func remaining() -> Duration { max(.zero, specification.startTimeout - (clock.elapsed() - began)) }

        guard let first = try await clock.limit(remaining(), { try await output.firstLine.value() }) else {
            throw error(
                .startTimeout,
                "it printed no handshake line within \(specification.startTimeout). Start it by hand to see why, or raise start_timeout")
        }
        guard let first else {
            throw error(.exited, "it closed its stdout without a handshake line\(output.lastWords)")
        }
        let line: HandshakeLine
        do {
            line = try HandshakeLine(parsing: first.text)
        } catch {
            throw self.error(.handshake, error.message, cause: error)
        }
        let (endpoint, security) = try security(for: line)
        guard let connection = try await clock.limit(remaining(), { try await connect(endpoint, security) }) else {
            throw error(.startTimeout, "it does not answer on \(endpoint), where it says that it listens, within \(specification.startTimeout)")
        }
        do {
            try await check(connection)
            try await initialize(connection)
        } catch {
            await connection.close()
            throw error
        }
        let isSecure = if case .mutualTLS = security { true } else { false }
        return ReadyPlugin(
            connection: connection, pid: child.pid, endpoint: endpoint, isSecure: isSecure, protocolVersion: line.appVersion)
    }

    private func security(for line: HandshakeLine) throws(PluginError) -> (Endpoint, ConnectionSecurity) {
        let endpoint: Endpoint
        let isLocal: Bool
        switch line.address {
        case .unix(let path): (endpoint, isLocal) = (.unix(path: path), true)
        case .tcp(let host, let port):
            (endpoint, isLocal) = (.tcp(host: host, port: port), host == "localhost" || host == "::1" || host.hasPrefix("127."))
        }
        switch (identity, line.certificateDER) {
        case (let identity?, let certificate?):
            return (
                endpoint,
                .mutualTLS(TLSConfiguration(identity: identity, trust: .exactly(der: certificate), serverName: "localhost"))
            )
        case (nil, .some):
            throw error(.handshake, "it insists on AutoMTLS, which is off. Set auto_mtls to offered or required")
        case (.some, nil) where specification.autoMTLS == .required:
            throw error(.handshake, "it does not know AutoMTLS, which is required. Set auto_mtls to offered, or update the plugin")
        case (_, nil):
            guard isLocal else {
                throw error(.handshake, "it listens without TLS on \(endpoint), which others can reach. Let it listen on a unix socket or on 127.0.0.1")
            }
            return (endpoint, .plaintext)
        }
    }

    /// Some plugins print the line a moment before they listen.
    private func connect(_ endpoint: Endpoint, _ security: ConnectionSecurity) async throws -> ClientConnection {
        while true {
            do {
                return try await ClientConnection.connect(
                    to: endpoint, security: security, on: environment.eventLoopGroup, limits: environment.rpcLimits,
                    metrics: environment.metrics)
            } catch let failure as ConnectionError where failure.code == .unreachable {
                try await environment.clock.sleep(environment.limits.connectPause)
            } catch let failure as ConnectionError {
                throw error(.connection, "no connection to \(endpoint): \(failure.message)", cause: failure)
            }
        }
    }

    private func check(_ connection: ClientConnection) async throws {
        do {
            let answer = try await connection.unary(
                HealthMethods.check, .with { $0.service = "plugin" }, options: CallOptions(timeout: environment.limits.checkTime))
            guard answer.status == .serving else {
                throw error(.unhealthy, "it says that it does not serve (\(answer.status))\(output.lastWords)")
            }
        } catch let failure as RPCError {
            // Plugins without go-plugin's library may have no health service, or not under this name.
            guard [.unimplemented, .notFound].contains(failure.code) else {
                throw error(.unhealthy, "its health check failed: \(failure)\(output.lastWords)", cause: failure)
            }
        }
    }

    private func initialize(_ connection: ClientConnection) async throws {
        do {
            let answer = try await connection.unary(
                methods.initialize, .with { $0.config = specification.config },
                options: CallOptions(timeout: environment.limits.initializeTime))
            guard answer.success else {
                let words = answer.error.isEmpty ? "without a reason\(output.lastWords)" : answer.error.quoted
                throw error(.initialize, "it refuses its configuration: \(words)")
            }
        } catch let failure as RPCError where failure.code == .unimplemented {
            throw error(
                .initialize, "it does not serve \(methods.initialize.service), so it is no \(specification.kind.rawValue). Correct the type in its manifest or entry",
                cause: failure)
        } catch let failure as RPCError {
            throw error(.initialize, "Initialize failed: \(failure)\(output.lastWords)", cause: failure)
        }
    }

    private func error(_ code: PluginError.Code, _ problem: String, cause: (any Error)? = nil) -> PluginError {
        PluginError(code, plugin: replica, problem, cause: cause)
    }
}
