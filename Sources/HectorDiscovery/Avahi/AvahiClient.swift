import CAvahi

/// A failure that libavahi reports.
struct AvahiError: Error, Equatable {
    let code: Int32

    static let collision = AvahiError(code: Int32(AVAHI_ERR_COLLISION))

    /// Throws when a call returned a negative number.
    static func check(_ status: Int32) throws(AvahiError) {
        if status < 0 { throw AvahiError(code: status) }
    }

    /// What people are told; `consequence` is what does not work meanwhile and what helps instead.
    func told(_ consequence: String) -> DiscoveryError {
        let cause = String(cString: avahi_strerror(code))
        return switch Int(code) {
        // What libavahi says of a missing bus, too.
        case AVAHI_ERR_NO_DAEMON:
            DiscoveryError(
                .noDaemon, "avahi-daemon is not running on this machine, so \(consequence); install and start dbus and avahi-daemon",
                cause: cause)
        case AVAHI_ERR_COLLISION:
            DiscoveryError(.nameTaken, "every name tried is taken on this network, so \(consequence)", cause: cause)
        default:
            DiscoveryError(.daemonFailed, "avahi-daemon failed, so \(consequence); trying again", cause: cause)
        }
    }
}

/// One connection to the local avahi-daemon, until it fails. Browsers and entry groups are made with it
/// and freed with it: each of them holds on to it, so it goes last. Belongs to one actor on `AvahiLoop`.
///
/// Freeing it first cuts the bus, which makes the daemon say goodbye for what was published. Freeing the
/// parts one by one instead would wait for the daemon each time.
final class AvahiClient {
    enum Event: Sendable {
        /// The daemon is ready; comes again when the host's name has changed.
        case running
        /// The host's name is being changed: what is published must wait for `running`.
        case renaming
        /// The last event: the client is of no more use.
        case failed(AvahiError)
    }

    /// What happens to the connection; more than a few unread events say nothing new.
    let events: AsyncStream<Event>
    private let continuation: AsyncStream<Event>.Continuation
    private var client: OpaquePointer?

    /// Throws when the bus or the daemon is not there. May wait for 25 s for one that hangs.
    init() throws(AvahiError) {
        (events, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(4))
        var error: Int32 = 0
        // Without AVAHI_CLIENT_NO_FAIL: with it, a client made while the daemon hangs waits for ever.
        client = avahi_client_new(AvahiLoop.shared.poll, AvahiClientFlags(0), { client, state, context in
            // Runs inside avahi_client_new too, before `self.client` is set.
            unwrap(context, as: AvahiClient.self).stateChanged(state, client)
        }, Unmanaged.passUnretained(self).toOpaque(), &error)
        guard client != nil else { throw AvahiError(code: error) }
    }

    deinit {
        if let client { avahi_client_free(client) }
    }

    /// For the calls that take it; valid as long as this object lives.
    var pointer: OpaquePointer? { client }

    /// What the last call on this client that returned nothing died of.
    var lastError: AvahiError { AvahiError(code: avahi_client_errno(client)) }

    /// Gives the client up, as when the daemon had failed.
    func fail(_ error: AvahiError) {
        continuation.yield(.failed(error))
        continuation.finish()
    }

    private func stateChanged(_ state: AvahiClientState, _ client: OpaquePointer?) {
        switch state {
        case AVAHI_CLIENT_S_RUNNING: continuation.yield(.running)
        case AVAHI_CLIENT_S_REGISTERING, AVAHI_CLIENT_S_COLLISION: continuation.yield(.renaming)
        case AVAHI_CLIENT_FAILURE: fail(AvahiError(code: avahi_client_errno(client)))
        default: break
        }
    }
}

// Anonymous C enums, imported as Int, where the functions take CInt.
let anyInterface = AvahiIfIndex(AVAHI_IF_UNSPEC)
let anyProtocol = AvahiProtocol(AVAHI_PROTO_UNSPEC)
/// Service type of nodes.
let serviceType = "_hector-plugin._tcp"
/// Domain of mDNS: nothing is asked of or told to wide-area servers.
let serviceDomain = "local"
