import CAvahi
import Glibc
import HectorCore

/// Browses and resolves all nodes of the network. Belongs to one actor on `AvahiLoop`.
final class ServiceBrowser {
    enum Event {
        case seen(SightingTable.Instance)
        case resolved(SightingTable.Instance, HostPort, text: [[UInt8]])
        case unresolved(SightingTable.Instance)
        case lost(SightingTable.Instance)
        /// All that is known now has been reported.
        case settled
    }

    private let client: AvahiClient
    private let handle: (Event) -> Void
    // Kept while the instance is listed: they report changes as well. Freed with the client.
    private var resolvers: [SightingTable.Instance: OpaquePointer] = [:]

    init(_ client: AvahiClient, handle: @escaping (Event) -> Void) throws(AvahiError) {
        self.client = client
        self.handle = handle
        let browser = avahi_service_browser_new(
            client.pointer, anyInterface, anyProtocol, serviceType, serviceDomain, AvahiLookupFlags(0),
            { _, interface, family, event, name, _, _, _, context in
                // The strings are gone after the callback.
                let instance = name.map {
                    SightingTable.Instance(name: String(cString: $0), interface: interface, family: family)
                }
                unwrap(context, as: ServiceBrowser.self).browsed(event, instance)
            }, Unmanaged.passUnretained(self).toOpaque())
        guard browser != nil else { throw client.lastError }
    }

    /// Starts to resolve an instance that was seen.
    func resolve(_ instance: SightingTable.Instance) {
        guard resolvers[instance] == nil else { return }
        resolvers[instance] = avahi_service_resolver_new(
            client.pointer, instance.interface, instance.family, instance.name, serviceType, serviceDomain,
            anyProtocol, AvahiLookupFlags(0),
            { _, interface, family, event, name, _, _, _, address, port, text, _, context in
                guard let name else { return }
                let instance = SightingTable.Instance(
                    name: String(cString: name), interface: interface, family: family)
                let browser = unwrap(context, as: ServiceBrowser.self)
                if event == AVAHI_RESOLVER_FOUND, let address, port > 0 {
                    let endpoint = HostPort(host: numeric(address.pointee, interface), port: port)
                    browser.handle(.resolved(instance, endpoint, text: strings(text)))
                } else {
                    browser.handle(.unresolved(instance))
                }
            }, Unmanaged.passUnretained(self).toOpaque())
        if resolvers[instance] == nil { handle(.unresolved(instance)) }
    }

    private func browsed(_ event: AvahiBrowserEvent, _ instance: SightingTable.Instance?) {
        switch (event, instance) {
        case (AVAHI_BROWSER_NEW, let instance?): handle(.seen(instance))
        case (AVAHI_BROWSER_REMOVE, let instance?):
            if let resolver = resolvers.removeValue(forKey: instance) { avahi_service_resolver_free(resolver) }
            handle(.lost(instance))
        case (AVAHI_BROWSER_ALL_FOR_NOW, _): handle(.settled)
        case (AVAHI_BROWSER_FAILURE, _): client.fail(client.lastError)
        default: break
        }
    }
}

/// The address as text, with the interface as scope where it is link-local.
private func numeric(_ address: AvahiAddress, _ interface: Int32) -> String {
    var address = address
    let text = withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(AVAHI_ADDRESS_STR_MAX)) { buffer in
        avahi_address_snprint(buffer.baseAddress, buffer.count, &address).map { String(cString: $0) } ?? ""
    }
    return HostPort(host: text, port: 0).isLinkLocal && text.contains(":") ? "\(text)%\(interface)" : text
}

private func strings(_ list: UnsafeMutablePointer<AvahiStringList>?) -> [[UInt8]] {
    var result: [[UInt8]] = []
    var entry = list
    while let current = entry {
        // By these functions, as `text[1]` is imported as one byte.
        let bytes = UnsafeBufferPointer(start: avahi_string_list_get_text(current), count: avahi_string_list_get_size(current))
        result.append(Array(bytes))
        entry = avahi_string_list_get_next(current)
    }
    return result
}
