// An echo.Echo server on our runtime, by the rules of Tests/InteropTests/python/README.md.
//
//   echo-server unix:PATH
//   echo-server HOST:PORT CERTS [NAME]
//
// CERTS is what certs/make-dev-certs made, NAME the node that it serves as (default a1). Prints `READY TARGET`, and
// ends when its input ends. What it refuses is logged to standard error.
import Foundation
import HectorRPC
import HectorTrust
import Logging
import NIOPosix

func usage() -> Never {
    print("usage: echo-server unix:PATH | echo-server HOST:PORT CERTS [NAME]")
    exit(2)
}

let arguments = CommandLine.arguments.dropFirst()
guard let address = arguments.first else { usage() }

let endpoint: Endpoint
let security: ConnectionSecurity
if address.hasPrefix("unix:") {
    endpoint = .unix(path: String(address.dropFirst("unix:".count)))
    security = .plaintext
} else {
    let parts = address.split(separator: ":")
    guard parts.count == 2, let port = UInt16(parts[1]), let certificates = arguments.dropFirst().first else { usage() }
    endpoint = .tcp(host: String(parts[0]), port: port)
    let name = arguments.dropFirst(2).first ?? "a1"
    let credentials = try MeshCredentials(
        mesh: "demo", role: .node, ca: "\(certificates)/ca.pem",
        certificate: "\(certificates)/agent-\(name).pem", key: "\(certificates)/agent-\(name).key")
    security = .mutualTLS(credentials.serving())
}

var services = RPCServices()
EchoService().register(in: &services)
HealthService().register(in: &services)
let server = try RPCServer(
    endpoint, security: security, services: services, on: MultiThreadedEventLoopGroup.singleton, policy: .mesh,
    random: { Double.random(in: $0) }, log: Logger(label: "echo-server", factory: { StreamLogHandler.standardError(label: $0) }))

try await withThrowingDiscardingTaskGroup { group in
    group.addTask {
        try await server.run { bound in
            // Past stdio: flushing it would wait for whoever reads the input.
            FileHandle.standardOutput.write(Data("READY \(bound)\n".utf8))
        }
    }
    try await NIOThreadPool.singleton.runIfActive {
        while !FileHandle.standardInput.availableData.isEmpty {}
    }
    server.shutDown(grace: .milliseconds(500))
}
