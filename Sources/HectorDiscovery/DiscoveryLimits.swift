package import HectorCore

/// The bounds of this target. Everything that comes off the network is held against them.
package struct DiscoveryLimits: Sendable {
    /// Listings kept: one instance on one interface in one address family. avahi-daemon allows 1,024
    /// objects per client, and each listing holds one resolver.
    package var instances = 1_000
    /// Nodes that are remembered, announced or not; the one that has been unannounced for longest is forgotten first.
    package var nodes = 512
    /// Addresses remembered per node.
    package var endpointsPerNode = 16
    /// TXT bytes accepted: what fits into one multicast packet (RFC 6763 §6.2).
    package var textBytesAccepted = 1_300
    /// TXT bytes announced: "should" of RFC 6763 §6.2; plugins that do not fit are left out.
    package var textBytesAnnounced = 400
    /// Plugin subtypes announced: avahi-daemon allows 32 entries per group.
    package var subtypes = 31
    /// Renames after name collisions before the announcer starts over with its own name.
    package var renames = 16
    /// Between attempts to reach avahi-daemon; the longest is how late one that was just installed is noticed. It is this
    /// machine's own, so nothing is left to chance.
    package var retries = Backoff(first: .milliseconds(500), longest: .seconds(5), jitter: 1...1)
    /// Addresses that a name may stand for; each is dialled.
    package var addressesPerName = 32
    /// Time between two lookups of a name: the system's resolver does not say how long its answer counts.
    package var nameInterval = Duration.seconds(30)
    /// How long an address counts after the last answer that had it: four lookups.
    package var nameLifetime = Duration.seconds(120)
    /// How long the end of a source or an announcement waits for a daemon that hangs; its calls would take 25 s.
    package var patience = Duration.seconds(2)

    package init() {}
}
