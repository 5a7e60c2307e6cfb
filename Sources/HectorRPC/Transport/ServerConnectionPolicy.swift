/// What a server expects of its connections, and how long it holds them (gRFC A8 and A9). The defaults are gRPC's.
package struct ServerConnectionPolicy: Sendable {
    /// Pings at shorter intervals count as too many, unless a response was sent in between.
    package var minimumPingInterval: Duration = .seconds(300)
    /// Whether clients may ping at that pace while they have no call; if not, every two hours.
    package var permitsPingsWithoutCalls = false
    /// Age at which a connection is drained, ±10 % so that many do not end at once; nil: none. It lets clients of a name
    /// with several addresses spread anew.
    package var maximumAge: Duration?
    /// Time that calls have to end when the connection is too old; nil: all they want.
    package var maximumAgeGrace: Duration?
    /// Time without a call after which a connection is closed; nil: none. It may take a quarter longer.
    package var maximumIdle: Duration?

    package init() {}

    /// Between members of a mesh: what `KeepaliveConfiguration.mesh` does is allowed.
    package static let mesh: ServerConnectionPolicy = {
        var policy = ServerConnectionPolicy()
        policy.minimumPingInterval = .milliseconds(200)
        policy.permitsPingsWithoutCalls = true
        return policy
    }()
}
