// The interop peer on our runtime; Tests/InteropTests/matrix/README.md says how it is called and what it answers.
import Foundation
import HectorRPC
import HectorTrust
import Logging
import NIOPosix

func usage() -> Never {
    print("usage: interop-peer server ADDRESS CERTS|- | client TARGET CERTS|- CASE...")
    exit(2)
}

/// Past stdio: flushing it would wait for whoever reads the input.
func say(_ line: String) { FileHandle.standardOutput.write(Data("\(line)\n".utf8)) }

let arguments = Array(CommandLine.arguments.dropFirst())
guard arguments.count >= 3 else { usage() }
let address = arguments[1]
let certificates = arguments[2]

let endpoint: Endpoint
if address.hasPrefix("unix:") {
    endpoint = .unix(path: String(address.dropFirst("unix:".count)))
} else {
    let parts = address.split(separator: ":")
    guard parts.count == 2, let port = UInt16(parts[1]) else { usage() }
    endpoint = .tcp(host: String(parts[0]), port: port)
}

func credentials(_ role: MeshIdentity.Role, _ name: String) throws -> MeshCredentials {
    try MeshCredentials(
        mesh: "demo", role: role, ca: "\(certificates)/ca.pem",
        certificate: "\(certificates)/\(name).pem", key: "\(certificates)/\(name).key")
}

switch arguments[0] {
case "server":
    let security: ConnectionSecurity = try certificates == "-" ? .plaintext : .mutualTLS(credentials(.node, "agent-a1").serving())
    var services = RPCServices()
    TestService.register(in: &services)
    let server = try RPCServer(
        endpoint, security: security, services: services, on: MultiThreadedEventLoopGroup.singleton,
        random: { Double.random(in: $0) }, log: Logger(label: "interop-peer", factory: { StreamLogHandler.standardError(label: $0) }))
    try await withThrowingDiscardingTaskGroup { group in
        group.addTask { try await server.run { say("READY \($0)") } }
        try await NIOThreadPool.singleton.runIfActive {
            while !FileHandle.standardInput.availableData.isEmpty {}
        }
        server.shutDown(grace: .milliseconds(500))
    }
case "client":
    let security: ConnectionSecurity =
        try certificates == "-" ? .plaintext : .mutualTLS(credentials(.host, "host-dev").dialling(nodeID: "a1"))
    let connection = try await ClientConnection.connect(to: endpoint, security: security, on: MultiThreadedEventLoopGroup.singleton)
    let cases = TestCases(connection: connection)
    for name in arguments.dropFirst(3) { say("\(name) \(await cases.result(of: name))") }
    await connection.close()
default:
    usage()
}
