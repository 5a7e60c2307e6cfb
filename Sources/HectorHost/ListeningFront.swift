internal import HectorAPI
package import HectorCore
internal import Logging
internal import ServiceLifecycle

/// The HTTP front at one address of the configuration.
struct ListeningFront: Service {
    private let key: String
    private let address: HostPort
    private let service: any Service
    private let isListening = Signal<Void>()

    /// - Parameters:
    ///   - key: The key of the configuration that has the address.
    ///   - listening: Told once the port is bound: host and port.
    init(
        _ api: HectorAPI, _ offering: HectorAPI.Offering, at address: HostPort, key: String, tls: FrontTLS?, log: Logger,
        listening: @escaping @Sendable (String, Int) async -> Void
    ) throws {
        self.key = key
        self.address = address
        service = try api.service(offering, host: address.host, port: Int(address.port), tls: tls, logger: log) { [isListening] host, port in
            isListening.set()
            await listening(host, port)
        }
    }

    func run() async throws {
        do {
            try await service.run()
        } catch where !isListening.isSet {
            throw CannotListen(key: key, address: address, cause: error)
        }
    }
}

/// An address that the front cannot listen on.
package struct CannotListen: Error {
    /// The key of the configuration that has it, for example `server.listen`.
    package let key: String
    package let address: HostPort
    package let cause: any Error
}
