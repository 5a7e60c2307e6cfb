import Foundation
import Testing

/// gRPC for Python calls our server, and so do peers that mean no good.
@Suite(.enabled(if: Foreign.python != nil, Comment(rawValue: Foreign.needsPython)), .serialized, .timeLimit(.minutes(3)))
struct EchoServerTests {
    private let scratch: Scratch
    private let python: String

    init() throws {
        scratch = try Scratch()
        python = try #require(Foreign.python)
    }

    @Test func clientOnAUnixSocket() async throws {
        try await Program(Foreign.product("echo-server"), ["unix:\(scratch.path)/echo.sock"]).serving { target in
            let result = try await Program(python, [Foreign.script("client.py"), target]).run()
            #expect(result.status == 0, "\(result.lastWords)")
        }
    }

    @Test func clientOverMutualTLS() async throws {
        let certificates = try await scratch.certificates()
        try await Program(Foreign.product("echo-server"), ["127.0.0.1:0", certificates]).serving { target in
            let result = try await Program(python, [Foreign.script("client.py"), target, "--tls", certificates, "--identities"]).run()
            #expect(result.status == 0, "\(result.lastWords)")
        }
    }

    @Test func hostilePeers() async throws {
        let certificates = try await scratch.certificates()
        let server = Program(Foreign.product("echo-server"), ["127.0.0.1:0", certificates])
        try await server.serving { target in
            let result = try await Program(python, [Foreign.script("hostile.py"), target, "--tls", certificates]).run()
            #expect(result.status == 0, "\(result.lastWords)")
            #expect(server.isRunning)
        }
    }

    @Test func documentedPlugin() async throws {
        let result = try await Program(python, [Foreign.script("documented_plugin.py")]).run()
        #expect(result.status == 0, "\(result.lastWords)")
    }

    /// The Python host checks our plugin SDK's side of the handshake, and that strangers are refused.
    @Test(arguments: [false, true])
    func ourPluginUnderAHostInPython(autoMTLS: Bool) async throws {
        let arguments = [Foreign.script("plugin_host.py"), Foreign.product("echo-llm")] + (autoMTLS ? ["--auto-mtls"] : [])
        let result = try await Program(python, arguments).run()
        #expect(result.status == 0, "\(result.lastWords)")
    }

    /// gRPC's own reflection client lists our services, describes them, and builds calls of what it was told.
    @Test(arguments: [false, true])
    func ourPluginThroughReflection(autoMTLS: Bool) async throws {
        let arguments = [Foreign.script("reflect.py"), Foreign.product("echo-llm")] + (autoMTLS ? ["--auto-mtls"] : [])
        let result = try await Program(python, arguments).run()
        #expect(result.status == 0, "\(result.lastWords)")
    }

    @Test func ourAgentThroughReflection() async throws {
        let certificates = try await scratch.certificates()
        let arguments = [Foreign.script("reflect.py"), Foreign.product("hector-plugin-agent"), "--agent", certificates]
        let result = try await Program(python, arguments).run()
        #expect(result.status == 0, "\(result.lastWords)")
    }
}
