internal import HectorCore
package import HectorRPC

/// Who a member of a mesh is, as its certificate says: `spiffe://MESH/host/NAME` or `spiffe://MESH/agent/ID`.
package struct MeshIdentity: Sendable, Hashable, CustomStringConvertible {
    package enum Role: String, Sendable {
        /// Runs `hector serve`: calls plugins.
        case host
        /// Runs `hector-plugin-agent`: offers plugins.
        case node = "agent"
    }

    package var mesh: String
    package var role: Role
    /// The host's name or the node's id. A DNS label like the mesh's name: names of both stand in certificates.
    package var name: String

    package init(mesh: String, role: Role, name: String) {
        self.mesh = mesh
        self.role = role
        self.name = name
    }

    package var description: String { "spiffe://\(mesh)/\(role.rawValue)/\(name)" }

    /// Reads the identity out of a certificate, which must carry exactly one URI name.
    package init(_ certificate: PeerCertificate) throws(TrustError) {
        guard certificate.uris.count == 1 else {
            throw TrustError(
                .noIdentity,
                "the certificate has \(certificate.uris.count) URI names; a mesh certificate has exactly one, spiffe://MESH/host/NAME or spiffe://MESH/agent/ID")
        }
        try self.init(uri: certificate.uris[0])
    }

    package init(uri: String) throws(TrustError) {
        let error = TrustError(
            .noIdentity, "\(quoted(uri)) is not a mesh identity; expected spiffe://MESH/host/NAME or spiffe://MESH/agent/ID, each name 1 to 63 lower-case letters, digits and inner hyphens")
        let prefix = "spiffe://"
        guard uri.hasPrefix(prefix), uri.utf8.count <= 512 else { throw error }
        let parts = uri.dropFirst(prefix.count).split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 3, let role = Role(rawValue: String(parts[1])),
            Label.isID(parts[0]), Label.isID(parts[2])
        else { throw error }
        self.init(mesh: String(parts[0]), role: role, name: String(parts[2]))
    }
}

/// Why a peer is not believed, though its certificate is right as such.
package struct TrustError: Error, Sendable, CustomStringConvertible {
    package enum Code: Sendable {
        /// The certificate says no mesh identity.
        case noIdentity
        /// It belongs to another mesh.
        case otherMesh
        /// It belongs to a member that may not do this.
        case wrongRole
        /// It belongs to another node than the one dialled.
        case otherNode
    }

    package var code: Code
    package var message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// What a person can do about it.
    package var advice: String {
        switch code {
        case .otherMesh: "issue its certificate for this mesh, or correct the address"
        case .wrongRole: "hector serve needs the certificate of a host (spiffe://MESH/host/NAME), hector-plugin-agent that of a node (spiffe://MESH/agent/ID)"
        case .otherNode: "give every node its own id, or wait until the old record expires"
        case .noIdentity: "make its certificate with certs/make-dev-certs, or as described in certs/README.md"
        }
    }

    /// What is wrong and what to do, in one line.
    package var description: String { "\(message); \(advice)" }
}
