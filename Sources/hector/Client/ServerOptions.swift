import ArgumentParser
import FoundationEssentials
import HectorCore
import NIOSSL

/// Which server to speak with.
struct ServerOptions: ParsableArguments {
    @Option(help: ArgumentHelp(
        "Where `hector serve` listens. Else HECTOR_SERVER, else http://127.0.0.1:8080. Its token is read from HECTOR_TOKEN.",
        valueName: "url"
    ))
    var server: String?

    @Option(help: ArgumentHelp(
        "Trust the authorities in this PEM file, and no others, for an https:// server. Else HECTOR_CA, else those of the system.",
        valueName: "file"
    ))
    var ca: String?

    func client() throws -> HectorClient {
        let environment = environmentVariables()
        let address = server ?? environment["HECTOR_SERVER"].flatMap { $0.isEmpty ? nil : $0 } ?? "http://127.0.0.1:8080"
        guard let url = URL(string: address), ["http", "https"].contains(url.scheme), url.host()?.isEmpty == false else {
            let place = server == nil ? "HECTOR_SERVER: " : ""
            throw ValidationError("\(place)\"\(address)\" is not the address of a server; one looks like http://127.0.0.1:8080.")
        }
        return HectorClient(
            server: String(address.reversed().drop { $0 == "/" }.reversed()),
            token: environment["HECTOR_TOKEN"].flatMap { $0.isEmpty ? nil : $0 },
            authorities: try authorities(environment["HECTOR_CA"].flatMap { $0.isEmpty ? nil : $0 })
        )
    }

    private func authorities(_ variable: String?) throws -> [NIOSSLCertificate]? {
        guard let path = ca ?? variable else { return nil }
        let place = ca == nil ? "HECTOR_CA" : "--ca"
        guard let certificates = try? NIOSSLCertificate.fromPEMFile(path), !certificates.isEmpty else {
            throw ValidationError("\(place): \"\(path)\" is not a PEM file with certificates.")
        }
        return certificates
    }
}
