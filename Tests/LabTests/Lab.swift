import Foundation
import Synchronization
import Testing

/// Several hosts on this machine, each with its own network stack, D-Bus and avahi-daemon.
/// `Tests/lab/mesh-lab` makes them; it needs root.
struct Lab: Sendable {
    /// The lab of the suite that runs.
    @TaskLocal static var current = Lab(name: "")

    let name: String

    /// Why no lab can run here; nil where it can.
    static let problem: String? = {
        do {
            let (status, output) = try runAndWait(["doctor"])
            let missing = output.split(separator: "\n").filter { !$0.hasPrefix("ok") }.joined(separator: "; ")
            return status == 0 ? nil : "no lab of hosts here: \(missing)"
        } catch {
            return "no lab of hosts here: \(error)"
        }
    }()

    private static let tool = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().appending(path: "lab/mesh-lab").path

    /// Runs a mesh-lab command on this lab; throws when it fails.
    @discardableResult
    func callAsFunction(_ arguments: String...) async throws -> String {
        try await Self.command(["-n", name] + arguments).output()
    }

    /// Starts a program of this package on a host.
    func start(_ program: String, on host: Int, withLog: Bool = false, _ arguments: String...) throws -> Guest {
        try start(program, on: host, withLog: withLog, arguments: arguments)
    }

    func start(_ program: String, on host: Int, withLog: Bool = false, arguments: [String]) throws -> Guest {
        try Guest(Self.command(["-n", name, "exec", "\(host)", Self.program(program)] + arguments), withLog: withLog)
    }

    /// The path of a program of this package; another one has a slash.
    static func program(_ name: String) -> String {
        guard !name.contains("/") else { return name }
        // The test program lies beside the others.
        return URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent().appending(path: name).path
    }

    private static func runAndWait(_ arguments: [String]) throws -> (Int32, String) {
        let process = command(arguments)
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: output, as: UTF8.self))
    }

    private static func command(_ arguments: [String]) -> Process {
        let process = Process()
        process.executableURL = URL(filePath: tool)
        process.arguments = arguments
        return process
    }
}

struct LabFailure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// Brings up a lab around a suite, and takes it down after it. Should the tests be killed, the lab's own
/// watch (`--owner`) takes it down.
struct LabTrait: SuiteTrait, TestScoping {
    let hosts: Int
    private static let labs = Mutex(0)

    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        // Suites run side by side.
        let number = Self.labs.withLock { labs in
            labs += 1
            return labs
        }
        let lab = Lab(name: "test-\(ProcessInfo.processInfo.processIdentifier)-\(number)")
        try await lab("up", "\(hosts)", "--owner", "\(ProcessInfo.processInfo.processIdentifier)")
        do {
            try await Lab.$current.withValue(lab, operation: function)
        } catch {
            try await lab("down")
            throw error
        }
        try await lab("down")
    }
}

extension Trait where Self == LabTrait {
    static func lab(hosts: Int) -> Self { LabTrait(hosts: hosts) }
}

extension Process {
    /// Runs it to its end; what it printed. Throws when it fails.
    @discardableResult
    func output() async throws -> String {
        let pipe = Pipe()
        standardInput = FileHandle.nullDevice
        standardOutput = pipe
        standardError = pipe
        try await withCheckedThrowingContinuation { (done: CheckedContinuation<Void, any Error>) in
            terminationHandler = { _ in done.resume() }
            do { try launchUnmasked() } catch { done.resume(throwing: error) }
        }
        // Its few lines fit into the pipe, and no daemon holds it open.
        let output = String(decoding: try pipe.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        guard terminationStatus == 0 else {
            let command = ([executableURL?.lastPathComponent ?? ""] + (arguments ?? [])).joined(separator: " ")
            throw LabFailure("\(command): \(output)")
        }
        return output
    }

    /// Runs it with no signal blocked. Swift's pool threads block them all, and children inherit that:
    /// a dbus-daemon or a node that was started so could not be stopped by SIGTERM.
    func launchUnmasked() throws {
        var none = sigset_t()
        var before = sigset_t()
        sigemptyset(&none)
        pthread_sigmask(SIG_SETMASK, &none, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        try run()
    }
}
