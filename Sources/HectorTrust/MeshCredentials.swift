internal import Foundation
package import HectorRPC

/// What a member of a mesh shows and whom it believes.
package struct MeshCredentials: Sendable, Equatable {
    package let identity: MeshIdentity
    /// When our own certificate ends, in seconds since 1970.
    package let expiry: Int64
    private let tls: TLSIdentity
    private let authorities: String

    /// Reads the PEM files of a member.
    ///
    /// - Throws: `TrustError` naming the file, or `TLSError`.
    package init(mesh: String, role: MeshIdentity.Role, ca: String, certificate: String, key: String) throws {
        authorities = try Self.read(ca)
        tls = TLSIdentity(certificatePEM: try Self.read(certificate), privateKeyPEM: try Self.read(key))
        let leaf = try PeerCertificate(pem: tls.certificatePEM)
        expiry = leaf.notAfter
        do {
            identity = try MeshIdentity(leaf)
        } catch {
            throw TrustError(error.code, "\(certificate): \(error.message)")
        }
        guard identity.mesh == mesh else {
            throw TrustError(
                .otherMesh, "\(certificate) is of the mesh '\(identity.mesh)', the configuration says '\(mesh)': set mesh.name or use the right certificate")
        }
        guard identity.role == role else {
            throw TrustError(
                .wrongRole, "\(certificate) is \(identity), but this program needs spiffe://\(mesh)/\(role.rawValue)/…")
        }
        try serving().check()
    }

    /// TLS of a host that dials an agent.
    ///
    /// - Parameter agentID: The agent that is dialled; nil for a static endpoint, whose certificate says who it is.
    package func dialling(agentID: String?) -> TLSConfiguration {
        let mesh = identity.mesh
        return TLSConfiguration(
            identity: tls, trust: .authorities(pem: authorities),
            // A name that the certificate of the dialled agent carries; who it is, is decided by its URI name.
            serverName: agentID.map { "\($0).agents.\(mesh).hector.internal" }
        ) { peer in
            let found = try MeshIdentity(peer)
            try Self.expect(found, .agent, of: mesh)
            if let agentID, found.name != agentID {
                throw TrustError(.otherAgent, "the peer is \(found), not the agent '\(agentID)' that was announced here")
            }
        }
    }

    /// TLS of an agent that hosts dial.
    package func serving() -> TLSConfiguration {
        let mesh = identity.mesh
        return TLSConfiguration(identity: tls, trust: .authorities(pem: authorities)) { peer in
            try Self.expect(MeshIdentity(peer), .host, of: mesh)
        }
    }

    /// Whether an agent's certificate lets it serve a plugin: `NAME.plugins.MESH.hector.internal`, or `*` for any.
    package static func allows(_ certificate: PeerCertificate, plugin: String, mesh: String) -> Bool {
        let suffix = ".plugins.\(mesh).hector.internal"
        return certificate.dnsNames.contains { $0 == plugin + suffix || $0 == "*" + suffix }
    }

    private static func expect(_ found: MeshIdentity, _ role: MeshIdentity.Role, of mesh: String) throws(TrustError) {
        guard found.mesh == mesh else {
            throw TrustError(.otherMesh, "the peer is \(found), of another mesh than '\(mesh)'")
        }
        guard found.role == role else {
            throw TrustError(.wrongRole, "the peer is \(found): only a \(role.rawValue) may do this")
        }
    }

    private static func read(_ path: String) throws(TrustError) -> String {
        do {
            let data = try Data(contentsOf: URL(fileURLWithPath: path))
            guard data.count <= 1 << 20 else { throw CocoaError(.fileReadTooLarge) }
            return String(decoding: data, as: UTF8.self)
        } catch {
            throw TrustError(.unreadable, "\(path) cannot be read: \(error.localizedDescription)")
        }
    }
}
