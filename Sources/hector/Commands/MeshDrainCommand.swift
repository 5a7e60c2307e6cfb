import ArgumentParser
import FoundationEssentials
import HectorAPI
import HectorCore
import NIOCore

/// `hector mesh drain`
struct MeshDrainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drain", abstract: "End new calls of this server to a replica or a machine, until `hector mesh undrain`.",
        discussion: """
            Calls in progress go on; --wait waits for their end. It holds over restarts of the server and of the replica, and other \
            servers go on calling: `hector-plugin-agent drain`, on the machine itself, ends the calls of all of them.

            EXAMPLES
              hector mesh drain gpu-1 --reason "new fan" --wait   # a machine
              hector mesh drain echo-llm-2@gpu-1                  # one replica there
            """
    )

    @OptionGroup var control: ControlOptions
    @Argument(help: "A replica (REPLICA, or REPLICA@MACHINE) or a machine, by its name or id, as `hector mesh status` shows them.") var target: String
    @Option(help: "Why, for those who look at `hector mesh status`.") var reason = ""
    @Flag(help: "Return when no calls of this server are in progress there any more.") var wait = false
    @Option(name: .customLong("timeout"), help: ArgumentHelp("How long --wait waits at most.", valueName: "seconds")) var patience = 600
    @Flag(help: "Print the server's JSON.") var json = false

    func validate() throws {
        guard (1...86_400).contains(patience) else { throw ValidationError("--timeout is 1 to 86400 seconds.") }
    }

    func run() async throws {
        let (client, terminal) = (try control.client(), Terminal())
        let answer = try await client.post("/mesh/drain", ["target": .string(target), "reason": .string(reason)], within: .seconds(30))
        if json { try terminal.write(String(decoding: answer, as: UTF8.self) + "\n") }
        let report = try client.decode(answer, "/mesh/drain", as: DrainReport.self)
        if !json { try terminal.write(report.targets.map { "\($0) gets no new calls of this server; \(Self.words(report.calls))\n" }.joined()) }
        Failure.say(Self.remarks(report))
        guard wait, report.calls > 0 else { return }
        let left = try await Self.waited(for: report.targets, client, seconds: patience)
        guard left == 0 else { throw Failure("\(Self.words(left)) there after \(patience) s: it stays drained; wait longer with --timeout") }
        if !json { try terminal.write("its calls have finished\n") }
    }

    /// - Returns: The calls that are still in progress.
    private static func waited(for targets: [String], _ client: HectorClient, seconds: Int) async throws -> Int {
        let end = ContinuousClock.now + .seconds(seconds)
        while true {
            let mesh: MeshReport = try await client.get("/mesh")
            let calls = mesh.replicas.filter { replica in
                let machine = replica.machine ?? replica.host
                return targets.contains(machine) || targets.contains("\(replica.replica)@\(machine)")
            }.reduce(0) { $0 + $1.inFlight }
            guard calls > 0, ContinuousClock.now < end else { return calls }
            try await Task.sleep(for: .seconds(1))
        }
    }

    static func words(_ calls: Int) -> String {
        switch calls {
        case 0: "no calls are in progress"
        case 1: "1 call is in progress"
        default: "\(calls) calls are in progress"
        }
    }

    static func remarks(_ report: DrainReport) -> [String] {
        (report.unserved.isEmpty ? [] : ["no replica of \(report.unserved.joined(separator: ", ")) takes calls now, so its calls are refused"])
            + (report.notKept.map { ["it is so until the server ends only, since \($0)"] } ?? [])
    }
}

/// `hector mesh undrain`
struct MeshUndrainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "undrain", abstract: "Let a drained replica or machine get calls of this server again.",
        discussion: """
            EXAMPLES
              hector mesh undrain gpu-1
              hector mesh undrain --all
            """
    )

    @OptionGroup var control: ControlOptions
    @Argument(help: "What was drained, as `hector mesh status` shows it.") var target: String?
    @Flag(help: "Everything that is drained on this server.") var all = false
    @Flag(help: "Print the server's JSON.") var json = false

    func validate() throws {
        guard all == (target == nil) else { throw ValidationError("Name a replica or a machine, or pass --all.") }
    }

    func run() async throws {
        let (client, terminal) = (try control.client(), Terminal())
        let answer = try await client.post("/mesh/undrain", target.map { ["target": .string($0)] } ?? ["all": true], within: .seconds(30))
        if json { return try terminal.write(String(decoding: answer, as: UTF8.self) + "\n") }
        let report = try client.decode(answer, "/mesh/undrain", as: DrainReport.self)
        let lines = report.targets.map { "\($0) may get calls of this server again\n" }
        try terminal.write(lines.isEmpty ? "nothing was drained\n" : lines.joined())
        Failure.say(MeshDrainCommand.remarks(report))
    }
}
