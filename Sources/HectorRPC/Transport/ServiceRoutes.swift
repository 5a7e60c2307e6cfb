/// Which calls are for other services than the server's own: what makes several hosts on one port.
package enum ServiceRoute: Sendable {
    /// Calls whose `:authority` names this host: in any case, with any port (RFC 9110 §4.2.3, RFC 3986 §3.2.2). An IPv6
    /// address stands in brackets.
    case authority(String)
    /// Calls with this metadata: the name in any case, the value to the letter. Of several values of a name one suffices.
    case metadata(String, String)
}

/// The services behind the routes of a server, ready to be looked up.
final class ServiceRoutes: Sendable {
    /// One of them, and its handlers.
    final class Services: Sendable {
        let services: RPCServices
        let handlers: HandlerTable
        fileprivate let routes: ServiceRoutes?

        fileprivate init(_ services: RPCServices, metrics: RPCMetrics?) {
            self.services = services
            handlers = HandlerTable(services, metrics: metrics)
            routes = ServiceRoutes(services.routes, metrics: metrics)
        }
    }

    private enum Condition {
        /// In small letters, without port.
        case host([UInt8])
        case metadata(name: [UInt8], value: [UInt8])
    }

    private let routes: [(condition: Condition, services: Services)]

    /// Nil where there is no route.
    init?(_ routes: [(ServiceRoute, RPCServices)], metrics: RPCMetrics?) {
        if routes.isEmpty { return nil }
        self.routes = routes.map { route, services in
            let condition: Condition =
                switch route {
                case .authority(let authority): .host(Array(authority.lowercased().utf8).withUnsafeBufferPointer { Array(Self.host($0)) })
                case .metadata(let name, let value): .metadata(name: Array(name.lowercased().utf8), value: Array(value.utf8))
                }
            return (condition, Services(services, metrics: metrics))
        }
    }

    /// The services of the first route that the request's head fits, or of a route of theirs; nil where it fits none.
    func find(_ head: HeaderFields) -> Services? {
        guard let found = routes.first(where: { Self.fits(head, $0.condition) })?.services else { return nil }
        return found.routes?.find(head) ?? found
    }

    private static func fits(_ head: HeaderFields, _ condition: Condition) -> Bool {
        switch condition {
        case .host(let wanted):
            func isWanted(_ authority: UnsafeBufferPointer<UInt8>) -> Bool { equalsInAnyCase(host(authority), wanted) }
            // A request that came by way of HTTP/1.1 may have Host in its place (RFC 9113 §8.3.1).
            return head.withValue(":authority", isWanted) ?? head.withValue("host", isWanted) ?? false
        case .metadata(let name, let value):
            var fits = false
            head.forEach { if $0.elementsEqual(name), $1.elementsEqual(value) { fits = true } }
            return fits
        }
    }

    /// An authority without its port.
    private static func host(_ authority: UnsafeBufferPointer<UInt8>) -> Slice<UnsafeBufferPointer<UInt8>> {
        let end =
            authority.first == UInt8(ascii: "[")
            ? authority.firstIndex(of: UInt8(ascii: "]")).map { $0 + 1 } : authority.firstIndex(of: UInt8(ascii: ":"))
        return authority[..<(end ?? authority.endIndex)]
    }

    private static func equalsInAnyCase(_ host: Slice<UnsafeBufferPointer<UInt8>>, _ wanted: [UInt8]) -> Bool {
        host.count == wanted.count
            && zip(host, wanted).allSatisfy { byte, wanted in
                let isCapital = (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
                return (isCapital ? byte | 0x20 : byte) == wanted
            }
    }
}
