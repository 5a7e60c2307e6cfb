import ArgumentParser
import FoundationEssentials
import Glibc
import HectorCore
import HectorNodeHost
import HectorProto

/// Which node of this machine, and how its answer is shown.
struct ControlOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The control socket of the node. Needed only if several run on this machine.", valueName: "path"))
    var socket: String?
    @Flag(help: "One JSON object instead of text.")
    var json = false

    func ask<Value: Sendable>(_ body: @Sendable (NodeControlClient) async throws -> Value) async throws -> Value {
        try await NodeControlClient.with(socket: socket, environment: environmentVariables(), user: geteuid(), body)
    }

    func show(_ value: some Encodable, _ lines: [String]) throws {
        guard json else { return try Output.write(lines.map { Output.line($0) + "\n" }.joined()) }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.keyEncodingStrategy = .convertToSnakeCase
        try Output.write(String(decoding: try encoder.encode(value), as: UTF8.self) + "\n")
    }
}

/// `hector-plugin-agent drain`
struct DrainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drain", abstract: "End new calls of all hosts, for some plugins of this machine's node or for all of it.",
        discussion: """
            Hosts are told, and ask other machines. Calls in flight go on; the command waits for them for agent.drain_timeout, and \
            ends with 1 if some are left, which go on as well. The node stays drained, over restarts too, until `undrain`.

            EXAMPLES
              hector-plugin-agent drain --reason "new graphics card"
              hector-plugin-agent drain my-llm --reason "it is being compared"
            """)

    @Argument(help: "Names of plugins; without one, the whole node.") var plugins: [String] = []
    @Option(help: "Why, for those who look at `hector mesh status`.") var reason = ""
    @Flag(help: "Do not wait for the calls in flight.") var noWait = false
    @OptionGroup var options: ControlOptions

    func run() async throws {
        let status = try await options.ask { [plugins, reason, noWait] node in
            var status = try await node.drain(plugins, reason: reason)
            let notKept = status.notKept
            let end = ContinuousClock.now + .milliseconds(status.drainTimeout)
            while status.calls > 0, !noWait, ContinuousClock.now < end {
                try await Task.sleep(for: .milliseconds(200))
                status = try await node.status()
            }
            status.notKept = notKept
            return status
        }
        try DrainReport(status).show(options)
        if status.calls > 0, !noWait { throw ExitCode.failure }
    }
}

/// `hector-plugin-agent undrain`
struct UndrainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "undrain", abstract: "Take new calls again.",
        discussion: """
            EXAMPLE
              hector-plugin-agent undrain
            """)

    @Argument(help: "Names of plugins, as they were given to `drain`; without one, all that is drained.") var plugins: [String] = []
    @OptionGroup var options: ControlOptions

    func run() async throws {
        try DrainReport(try await options.ask { [plugins] in try await $0.undrain(plugins) }).show(options)
    }
}

/// `hector-plugin-agent reload`
struct ReloadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reload", abstract: "Make the node read its configuration again, and wait until the changes are in force.",
        discussion: """
            Prints what changed, what takes effect at the next start only, and what was given up. Ends with 0 if all of the \
            configuration is in force, with 1 otherwise. A configuration that cannot be used changes nothing.
            """)

    @OptionGroup var options: ControlOptions

    func run() async throws {
        let response = try await options.ask { try await $0.reload() }
        let nothing = response.changes.isEmpty && response.problems.isEmpty
        try options.show(Report(response), response.changes.map(\.text) + (nothing ? ["nothing has changed"] : []))
        if !options.json {
            for problem in response.problems + response.failures { Output.complain(problem) }
            if !response.settled { Output.complain("some plugins are still on their way: see the log of the node") }
        }
        if !response.complete { throw ExitCode.failure }
    }

    private struct Report: Encodable {
        struct Change: Encodable {
            let text: String
            let needsRestart: Bool
        }

        let complete: Bool
        let settled: Bool
        let changes: [Change]
        let problems: [String]
        let failures: [String]

        init(_ response: Hector_Control_V1_ReloadResponse) {
            complete = response.complete
            settled = response.settled
            changes = response.changes.map { Change(text: $0.text, needsRestart: $0.needsRestart) }
            problems = response.problems
            failures = response.failures
        }
    }
}

/// What is drained now.
private struct DrainReport: Encodable {
    struct Drained: Encodable {
        /// Nil: the whole node.
        let plugin: String?
        let reason: String
    }

    let node: String
    let drained: [Drained]
    let calls: UInt32
    /// Nil: it outlasts a restart.
    let notKept: String?

    init(_ status: Hector_Control_V1_NodeStatus) {
        node = status.name
        drained = status.drained.map { Drained(plugin: $0.plugin.isEmpty ? nil : $0.plugin, reason: $0.reason) }
        calls = status.calls
        notKept = status.notKept.isEmpty ? nil : status.notKept
    }

    func show(_ options: ControlOptions) throws {
        var lines = drained.map { "\($0.plugin.map { "plugin \($0)" } ?? "node \(node)") is drained" + ($0.reason.isEmpty ? "" : ": \($0.reason)") }
        if drained.isEmpty { lines = ["nothing is drained on node \(node)"] } else {
            lines.append(calls == 0 ? "no call is under way there" : "\(calls) call\(calls == 1 ? " is" : "s are") still under way there")
        }
        try options.show(self, lines)
        if let notKept, !options.json { Output.complain("warning: this is forgotten at a restart: \(notKept)") }
    }
}
