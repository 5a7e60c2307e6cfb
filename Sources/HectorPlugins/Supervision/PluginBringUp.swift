internal import HectorCore
import HectorHandshake
import HectorProto
import HectorRPC
import Logging
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

    /// What came of it.
    struct Outcome: Sendable {
        var plugin: ReadyPlugin
        var dialer: PluginDialer
        /// What its first health call says against calling it now; nil: nothing.
        var complaint: String?
    }

    /// - Throws: `PluginError`, or `CancellationError`. No connection is left open.
    func run() async throws -> Outcome {
        let budget = StartBudget(specification.startTimeout, limits: environment.limits, timing: environment.timing)

        guard let first = try await environment.timing.limit(budget.forLine, { try await output.firstLine.wait() }) else {
            throw error(
                .startTimeout,
                "it printed no handshake line within \(budget.forLine.inSeconds). Run it by hand to see why. If it needs longer, load its model in Initialize, or raise its start_timeout")
        }
        guard let first else {
            if let trouble = output.trouble { throw error(.host, "its output cannot be read: \(trouble)") }
            throw error(.exited, "it closed its stdout without a handshake line\(output.lastWords)")
        }
        let line: HandshakeLine
        do {
            line = try HandshakeLine(parsing: first.text)
        } catch {
            throw self.error(.handshake, error.message, cause: error)
        }
        let (endpoint, security) = try security(for: line)
        let dialer = PluginDialer(endpoint: endpoint, security: security, environment: environment)
        let connection = try await connect(dialer, budget)
        let capabilities: [String: String]
        let offers: OfferList?
        let complaint: String?
        do {
            try await check(connection, budget)
            try await initialize(connection, budget)
            capabilities = await self.capabilities(connection, budget)
            offers = await self.offers(connection, budget)
            complaint = await self.complaint(connection, budget)
        } catch {
            await connection.close()
            throw error
        }
        let plugin = ReadyPlugin(
            connection: connection, pid: child.pid, endpoint: endpoint, isSecure: dialer.isSecure, protocolVersion: line.appVersion,
            capabilities: capabilities, offers: offers?.offers)
        return Outcome(plugin: plugin, dialer: dialer, complaint: complaint)
    }

    private func security(for line: HandshakeLine) throws(PluginError) -> (Endpoint, ConnectionSecurity) {
        let endpoint: Endpoint
        let isLocal: Bool
        switch line.address {
        case .unix(let path): (endpoint, isLocal) = (.unix(path: path), true)
        case .tcp(let address): (endpoint, isLocal) = (.tcp(address), address.isLoopback)
        }
        switch (identity, line.certificateDER) {
        case (let identity?, let certificate?):
            return (
                endpoint,
                .mutualTLS(TLSConfiguration(identity: identity, trust: .exactly(der: certificate), serverName: "localhost"))
            )
        case (nil, .some):
            throw error(.handshake, "it requires AutoMTLS, which is off. Set auto_mtls to offered or required")
        case (.some, nil) where specification.autoMTLS == .required:
            throw error(.handshake, "it does not support AutoMTLS, which is required. Set auto_mtls to offered, or update the plugin")
        case (_, nil):
            guard isLocal else {
                throw error(.handshake, "it listens without TLS on \(endpoint), which others can reach. Make it listen on a unix socket or on 127.0.0.1")
            }
            return (endpoint, .plaintext)
        }
    }

    private func connect(_ dialer: PluginDialer, _ budget: StartBudget) async throws -> ClientConnection {
        do {
            return try await dialer.dial(within: budget.remaining)
        } catch let failure as PluginDialer.Failure {
            if let trouble = failure.trouble { throw error(.host, "no connection to \(dialer.endpoint): \(trouble)", cause: failure) }
            throw error(
                .startTimeout,
                "it does not respond on \(dialer.endpoint), the address in its handshake line, within \(budget.total.inSeconds)", cause: failure)
        } catch let failure as ConnectionError {
            throw error(.connection, "no connection to \(dialer.endpoint): \(failure.message)", cause: failure)
        }
    }

    private func check(_ connection: ClientConnection, _ budget: StartBudget) async throws {
        do {
            let answer = try await connection.unary(
                HealthMethods.check, .with { $0.service = "plugin" }, options: CallOptions(timeout: budget.remaining))
            guard answer.status == .serving else {
                throw error(.unhealthy, "its health check reports that it is not serving (\(answer.status))\(output.lastWords)")
            }
        } catch let failure as RPCError {
            if budget.isSpent { throw outOfTime("it did not answer its health check", budget, failure) }
            // Plugins without go-plugin's library may have no health service, or not under this name.
            guard [.unimplemented, .notFound].contains(failure.code) else {
                throw error(.unhealthy, "its health check failed: \(singleLine("\(failure)", limit: 500))\(output.lastWords)", cause: failure)
            }
        }
    }

    private func initialize(_ connection: ClientConnection, _ budget: StartBudget) async throws {
        do {
            let answer = try await connection.unary(
                methods.initialize, .with { $0.config = specification.config }, options: CallOptions(timeout: budget.remaining))
            guard answer.success else {
                let words = answer.error.isEmpty ? "without a reason\(output.lastWords)" : quoted(answer.error)
                throw error(.initialize, "it rejected its configuration: \(words)")
            }
        } catch let failure as RPCError where failure.code == .unimplemented {
            throw error(
                .initialize, "it does not serve \(methods.initialize.service), so it is not \(specification.kind.withArticle). Correct the type in its manifest or entry",
                cause: failure)
        } catch let failure as RPCError {
            if budget.isSpent { throw outOfTime("Initialize did not finish", budget, failure) }
            throw error(.initialize, "Initialize failed: \(singleLine("\(failure)", limit: 500))\(output.lastWords)", cause: failure)
        }
    }

    private func capabilities(_ connection: ClientConnection, _ budget: StartBudget) async -> [String: String] {
        await specification.capabilities(connection, methods, within: min(Self.patience, budget.remaining))
    }

    /// A plugin that cannot serve yet, since what it needs is not up, is not called before it can. One that does not answer is judged by the
    /// health calls that follow.
    private func complaint(_ connection: ClientConnection, _ budget: StartBudget) async -> String? {
        let options = CallOptions(timeout: min(Self.patience, budget.remaining))
        guard let health = try? await connection.unary(methods.health, HealthRequest(), options: options), !health.healthy else { return nil }
        return singleLine(health.message)
    }

    /// What the plugin offers now; nil for one that does not say, as plugins that offer themselves alone.
    private func offers(_ connection: ClientConnection, _ budget: StartBudget) async -> OfferList? {
        let options = CallOptions(timeout: min(Self.patience, budget.remaining), isBackground: true)
        do {
            return try await connection.serverStreaming(OffersMethods.watch, WatchOffersRequest(), options: options) { sets in
                for try await set in sets { return OfferList(set, limits: environment.limits) }
                return nil
            }
        } catch let failure as RPCError where failure.code == .unimplemented {
            return nil
        } catch {
            output.log.add("its offers cannot be read, so it gets calls under its own name only: \(singleLine("\(error)", limit: 500))", level: .warning)
            return nil
        }
    }

    /// Most plugins answer at once; the others are not held up.
    private static let patience = Duration.seconds(3)

    private func outOfTime(_ what: String, _ budget: StartBudget, _ cause: RPCError) -> PluginError {
        error(
            .startTimeout, "\(what): it was not ready \(budget.total.inSeconds) after its start\(output.lastWords). Raise its start_timeout if it needs longer",
            cause: cause)
    }

    private func error(_ code: PluginError.Code, _ problem: String, cause: (any Error)? = nil) -> PluginError {
        PluginError(code, plugin: replica, problem, cause: cause)
    }
}

extension PluginSpecification {
    /// What the program says of itself, over what its manifest says: it may be of another version, or have no manifest file. A
    /// plugin that does not say can do what its manifest says.
    func capabilities(_ connection: ClientConnection, _ methods: ProviderMethods, within timeout: Duration) async -> [String: String] {
        let declared = manifest?.capabilities ?? [:]
        guard let told = try? await connection.unary(methods.getManifest, ManifestRequest(), options: CallOptions(timeout: timeout)).capabilities else {
            return declared
        }
        return declared.merging(told) { _, told in told }
    }
}
