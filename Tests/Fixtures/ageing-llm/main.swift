// A language model whose server ends each connection after AGEING_MILLISECONDS, as many servers do, and which says how
// often it was initialised. With AGEING_GRACE it cuts the calls that are under way then.
import Foundation
import HectorHandshake
import HectorProto
import HectorRPC
import Logging
import NIOPosix
import Synchronization

let variables = ProcessInfo.processInfo.environment
guard case .underHost(let settings) = PluginSide(environment: variables) else { exit(1) }
func time(_ name: String) -> Duration? { variables[name].flatMap { Int($0) }.map { .milliseconds($0) } }

let initialised = Atomic(0)
var services = RPCServices()
services.unary(LLMProviderMethods.generate) { request, _ in
    let words = (request.messages.last?.content ?? "").split(separator: " ")
    if words.first == "wait" { try await Task.sleep(for: .milliseconds(Int(words[1]) ?? 0)) }
    var answer = GenerateResponse()
    answer.text = "\(getpid()) \(initialised.load(ordering: .relaxed))"
    return answer
}
let common = LLMProviderMethods.common
services.unary(common.initialize) { _, _ in
    initialised.add(1, ordering: .relaxed)
    var answer = InitializeResponse()
    answer.success = true
    return answer
}
services.unary(common.health) { _, _ in
    var answer = HealthResponse()
    answer.healthy = true
    return answer
}
// As go-plugin's library does with what is printed after the handshake line.
services.serverStreaming(StdioMethods.streamStdio) { _, writer, _ in
    var data = Plugin_StdioData()
    data.channel = .stderr
    data.data = Data("Traceback (most recent call last):\n  File \"model.py\", line 1, in load\nValueError: redirected\n[DEBUG] all is well\n".utf8)
    try await writer.write(data)
    try await Task.sleep(for: .seconds(1_000))
}
services.unary(common.shutdown) { _, _ in ShutdownResponse() }
services.unary(ControllerMethods.shutdown) { _, _ in exit(0) }
HealthService(["plugin": .serving]).register(in: &services)

var security = ConnectionSecurity.plaintext
var certificate: [UInt8]?
if let pem = settings.clientCertificatePEM {
    let identity = try TLSIdentity.selfSigned(now: Int64(Date().timeIntervalSince1970))
    security = .mutualTLS(TLSConfiguration(identity: identity, trust: .exactly(der: try PeerCertificate(pem: pem).der)))
    certificate = try identity.leafDER()
}
var policy = ServerConnectionPolicy()
policy.maximumAge = time("AGEING_MILLISECONDS")
policy.maximumAgeGrace = time("AGEING_GRACE")
let path = settings.socketDirectory + "/ageing.sock"
let server = try RPCServer(
    .unix(path: path), security: security, services: services, on: MultiThreadedEventLoopGroup.singleton, policy: policy,
    random: { Double.random(in: $0) }, log: Logger(label: "ageing", factory: { StreamLogHandler.standardError(label: $0) }))
let line = HandshakeLine(appVersion: settings.appVersion, address: .unix(path: path), certificateDER: certificate)
try await server.run { _ in FileHandle.standardOutput.write(Data((line.text + "\n").utf8)) }
