package import HectorConfig
internal import HectorTrust

extension HostConfiguration {
    /// What is wrong with this host's certificate files, and what will be soon, one sentence each; both empty without a mesh.
    /// For `hector config check`: with a problem this host does not start, or every agent will refuse it.
    ///
    /// - Parameter now: Seconds since 1970.
    package func certificateReport(now: Int64) -> (problems: [String], warnings: [String]) {
        guard mesh.hasRemoteSources, let tls = mesh.tls else { return ([], []) }
        let report = MeshCredentials.check(
            mesh: mesh.name, role: .host, ca: tls.ca, certificate: tls.certificate, key: tls.key, now: now)
        return (report.problems.map(\.description), report.warnings.map(\.description))
    }
}
