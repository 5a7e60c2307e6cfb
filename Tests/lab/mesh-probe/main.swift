import Foundation
import HectorCore
import HectorDiscovery
import HectorProgram
import Logging

// One host's part in the lab: a process reaches one system bus only, so every host has its own.
//
//   mesh-probe browse MESH                       one line per change
//   mesh-probe announce MESH NAME ID PORT A,B    stdin: `plugins A,B`; the end of stdin is goodbye

func say(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }

func list(_ names: Substring) -> [String] { names.split(separator: ",").map(String.init) }

func browse(mesh: String, logger: Logger) async {
    // Only ever called one set after the other; a line stays unsaid when it was the node's last.
    let said = Said()
    await AvahiSource(mesh: mesh, logger: logger, timing: .system()).run { set in
        switch set.state {
        case .starting: await said.once("state", "state starting")
        case .running: await said.once("state", "state running")
        case .unavailable(let error): await said.once("state", "state unavailable \(error.code.rawValue): \(error)")
        }
        for node in set.nodes {
            guard let record = node.record else { continue }
            let endpoints = node.endpoints.map(\.description).joined(separator: ",")
            let plugins = record.plugins.joined(separator: ",")
            await said.once(
                record.id,
                "node \(record.name) \(node.isAnnounced ? "here" : "gone") plugins=\(plugins) at=\(endpoints)")
        }
    }
}

actor Said {
    private var last: [String: String] = [:]

    func once(_ key: String, _ line: String) {
        if last.updateValue(line, forKey: key) != line { say(line) }
    }
}

func announce(mesh: String, name: String, id: String, port: UInt16, plugins: [String], logger: Logger) async throws {
    @Sendable func registration(_ plugins: [String]) throws -> NodeRegistration {
        NodeRegistration(
            record: try NodeRecord(id: id, mesh: mesh, name: name, plugins: plugins, version: "1.0.0", proto: 1),
            port: port)
    }
    let (registrations, continuation) = AsyncStream.makeStream(of: NodeRegistration.self)
    continuation.yield(try registration(plugins))
    // A thread, because reading standard input blocks.
    Thread {
        while let line = readLine() {
            guard line.hasPrefix("plugins "), let next = try? registration(list(line.dropFirst(8))) else {
                say("what? \(line)")
                continue
            }
            continuation.yield(next)
        }
        continuation.finish()
    }.start()
    let announcer = Announcer(logger: logger, timing: .system()) { state in
        switch state {
        case .registering(let instance): say("registering \(instance)")
        case .established(let instance): say("established \(instance)")
        case .unavailable(let error): say("unavailable \(error.code.rawValue): \(error)")
        }
    }
    await announcer.run(registrations)
    say("withdrawn")
}

let arguments = CommandLine.arguments
let logger = Logger(label: "mesh-probe", factory: { StreamLogHandler.standardError(label: $0) })
switch arguments.dropFirst().first {
case "browse" where arguments.count == 3:
    await browse(mesh: arguments[2], logger: logger)
case "announce" where arguments.count == 7:
    guard let port = UInt16(arguments[5]) else { fallthrough }
    try await announce(
        mesh: arguments[2], name: arguments[3], id: arguments[4], port: port, plugins: list(arguments[6][...]),
        logger: logger)
default:
    say("usage: mesh-probe browse MESH | mesh-probe announce MESH NAME ID PORT PLUGIN,PLUGIN")
    exit(2)
}
