import CAvahi

/// Records that are published and withdrawn together. Belongs to one actor on `AvahiLoop`.
final class EntryGroup {
    enum Event {
        case established
        /// Another host has the name.
        case collision
    }

    private let client: AvahiClient
    private let handle: (Event) -> Void
    private var group: OpaquePointer?  // freed with the client

    init(_ client: AvahiClient, handle: @escaping (Event) -> Void) throws(AvahiError) {
        self.client = client
        self.handle = handle
        group = avahi_entry_group_new(client.pointer, { _, state, context in
            unwrap(context, as: EntryGroup.self).stateChanged(state)
        }, Unmanaged.passUnretained(self).toOpaque())
        guard group != nil else { throw client.lastError }
    }

    /// Adds the service. Throws `AVAHI_ERR_COLLISION` when this very host has one of that name.
    func add(name: String, port: UInt16, text: [[UInt8]]) throws(AvahiError) {
        try AvahiError.check(withStringList(text) {
            avahi_entry_group_add_service_strlst(
                group, anyInterface, anyProtocol, AvahiPublishFlags(0), name, serviceType, serviceDomain, nil, port, $0)
        })
    }

    /// Replaces the TXT record of the service, which stays published.
    func update(name: String, text: [[UInt8]]) throws(AvahiError) {
        try AvahiError.check(withStringList(text) {
            avahi_entry_group_update_service_txt_strlst(
                group, anyInterface, anyProtocol, AvahiPublishFlags(0), name, serviceType, serviceDomain, $0)
        })
    }

    /// Adds the service to those listed under the plugin's own name.
    func add(subtype plugin: String, of name: String) throws(AvahiError) {
        try AvahiError.check(avahi_entry_group_add_service_subtype(
            group, anyInterface, anyProtocol, AvahiPublishFlags(0), name, serviceType, serviceDomain,
            "_\(plugin)._sub.\(serviceType)"))
    }

    func commit() throws(AvahiError) { try AvahiError.check(avahi_entry_group_commit(group)) }

    /// Withdraws all and empties the group.
    func reset() throws(AvahiError) { try AvahiError.check(avahi_entry_group_reset(group)) }

    private func stateChanged(_ state: AvahiEntryGroupState) {
        switch state {
        case AVAHI_ENTRY_GROUP_ESTABLISHED: handle(.established)
        case AVAHI_ENTRY_GROUP_COLLISION: handle(.collision)
        case AVAHI_ENTRY_GROUP_FAILURE: client.fail(client.lastError)
        default: break
        }
    }
}

/// The next name to try after a collision: `a`, `a #2`, `a #3`.
func alternativeName(_ name: String) -> String {
    guard let next = avahi_alternative_service_name(name) else { return name }
    defer { avahi_free(next) }
    return String(cString: next)
}

/// Lends the strings as Avahi's list, which the calls that take it copy.
private func withStringList(
    _ strings: [[UInt8]], _ body: (UnsafeMutablePointer<AvahiStringList>?) -> Int32
) -> Int32 {
    // Backwards, because each is put in front.
    let list = strings.reversed().reduce(nil) { avahi_string_list_add_arbitrary($0, $1, $1.count) }
    defer { avahi_string_list_free(list) }
    return body(list)
}
