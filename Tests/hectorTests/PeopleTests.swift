import Foundation
import HectorConfig
import HectorCore
import NIOCore
import Testing

@testable import hector

/// What people meet: servers that are no servers, pipes that close, texts that begin with a dash.
@Suite(.timeLimit(.minutes(1))) struct PeopleTests {
    @Test(arguments: [
        ("http", CannedServer.http("502 Bad Gateway", type: "text/html", "<h1>Bad Gateway</h1>"),
            "SERVER answered with status 502 Bad Gateway, which `hector serve` would not: is the address right, and is the server behind it running?"),
        ("http", CannedServer.http("401 Unauthorized", type: "application/json", "{}"),
            "SERVER does not accept the token in HECTOR_TOKEN: set it to the one in the server's configuration."),
        ("http", CannedServer.http("503 Service Unavailable", type: "application/json", #"{"error": {"message": "All are busy.\nforged: \u001b[31mline"}}"#),
            "All are busy. forged: \\u{1B}[31mline"),
        ("http", CannedServer.http("200 OK", type: "text/html", "<h1>Welcome to nginx</h1>"),
            "SERVER/agents did not answer like `hector serve`: is another program listening there?"),
        ("http", Array("SSH-2.0-OpenSSH\r\n".utf8), "SERVER does not speak HTTP: is it the address of another program, or one that needs https://?"),
        ("http", [0x15, 3, 1, 0, 2, 2, 0x46], "SERVER does not speak HTTP: is it the address of another program, or one that needs https://?"),
        ("http", [], "SERVER closed the connection without an answer: is it `hector serve`, and not an address that needs https://?"),
    ])
    func `A server that does not answer as ours is told apart`(scheme: String, answer: [UInt8], expected: String) async throws {
        let server = try CannedServer(saying: answer)
        let address = "\(scheme)://127.0.0.1:\(server.port)"
        var hector = Program(server: address)
        hector.environment["HECTOR_TOKEN"] = "secret"
        let result = try await hector.run("list")
        #expect(result == .init(status: 1, output: "", errors: "hector: \(expected.replacing("SERVER", with: address))\n"))
    }

    @Test func `An address with the wrong scheme or an unknown name is told`() async throws {
        let server = try CannedServer(saying: CannedServer.http("400 Bad Request", type: "text/plain", "no TLS here"))
        let secure = try await Program(server: "https://127.0.0.1:\(server.port)").run("list")
        #expect(secure.status == 1 && secure.errors.hasPrefix("hector: no TLS connection to https://127.0.0.1:\(server.port): it does not speak TLS: use http://, or set server.tls there"), "\(secure.errors)")
        #expect(secure.errors.split(separator: "\n").count == 1, "\(secure.errors)")
        let unknown = try await Program(server: "http://no-such-name.invalid:1").run("list")
        #expect(unknown.errors == "hector: the host name in http://no-such-name.invalid:1 cannot be resolved: correct --server or HECTOR_SERVER\n")
        let nonsense = try await Program(server: "http://").run("list")
        #expect(nonsense.status == 2 && nonsense.errors.hasPrefix("hector: HECTOR_SERVER: \"http://\" is not the address of a server"))
    }

    @Test func `A pipe that closes ends the program without a word, a full disk with one`() async throws {
        let server = try CannedServer(saying: CannedServer.http("200 OK", type: "application/json", #"{"agents": []}"#))
        let hector = Program(server: "http://127.0.0.1:\(server.port)")
        let pipe = Pipe()
        try pipe.fileHandleForReading.close()
        let closed = try await hector.run(["list"], output: pipe.fileHandleForWriting)
        #expect(closed == .init(status: SIGPIPE, output: "", errors: ""))
        let full = try await hector.run(["list"], output: FileHandle(forWritingTo: URL(filePath: "/dev/full")))
        #expect(full == .init(status: 1, output: "", errors: "hector: cannot write to standard output: No space left on device\n"))
    }

    @Test func `A text that begins with a dash is not taken for options without a hint`() async throws {
        let hector = Program(server: "http://127.0.0.1:1")
        for text in ["-5 + 3", "-5"] {
            let result = try await hector.run("call", "helper", text)
            #expect(result.status == 2)
            #expect(result.errors.contains("; put -- before a text that begins with a dash: hector call … -- \"\(text)\""), "\(result.errors)")
        }
        let asked = try await hector.run("call", "helper", "--", "-5 + 3")
        #expect(asked.status == 1 && asked.errors.contains("nothing listens there"))
        let typo = try await hector.run("list", "--dance")
        #expect(!typo.errors.contains("put --"))
    }

    @Test(arguments: [
        (EADDRINUSE, "127.0.0.1:8080", "cannot listen on 127.0.0.1:8080: already in use: is another `hector serve` running? Stop it, or set server.listen to another port"),
        (EACCES, "127.0.0.1:80", "cannot listen on 127.0.0.1:80: permission denied: ports below 1024 are reserved for root; set server.listen to a higher one"),
        (EADDRNOTAVAIL, "10.9.9.9:80", "cannot listen on 10.9.9.9:80: this machine has no such address: set server.listen to one of its own, or to 127.0.0.1:80"),
        (EAFNOSUPPORT, "[::1]:80", "cannot listen on [::1]:80: IPv6 is off on this machine: set server.listen to 127.0.0.1:80, or to 0.0.0.0:80"),
        (EMFILE, "a:80", "cannot listen on a:80: Too many open files"),
    ])
    func `Why a server cannot listen is said with the address`(code: Int32, address: String, expected: String) throws {
        let address = try #require(HostPort(address))
        #expect(ListeningFailure(IOError(errnoCode: code, reason: "bind"), at: address).description == expected)
        if code == EADDRINUSE {
            #expect(ListeningFailure(IOError(errnoCode: code, reason: "bind"), at: address, key: "server.ollama").description
                == "cannot listen on 127.0.0.1:8080: already in use: is Ollama running? Stop it, or set server.ollama to another port")
        }
    }

    @Test func `A folder without a configuration is told what to write`() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "hector-empty-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        var hector = Program(server: "http://127.0.0.1:1")
        hector.folder = folder
        for command in [["config", "check"], ["plugin", "list"]] {
            let result = try await hector.run(command)
            #expect(result.status == 1 && result.output == "")
            #expect(result.errors.hasPrefix("hector: hector.yaml does not exist in \(folder.path): name another file with --config, or write one\nThe smallest one:\n"), "\(result.errors)")
            #expect(result.errors.contains("  helper: {llm: echo-llm}\n"))
        }
    }
}
