import Foundation
import NIOPosix

/// Programs of other makers, where they are found, and what to do where they are not.
enum Foreign {
    /// The package's folder.
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path

    /// An executable of this package, built beside the tests.
    static func product(_ name: String) -> String {
        URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent().path + "/" + name
    }

    /// A program of Tests/InteropTests/python.
    static func script(_ name: String) -> String { "\(root)/Tests/InteropTests/python/\(name)" }

    /// The Python that has gRPC.
    static let python: String? = executable(
        ProcessInfo.processInfo.environment["HECTOR_TEST_PYTHON"] ?? "\(root)/.build/test-python/bin/python")
    static let needsPython: String =
        "gRPC for Python is missing: run 'deploy/prerequisites python .build/test-python Tests/InteropTests/python/requirements.txt', or set HECTOR_TEST_PYTHON"

    /// Whether Go is here with the libraries of Debian and Ubuntu.
    static let hasGo: Bool = has("go") && hasGoLibrary("github.com/hashicorp/go-plugin")
    static let needsGo = "Go with go-plugin is missing: run 'deploy/prerequisites test'"

    /// What the peers of the interop matrix lack on this machine; nil where all is there.
    static let missingForMatrix: String? =
        if python == nil {
            needsPython
        } else if !has("go") || !hasGoLibrary("google.golang.org/grpc") {
            "Go with grpc-go is missing: run 'deploy/prerequisites test'"
        } else if !has("g++") || !has("grpc_cpp_plugin") || !FileManager.default.fileExists(atPath: "/usr/include/grpcpp") {
            "gRPC C++ is missing: run 'deploy/prerequisites test'"
        } else {
            nil
        }

    /// The Python that has smollm's packages.
    static let smollmPython: String? = executable(
        ProcessInfo.processInfo.environment["HECTOR_TEST_SMOLLM_PYTHON"] ?? "\(root)/examples/plugins/smollm/.venv/bin/python")
    static let needsSmollm: String =
        "smollm's Python packages are missing: run 'deploy/prerequisites python examples/plugins/smollm/.venv examples/plugins/smollm/requirements.txt', or set HECTOR_TEST_SMOLLM_PYTHON"

    private static func has(_ program: String) -> Bool {
        (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").contains { executable("\($0)/\(program)") != nil }
    }

    private static func hasGoLibrary(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: "/usr/share/gocode/src/\(path)")
    }

    private static func executable(_ path: String) -> String? {
        FileManager.default.isExecutableFile(atPath: path) ? path : nil
    }
}

/// A folder for one test.
final class Scratch: Sendable {
    let path: String

    init() throws {
        // Short: unix sockets live in it.
        path = "/tmp/hi-" + UUID().uuidString.prefix(8)
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// Certificates of the mesh `demo`: host `dev`, node `a1`, and bad ones.
    func certificates() async throws -> String {
        let made = try await Program("\(Foreign.root)/certs/make-dev-certs", ["\(path)/certs", "--mesh", "demo", "--agent", "a1", "--bad"]).run()
        guard made.status == 0 else { throw Failure("make-dev-certs failed: \(made.output)") }
        return "\(path)/certs"
    }
}

struct Failure: Error, CustomStringConvertible {
    var description: String

    init(_ description: String) { self.description = description }
}

/// A foreign process.
final class Program: Sendable {
    struct Result {
        var status: Int32
        var output: String

        /// What to read when the program found a fault: the end of what it said.
        var lastWords: String { output.split(separator: "\n").suffix(15).joined(separator: "\n") }
    }

    private let process = Process()
    private let input = Pipe()

    init(_ path: String, _ arguments: [String], environment: [String: String] = [:]) {
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(["HECTOR_STATE_DIR": "none"]) { $1 }.merging(environment) { $1 }
        process.standardInput = input
    }

    /// Runs it to its end; ends it when the task is cancelled.
    func run() async throws -> Result {
        let file = FileManager.default.temporaryDirectory.path + "/hi-" + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: file) }
        _ = FileManager.default.createFile(atPath: file, contents: nil)
        let output = FileHandle(forWritingAtPath: file)
        process.standardOutput = output
        process.standardError = output
        let status = try await exit { [process] in try process.run() }
        try output?.close()
        return Result(status: status, output: String(decoding: FileManager.default.contents(atPath: file) ?? Data(), as: UTF8.self))
    }

    /// Runs a server that prints `READY TARGET` and ends with its input, for as long as the body takes.
    func serving<T: Sendable>(_ body: (String) async throws -> T) async throws -> T {
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        defer {
            try? input.fileHandleForWriting.close()
            process.terminate()
        }
        let reader = output.fileHandleForReading
        let line = try await NIOThreadPool.singleton.runIfActive {
            var line = Data()
            while !line.contains(UInt8(ascii: "\n")) {
                let more = reader.availableData
                if more.isEmpty { break }
                line.append(more)
            }
            return String(decoding: line, as: UTF8.self)
        }
        guard line.hasPrefix("READY ") else { throw Failure("a server said \(line.debugDescription) instead of READY") }
        return try await body(line.dropFirst("READY ".count).trimmingCharacters(in: .newlines))
    }

    var isRunning: Bool { process.isRunning }

    private func exit(_ start: @escaping @Sendable () throws -> Void) async throws -> Int32 {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                process.terminationHandler = { continuation.resume(returning: $0.terminationStatus) }
                do { try start() } catch { continuation.resume(throwing: error) }
            }
        } onCancel: {
            if process.isRunning { process.terminate() }
        }
    }
}
