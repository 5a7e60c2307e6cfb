import ArgumentParser
import FoundationEssentials
import HectorCore

/// Which server to speak with.
struct ServerOptions: ParsableArguments {
    @Option(help: ArgumentHelp(
        "Where `hector serve` listens. Else HECTOR_SERVER, else http://127.0.0.1:8080. Its token is read from HECTOR_TOKEN.",
        valueName: "url"
    ))
    var server: String?

    func client() throws -> HectorClient {
        let environment = environmentVariables()
        let address = server ?? environment["HECTOR_SERVER"].flatMap { $0.isEmpty ? nil : $0 } ?? "http://127.0.0.1:8080"
        guard let url = URL(string: address), ["http", "https"].contains(url.scheme), url.host()?.isEmpty == false else {
            let place = server == nil ? "HECTOR_SERVER: " : ""
            throw ValidationError("\(place)\"\(address)\" is not the address of a server; one looks like http://127.0.0.1:8080.")
        }
        return HectorClient(
            server: String(address.reversed().drop { $0 == "/" }.reversed()),
            token: environment["HECTOR_TOKEN"].flatMap { $0.isEmpty ? nil : $0 }
        )
    }
}
