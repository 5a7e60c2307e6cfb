import ArgumentParser
import HectorCore

/// Which server to change: the one of this machine, by its control socket, or another one, by HTTP and its token.
struct ControlOptions: ParsableArguments {
    @OptionGroup var server: ServerOptions

    @Option(help: ArgumentHelp(
        "The control socket of `hector serve`. Needed only if several run on this machine; --server and HECTOR_SERVER reach one by HTTP instead.",
        valueName: "path"))
    var socket: String?

    func client() throws -> HectorClient {
        let environment = environmentVariables()
        if let socket {
            guard server.server == nil else { throw ValidationError("--socket and --server name two servers: leave one of them out.") }
            return HectorClient(socket: socket)
        }
        guard server.server == nil, environment["HECTOR_SERVER"]?.isEmpty ?? true else { return try server.client() }
        return HectorClient(socket: try Self.only(ControlDirectory.live(environment: environment)))
    }

    static func only(_ sockets: [String]) throws -> String {
        guard let socket = sockets.first else {
            throw Failure("no `hector serve` of this user runs on this machine: start it, run this as its user or as root, or name a server with --server and its token in HECTOR_TOKEN")
        }
        guard sockets.count == 1 else {
            throw Failure("several servers run on this machine: say which one with --socket", example: sockets.map { "  --socket \($0)" }.joined(separator: "\n"))
        }
        return socket
    }
}
