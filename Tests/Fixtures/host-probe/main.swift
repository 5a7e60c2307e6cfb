// A program that has plugins, as tests need it: in a process of its own, which can be killed, limited and robbed of its
// descriptors.
internal import HectorCore
import Foundation
import Glibc
import HectorPlugins
import HectorProgram
import Logging
import NIOPosix

/// Everything that comes out of a pipe.
func output(_ descriptor: CInt) -> String {
    _ = fcntl(descriptor, F_SETFL, 0)
    return String(decoding: FileHandle(fileDescriptor: descriptor, closeOnDealloc: true).readDataToEndOfFile(), as: UTF8.self)
}

func shell(_ script: String) async throws -> ChildProcess {
    try await ProcessThread.shared.spawn(
        ProcessRequest(path: "/bin/bash", arguments: ["-c", script], environment: ["PATH": "/usr/bin:/bin"]))
}

/// Children of this process, living or ended.
func descendants() -> Int {
    let processes = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    return processes.count { name in
        let stat = (try? String(contentsOfFile: "/proc/\(name)/stat", encoding: .utf8)) ?? ""
        let fields = stat.split(separator: ")").last?.split(separator: " ") ?? []
        return fields.count > 1 && fields[1] == "\(getpid())"
    }
}

let arguments = CommandLine.arguments
switch arguments.dropFirst().first {
case "runtime-directory":
    // Makes its directory, names it, and waits to be killed.
    let directory = try RuntimeDirectory(environment: ProcessInfo.processInfo.environment)
    print(directory.paths.joined(separator: " "))
    fflush(nil)
    while true { sleep(1_000) }
case "without-stdio":
    // Starts a child while 0, 1 and 2 are closed, and writes into a file what came of it.
    // What libraries open at their first use would take the three places.
    _ = try await shell("exit").exit()
    for descriptor: CInt in 0...2 { close(descriptor) }
    let child = try await shell("read line || echo nothing to read; echo words; echo complaints >&2; ls /proc/self/fd | tr '\\n' ' '")
    let descriptors = [child.standardOutput, child.standardError]
    let text = output(child.standardOutput) + output(child.standardError)
    let status = try await child.exit()
    try "\(text)\(status)\n\(descriptors.allSatisfy { $0 > 2 })".write(toFile: arguments[2], atomically: false, encoding: .utf8)
case "orphans":
    // As process 1, or as a subreaper: children leave grandchildren behind, which become ours.
    var statuses: [HectorPlugins.ExitStatus] = []
    for code in 1...5 {
        // Out of their group, or they would be killed with it.
        let child = try await shell("for i in 1 2 3 4 5; do setsid sleep 0.3 & done; sleep 0.1; exit \(code)")
        statuses.append(try await child.exit())
    }
    // Those that sleep, and those that nobody has waited for.
    var left = 0
    for _ in 0..<100 {
        try await Task.sleep(for: .milliseconds(100))
        left = descendants()
        if left == 0 { break }
    }
    print(statuses.map(\.description).joined(separator: ", "), left)
case "limit":
    let descriptors = Descriptors.raiseLimit()
    print(descriptors.limit, output(try await shell("ulimit -Sn; ulimit -Hn").standardOutput).split(separator: "\n").joined(separator: " "))
case "inherited":
    print(Descriptors.raiseLimit().inherited)
case "starved":
    // Has three descriptors left while it starts a plugin, for six times as long as a plugin that fails is put up with.
    let environment = PluginEnvironment(
        eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
        directory: try RuntimeDirectory(environment: ProcessInfo.processInfo.environment),
        variables: ProcessInfo.processInfo.environment, logger: Logger(label: "host", factory: { _ in SwiftLogNoOpLogHandler() }),
        timing: .system())
    var patient = environment
    patient.restarts.restarts = 0
    patient.restarts.delays = Backoff(first: .milliseconds(50), longest: .milliseconds(50), jitter: 1...1)
    // What a program opens when it starts its first plugin is there, and what a clock needs: a timer that cannot be made
    // would never ring.
    _ = try await shell("exit").exit()
    try await ContinuousClock().sleep(for: .milliseconds(1))
    let supervisor = PluginSupervisor(
        PluginSpecification(key: PluginKey(.llm, "echo"), executable: arguments[2]), replica: "echo-1", environment: patient)
    var taken: [CInt] = []
    while let descriptor = Optional(open("/dev/null", O_RDONLY)), descriptor >= 0 { taken.append(descriptor) }
    // Without any, libdispatch ends the process: it looks at its threads in /proc.
    for _ in 0..<3 { close(taken.removeLast()) }
    await withTaskGroup(of: Void.self) { tasks in
        tasks.addTask { await supervisor.run() }
        var failures = 0
        for await state in supervisor.states {
            switch state {
            case .restarting(let reason, _), .failed(let reason):
                failures += 1
                print(reason.code, reason.problem)
                if failures == 6 { for descriptor in taken { close(descriptor) } }
            case .ready:
                print("ready")
                supervisor.stop()
            default: continue
            }
        }
    }
    patient.directory.remove()
default: exit(2)
}
