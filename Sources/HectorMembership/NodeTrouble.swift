internal import HectorRPC
internal import HectorTrust

/// Why a node is not connected, and what a person can do about it.
struct NodeTrouble: Sendable, Equatable, CustomStringConvertible {
    /// How much it says of what is wrong, where several addresses failed in different ways.
    enum Kind: Int, Comparable, Sendable {
        /// No response, or no such address.
        case silent
        /// The machine responds, but nothing listens on the port.
        case refused
        /// Something listens that does not speak the protocol of a node.
        case stranger
        /// The peer closed the connection; it may not trust us.
        case closed
        /// The peer speaks the protocol of a node, but we do not trust it.
        case distrusted

        static func < (a: Kind, b: Kind) -> Bool { a.rawValue < b.rawValue }
    }

    let kind: Kind
    /// What happened and what to do, in one line.
    let description: String

    /// The failure of one dial, of all addresses together.
    init(_ error: any Error) {
        guard let race = error as? AddressRaceError else {
            self.init(lost: error)
            return
        }
        let troubles = race.failures.map { NodeTrouble($0.error, at: "\($0.endpoint)") }
        // Of equals the first one, whose address is the likeliest.
        var worst = troubles.first ?? NodeTrouble(.silent, "it has no known address", "wait, or add it to mesh.sources.static")
        for trouble in troubles where trouble.kind > worst.kind { worst = trouble }
        self = worst
    }

    /// A connection that stood is gone.
    init(lost error: any Error) {
        let connection = error as? ConnectionError ?? (error as? RPCError)?.cause as? ConnectionError
        switch connection?.code {
        case .unresponsive, .unreachable:
            self.init(.silent, "it no longer responds", "check that the machine is on and the network is up")
        case .closedByPeer:
            self.init(.closed, connection?.message ?? "", "was it stopped? See its log")
        default:
            self.init(.closed, connection?.message ?? (error as? RPCError)?.message ?? "\(error)", "see its log")
        }
    }

    private init(_ error: any Error, at place: String) {
        guard let error = error as? ConnectionError else {
            self.init(.silent, "\(place): \(error)", "see its log")
            return
        }
        switch (error.cause, error.code) {
        case (let trust as TrustError, _): self.init(trust, at: place)
        case (let tls as TLSError, _): self.init(tls, at: place)
        case (.some, .unreachable): self.init(error.unreachable, error.message)
        case (nil, .unreachable):
            self.init(
                .stranger, "\(place) accepts connections, but \(error.message)",
                "is it a hector-plugin-agent, and is it neither hung nor suspended?")
        case (_, .protocolViolation): self.init(.stranger, "\(place): \(error.message)", Self.otherProgram)
        case (_, .closedByPeer):
            self.init(
                .closed, "\(place): \(error.message)",
                "see the node's log; its mesh.tls.ca must contain the authority that signed our certificate, and our certificate must not have expired")
        default: self.init(.closed, "\(place): \(error.message)", "see its log")
        }
    }

    private init(_ reason: ConnectionError.Unreachable?, _ message: String) {
        switch reason {
        case .refused:
            self.init(.refused, message, "nothing listens there: start hector-plugin-agent on that machine, or correct the address")
        case .noSuchHost:
            self.init(.silent, message, "correct the name in mesh.sources.static (or in that machine's agent.advertise), or add it to DNS")
        case .ownLack:
            self.init(.silent, message, "this machine has no resources left for a connection: raise the limit of open files (ulimit -n), or free memory")
        case .notPermitted:
            self.init(.silent, message, "the system does not allow this program to connect there: check its sandbox and the firewall")
        case .timedOut, .noRoute, .inUse, .notHere, .other, nil:
            self.init(.silent, message, "check that the machine is on and that no firewall blocks the port")
        }
    }

    private init(_ error: TrustError, at place: String) {
        self.init(.distrusted, "\(place): \(error.message)", error.advice)
    }

    private init(_ error: TLSError, at place: String) {
        switch error.code {
        case .noHTTP2, .protocolViolation, .unsupportedVersion:
            self.init(.stranger, "\(place): \(error.message)", Self.otherProgram)
        case .untrusted, .badConfiguration:
            // Whose certificate it is, and what to do about it, the error knows.
            self.init(.distrusted, "\(place): \(error.message)", error.advice ?? "check the files of mesh.tls on both machines")
        }
    }

    private init(_ kind: Kind, _ what: String, _ advice: String) {
        self.kind = kind
        description = "\(what); \(advice)"
    }

    private static let otherProgram = "a program other than hector-plugin-agent listens there: correct the address"
}
