internal import HectorCore
package import HectorConfig
internal import HectorPlugins
internal import HectorTrust

/// What is wrong with a configuration that reads well, found by loading all that `hector serve` loads. Starts nothing.
package struct HostCheck: Sendable {
    /// Why `hector serve` would not start, one line each.
    package var problems: [String] = []
    /// What a person should know and what stops nothing, one line each.
    package var warnings: [String] = []
    /// How many there are.
    package var agents = 0
    package var plugins = 0

    /// A configuration that cannot even be read.
    package init(problems: [String]) {
        self.problems = problems
    }

    /// - Parameter now: Seconds since 1970.
    package init(_ configuration: HostConfiguration, environment: [String: String], now: Int64) {
        let setup = PluginSetup(configuration.plugins, environment: environment)
        problems = setup.problems.map(\.message)
        warnings = setup.warnings + configuration.unused.map(\.diagnostic).map { "\($0)" } + configuration.unencrypted
        agents = configuration.agents.count
        plugins = setup.plugins.count

        let missing = configuration.missingPlugins(discovered: setup.plugins.map(\.key))
        warnings += missing.warnings.map { "\($0)" }
        problems += missing.problems.map { "\($0)" }
        checkCertificates(configuration.mesh, now: now)
        guard let tls = configuration.server.tls else { return }
        add(ServerCertificate.check(certificate: tls.certificate, key: tls.key, now: now))
    }

    private mutating func checkCertificates(_ mesh: HostConfiguration.Mesh, now: Int64) {
        guard mesh.hasRemoteSources, let tls = mesh.tls else { return }
        add(MeshCredentials.check(mesh: mesh.name, role: .host, ca: tls.ca, certificate: tls.certificate, key: tls.key, now: now))
    }

    private mutating func add(_ report: CertificateReport) {
        problems += report.problems.map(\.description)
        warnings += report.warnings.map(\.description)
    }
}
