package import HectorCore

/// What a node says about itself to everybody on the network. Unproven: the certificate decides.
package struct NodeRecord: Equatable, Sendable {
    /// The node's stable id, as its certificate says it: a DNS label.
    package let id: String
    package let mesh: String
    package let name: String
    /// Names of the plugins it serves, for people who browse; perhaps not all of them.
    package let plugins: [String]
    /// Where hosts are to reach it, where that is not where its record came from.
    package let advertised: HostPort?
    /// Version of the node program.
    package let version: String
    /// Version of the protocol between host and node.
    package let proto: UInt16

    /// Throws `.invalid` unless `id` is a DNS label, the names are labels and the version is a short word.
    package init(
        id: String, mesh: String, name: String, plugins: [String], advertised: HostPort? = nil, version: String, proto: UInt16
    ) throws(DiscoveryError) {
        let id = id.lowercased()
        try Self.require(Label.isID(id), "id", "up to 63 of a-z 0-9 -, with - only inside")
        try Self.require(Label.isValid(mesh), "mesh", label)
        try Self.require(Label.isValid(name), "name", label)
        try Self.require(plugins.allSatisfy(Label.isValid), "plugins", label)
        if let advertised {
            try Self.require(
                !advertised.isThisMachine && advertised.description.utf8.count <= Self.addressBytes, "advertised address",
                "one that other machines can reach, of at most \(Self.addressBytes) bytes")
        }
        try Self.require(Self.isVersion(version), "version", "up to 48 of A-Z a-z 0-9 . + - _")
        self.id = id
        self.mesh = mesh
        self.name = name
        self.plugins = plugins
        self.advertised = advertised
        self.version = version
        self.proto = proto
    }

    /// So that it fits into one string of a TXT record (RFC 6763 §6.1) with its key.
    private static let addressBytes = 245

    /// The same node with these plugins; names that are no labels are left out.
    package func offering(_ plugins: [String]) -> NodeRecord { NodeRecord(self, plugins: plugins.filter(Label.isValid)) }

    private init(_ record: NodeRecord, plugins: [String]) {
        (id, mesh, name, version, proto) = (record.id, record.mesh, record.name, record.version, record.proto)
        (self.plugins, advertised) = (plugins, record.advertised)
    }

    /// The service instance name this node asks for.
    package var instanceName: String { Label.instance(node: name, id: id) }

    private static func require(_ holds: Bool, _ key: String, _ form: String) throws(DiscoveryError) {
        guard holds else { throw DiscoveryError(.invalid, "a node's \(key) must be \(form)") }
    }

    private static func isVersion(_ text: String) -> Bool {
        (1...48).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case 48...57, 65...90, 97...122: true
                default: ".+-_".utf8.contains(byte)
                }
            }
    }
}

private let label = "up to 62 of a-z 0-9 -, with - only inside"
