import Foundation
import TestCertificates
import Testing

extension Integration {
    /// `hector serve` with `server.tls`, as curl and our own commands meet it.
    @Suite(.timeLimit(.minutes(2))) struct HTTPSTests {
        private let scene: Scene
        private let pki: Pki

        init() async throws {
            scene = try await Scene(certificates: false)
            pki = try Pki()
            for name in ["one", "two"] {
                try pki.authority("root-\(name)")
                try pki.server(name, by: "root-\(name)")
            }
            try use("one")
        }

        private func use(_ name: String) throws {
            try pki.write("web.pem", pki.text("\(name).pem"))
            try pki.write("web.key", pki.text("\(name).key"))
        }

        private func configuration(listen: String = "localhost:0", further: String = "") throws -> String {
            try scene.write("hector.yaml", """
                server:
                  listen: "\(listen)"
                  tls: {certificate: "\(pki.file("web.pem"))", key: "\(pki.file("web.key"))"}\(further)
                plugins: {llm_providers: {echo-llm: {path: "\(Scene.product("echo-llm"))"}}}
                agents: {helper: {llm: echo-llm}}

                """)
        }

        private func start(_ configuration: String) async throws -> (program: Program, port: Substring) {
            let program = try scene.start("hector", ["serve", "--config", configuration])
            let line = try await program.says("listening", "url=https://")
            return (program, try #require(line.firstMatch(of: #/url=https://\S+:(\d+)/#)?.output.1))
        }

        private func curl(_ arguments: String...) async throws -> (status: Int32, output: String) {
            let program = try scene.start(executable: "/usr/bin/env", ["curl", "--silent", "--show-error", "--max-time", "10"] + arguments)
            return (try await program.exit(), program.said)
        }

        private func call(_ url: String, _ further: [String] = [], environment: [String: String] = [:]) async throws -> (status: Int32, output: String) {
            let program = try scene.start("hector", ["call", "--server", url] + further + ["helper", "hello there"], environment: environment)
            return (try await program.exit(), program.said)
        }

        @Test func `Our commands trust the authority that is named, and say so where it is not`() async throws {
            defer { scene.close() }
            let (_, port) = try await start(configuration())
            let url = "https://localhost:\(port)"
            let stranger = try await call(url)
            #expect(stranger.status == 1)
            #expect(stranger.output.contains("its certificate is not trusted here") && stranger.output.contains("--ca or HECTOR_CA"), "\(stranger.output)")
            for answer in [
                try await call(url, ["--ca", pki.file("root-one.pem")]),
                try await call(url, environment: ["HECTOR_CA": pki.file("root-one.pem")]),
                try await call("https://127.0.0.1:\(port)", ["--ca", pki.file("root-one.pem")]),
            ] {
                #expect(answer.status == 0 && answer.output == "hello there\n", "\(answer.output)")
            }
            let plain = try await call("http://localhost:\(port)")
            #expect(plain.status == 1 && plain.output.contains("This address needs TLS: use https."), "\(plain.output)")
            let wrong = try await call(url, ["--ca", pki.file("web.key")])
            #expect(wrong.status != 0 && wrong.output.contains("is not a PEM file with certificates"), "\(wrong.output)")
            let card = try await curl("--cacert", pki.file("root-one.pem"), "\(url)/.well-known/agent-card.json")
            #expect(card.output.contains("\(url)/"), "\(card.output)")
            // A page of the server's own address may call it, and the same address without TLS is another origin.
            let models = "\(url)/v1/models"
            #expect(try await curl("--cacert", pki.file("root-one.pem"), "--fail", "-H", "Origin: \(url)", models).status == 0)
            #expect(try await curl("--cacert", pki.file("root-one.pem"), "--fail", "-H", "Origin: http://localhost:\(port)", models).status == 22)
        }

        @Test func `A replaced certificate is shown to new connections at SIGHUP, and a broken one is not`() async throws {
            defer { scene.close() }
            let (program, port) = try await start(configuration())
            let url = "https://localhost:\(port)/readyz"
            #expect(try await curl("--cacert", pki.file("root-one.pem"), url).status == 0)
            try pki.write("web.key", pki.text("two.key"))
            program.signal(SIGHUP)
            try await program.says("changed certificates cannot be used", "server.tls.key")
            #expect(try await curl("--cacert", pki.file("root-one.pem"), url).status == 0)
            try use("two")
            program.signal(SIGHUP)
            try await program.says("certificates reloaded")
            #expect(try await curl("--cacert", pki.file("root-two.pem"), url).status == 0)
            #expect(try await curl("--cacert", pki.file("root-one.pem"), url).status == 60)
        }

        @Test func `Clients of Ollama on the machine itself need no TLS`() async throws {
            defer { scene.close() }
            let (program, _) = try await start(configuration(further: "\n  ollama: \"127.0.0.1:0\""))
            let line = try await program.says("listening for clients of Ollama", "url=http://")
            let url = try #require(line.firstMatch(of: #/url=(http://\S+)/#)?.output.1)
            #expect(try await curl("--fail", "\(url)/api/version").status == 0)
        }

        @Test func `A certificate that is no use keeps the server from starting, and config check tells the same`() async throws {
            defer { scene.close() }
            try pki.write("web.key", pki.text("two.key"))
            let path = try configuration()
            for command in [["serve"], ["config", "check"]] {
                let program = try scene.start("hector", command + ["--config", path])
                #expect(try await program.exit() == 1)
                #expect(program.said.contains("server.tls.key: ") && program.said.contains("does not belong to the certificate"), "\(program.said)")
            }
        }

        @Test func `A token on a network without TLS is warned of`() async throws {
            defer { scene.close() }
            let path = try scene.write("plain.yaml", """
                server: {listen: "0.0.0.0:0", token: "0123456789abcdef"}
                plugins: {llm_providers: {echo-llm: {path: "\(Scene.product("echo-llm"))"}}}
                agents: {helper: {llm: echo-llm}}

                """)
            let check = try await scene.hector("config", "check", "--config", path)
            #expect(check.status == 0)
            #expect(check.output.contains("warning: server.listen: tokens and conversations are sent to 0.0.0.0:0 unencrypted"), "\(check.output)")
        }
    }
}
