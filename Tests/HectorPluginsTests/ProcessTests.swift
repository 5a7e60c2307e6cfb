import Foundation
import Glibc
import HectorPlugins
import Testing

/// Runs a script in bash; its output is read to the end.
func run(
    _ script: String, environment: [String: String] = ["PATH": "/usr/bin:/bin"], directory: String? = nil
) async throws -> (ChildProcess, FileHandle) {
    let child = try await ProcessThread.shared.spawn(
        ProcessRequest(path: "/bin/bash", arguments: ["-c", script], environment: environment, directory: directory))
    close(child.standardError)
    // Reading to the end is what these tests do, so it may block.
    _ = fcntl(child.standardOutput, F_SETFL, 0)
    return (child, FileHandle(fileDescriptor: child.standardOutput, closeOnDealloc: true))
}

@Suite struct ProcessTests {
    private func output(_ handle: FileHandle) throws -> String {
        String(decoding: try handle.readToEnd() ?? Data(), as: UTF8.self)
    }

    @Test func argumentsEnvironmentAndFolderArrive() async throws {
        let (child, handle) = try await run("echo $A; pwd; read line || echo no input; exit 7", environment: ["A": "b c"], directory: "/usr")
        #expect(try output(handle) == "b c\n/usr\nno input\n")
        #expect(try await child.exit() == .code(7))
    }

    @Test func signalsAreReported() async throws {
        let (child, _) = try await run("kill -9 $$")
        #expect(try await child.exit() == .signal(SIGKILL))
        #expect(child.status == .signal(SIGKILL))
        // Without effect, whoever has the number now.
        child.signal(SIGKILL)
    }

    @Test func inheritsNoDescriptorAndNoSignalState() async throws {
        let leaked = open("/dev/null", O_RDONLY)
        defer { close(leaked) }
        signal(SIGPIPE, SIG_IGN)
        // The fourth is what `ls` reads the folder by.
        let (lister, list) = try await run("exec ls /proc/self/fd")
        #expect(try output(list) == "0\n1\n2\n3\n")
        _ = try await lister.exit()

        let (child, handle) = try await run("exec grep -E '^(Sig(Blk|Ign)|NSpgid)' /proc/self/status")
        let text = try output(handle)
        #expect(text.contains("NSpgid:\t\(child.pid)\n"))
        for name in ["SigBlk:\t", "SigIgn:\t"] {
            let digits = try #require(text.split(separator: name).last?.prefix(16))
            // Number 32 and up: libc keeps some of them for itself and lets nobody set them.
            #expect(try #require(UInt64(digits, radix: 16)) & 0x7FFF_FFFF == 0, "\(name)\(digits)")
        }
        _ = try await child.exit()
    }

    @Test(arguments: [("/nowhere/x", ENOENT), ("/etc/passwd", EACCES), ("/usr", EACCES)])
    func whyExecFailed(_ path: String, _ number: Int32) async throws {
        let error = await #expect(throws: SpawnError.self) {
            try await ProcessThread.shared.spawn(ProcessRequest(path: path, environment: [:]))
        }
        #expect(error?.number == number)
    }

    @Test func execFormatAndFolder() async throws {
        let workshop = try Workshop()
        let path = try workshop.write("odd", ExecutableTests.elf(machine: 22))
        let format = await #expect(throws: SpawnError.self) {
            try await ProcessThread.shared.spawn(ProcessRequest(path: path, environment: [:]))
        }
        #expect(format?.number == ENOEXEC)
        let folder = await #expect(throws: SpawnError.self) {
            try await ProcessThread.shared.spawn(ProcessRequest(path: "/bin/true", environment: [:], directory: "/nowhere"))
        }
        #expect(folder?.number == ENOENT)
    }

    /// What a child has started goes with it.
    @Test func theWholeGroupEnds() async throws {
        let (child, handle) = try await run("sleep 1000 & echo $!; exit 0")
        let grandchild = try #require(pid_t(String(decoding: handle.availableData, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)))
        _ = try await child.exit()
        // The end of its output: nobody holds the pipe any more.
        let rest = try handle.readToEnd()
        #expect(rest?.isEmpty ?? true)
        #expect(await isGone(grandchild))
    }

    @Test func manyAtOnce() async throws {
        try await withThrowingTaskGroup(of: HectorPlugins.ExitStatus.self) { tasks in
            for code in 0..<40 {
                tasks.addTask {
                    let (child, handle) = try await run("exit \(code)")
                    _ = handle
                    return try await child.exit()
                }
            }
            var codes: Set<HectorPlugins.ExitStatus> = []
            for try await status in tasks { codes.insert(status) }
            #expect(codes == Set((0..<40).map { .code($0) }))
        }
    }

    /// A host that is killed takes its children along.
    @Test func childrenDoNotOutliveAKilledHost() async throws {
        let host = try await ProcessThread.shared.spawn(
            ProcessRequest(path: Workshop.product("orphan-maker"), arguments: ["/bin/sleep", "1000"], environment: [:]))
        close(host.standardError)
        _ = fcntl(host.standardOutput, F_SETFL, 0)
        let handle = FileHandle(fileDescriptor: host.standardOutput, closeOnDealloc: true)
        let child = try #require(pid_t(String(decoding: handle.availableData, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)))
        #expect(kill(child, 0) == 0)
        // The host alone, not its group; its child is in another group anyway.
        kill(host.pid, SIGKILL)
        #expect(try await host.exit() == .signal(SIGKILL))
        #expect(await isGone(child))
    }

    /// Daemons and service managers may start a program so. Nothing of ours takes the place of 0, 1 and 2 then.
    @Test func startsWhereDescriptorsZeroToTwoAreClosed() async throws {
        let workshop = try Workshop()
        let result = workshop.path + "/result"
        let (child, _) = try await run("exec \(Workshop.product("host-probe")) without-stdio \(result)")
        #expect(try await child.exit() == .code(0))
        let found = try String(contentsOfFile: result, encoding: .utf8)
        #expect(found == "nothing to read\nwords\n0 1 2 3 complaints\nexit status 0\ntrue", "\(found)")
    }

    /// As process 1 of a container, and as a child subreaper: no zombies, and everybody's own children have their status.
    @Test(arguments: [
        "unshare --user --map-root-user --pid --fork --mount-proc",
        // PR_SET_CHILD_SUBREAPER outlives exec(2).
        "python3 -c 'import ctypes, os, sys; ctypes.CDLL(None).prctl(36, 1, 0, 0, 0); os.execvp(sys.argv[1], sys.argv[1:])'",
    ])
    func orphansAreTakenToTheirEnd(_ around: String) async throws {
        let (probe, _) = try await run("exec \(around) true")
        // Not every machine lets its users make namespaces, or has Python.
        guard try await probe.exit() == .code(0) else { return }
        let (child, handle) = try await run("exec \(around) \(Workshop.product("host-probe")) orphans")
        #expect(try output(handle) == "exit status 1, exit status 2, exit status 3, exit status 4, exit status 5 0\n")
        #expect(try await child.exit() == .code(0))
    }

    private func isGone(_ pid: pid_t) async -> Bool {
        for _ in 0..<200 {
            // A process that nobody has waited for yet is as good as gone.
            let state = (try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8)) ?? ""
            if state.isEmpty || state.contains(") Z ") { return true }
            try? await Task.sleep(for: .milliseconds(10))
        }
        return false
    }
}
