internal import HectorCore
package import HectorRPC

/// The certificate that a member of a mesh presents, and the peers that it trusts.
package struct MeshCredentials: Sendable, Equatable {
    package let identity: MeshIdentity
    /// Our own certificate.
    package let certificate: PeerCertificate
    private let tls: TLSIdentity
    private let authorities: String

    /// Reads the PEM files of a member.
    ///
    /// - Throws: `UnusableCertificates` with everything that is wrong.
    package init(mesh: String, role: MeshIdentity.Role, ca: String, certificate: String, key: String) throws {
        try self.init(CertificateFiles(mesh: mesh, role: role, ca: ca, certificate: certificate, key: key, now: nil))
    }

    init(_ files: CertificateFiles) throws {
        guard files.report.problems.isEmpty, let identity = files.identity, let tls = files.tls, let authorities = files.authorities,
            let leaf = files.leaf
        else { throw UnusableCertificates(problems: files.report.problems) }
        (self.identity, self.tls, self.authorities, certificate) = (identity, tls, authorities, leaf)
    }

    /// Looks at the PEM files of a member as a program does that starts with them.
    ///
    /// - Parameter now: Seconds since 1970.
    package static func check(
        mesh: String, role: MeshIdentity.Role, ca: String, certificate: String, key: String, now: Int64
    ) -> CertificateReport {
        CertificateFiles(mesh: mesh, role: role, ca: ca, certificate: certificate, key: key, now: now).report
    }

    /// TLS of a host that dials a node.
    ///
    /// - Parameter nodeID: The node that is dialled; nil for a static endpoint, whose certificate says who it is.
    package func dialling(nodeID: String?) -> TLSConfiguration {
        let mesh = identity.mesh
        return TLSConfiguration(
            identity: tls, trust: .authorities(pem: authorities),
            // A name that the certificate of the dialled node carries; who it is, is decided by its URI name.
            serverName: nodeID.map { "\($0).agents.\(mesh).hector.internal" }
        ) { peer in
            let found = try MeshIdentity(peer)
            try Self.expect(found, .node, of: mesh)
            if let nodeID, found.name != nodeID {
                throw TrustError(.otherNode, "the peer is \(found), not the node '\(nodeID)' that was announced here")
            }
        }
    }

    /// TLS of a node that hosts dial.
    package func serving() -> TLSConfiguration {
        let mesh = identity.mesh
        return TLSConfiguration(identity: tls, trust: .authorities(pem: authorities)) { peer in
            try Self.expect(MeshIdentity(peer), .host, of: mesh)
        }
    }

    /// Whether a node's certificate lets it serve a plugin: `NAME.plugins.MESH.hector.internal`, or `*` for any.
    package static func allows(_ certificate: PeerCertificate, plugin: String, mesh: String) -> Bool {
        let suffix = ".plugins.\(mesh).hector.internal"
        return certificate.dnsNames.contains { $0 == plugin + suffix || $0 == "*" + suffix }
    }

    /// Whether a node's certificate lets it serve any plugin.
    package static func allowsAnyPlugin(_ certificate: PeerCertificate, mesh: String) -> Bool { allows(certificate, plugin: "*", mesh: mesh) }

    /// The plugins that a node's certificate names.
    package static func plugins(named certificate: PeerCertificate, mesh: String) -> [String] {
        let suffix = ".plugins.\(mesh).hector.internal"
        return certificate.dnsNames.filter { $0.hasSuffix(suffix) }.map { String($0.dropLast(suffix.count)) }.filter(Label.isValid)
    }

    private static func expect(_ found: MeshIdentity, _ role: MeshIdentity.Role, of mesh: String) throws(TrustError) {
        guard found.mesh == mesh else {
            throw TrustError(.otherMesh, "the peer is \(found), which is not in the mesh '\(mesh)'")
        }
        guard found.role == role else {
            throw TrustError(.wrongRole, "the peer is \(found): only a \(role == .node ? "node" : "host") is accepted here")
        }
    }
}
