import Foundation

/// The built `hector`, beside the tests that were built with it.
struct Program: Sendable {
    struct Result: Equatable, Sendable {
        var status: Int32
        var output: String
        var errors: String
    }

    var environment: [String: String]
    /// Where it runs; nil for where the tests do.
    var folder: URL?

    init(server: String) {
        environment = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("HECTOR_") }
        environment["HECTOR_SERVER"] = server
        environment["HECTOR_STATE_DIR"] = "none"
    }

    func run(_ arguments: String...) async throws -> Result {
        try await run(arguments)
    }

    func run(_ arguments: String..., input: String, interruptAfter: String? = nil) async throws -> Result {
        try await run(arguments, input: input, interruptAfter: interruptAfter)
    }

    /// Its standard streams are files: programs that run side by side inherit each other's pipes, and then wait for
    /// each other's end.
    ///
    /// - Parameters:
    ///   - interruptAfter: The output upon which the program gets a SIGINT.
    ///   - output: Where its output goes, if not into the result.
    func run(
        _ arguments: [String], input: String = "", interruptAfter: String? = nil, output: FileHandle? = nil
    ) async throws -> Result {
        let folder = FileManager.default.temporaryDirectory.appending(path: "hector-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(at: folder) }
        let (stdin, stdout, stderr) = (folder.appending(path: "in"), folder.appending(path: "out"), folder.appending(path: "err"))
        try Data(input.utf8).write(to: stdin)
        try Data().write(to: stdout)
        try Data().write(to: stderr)

        let process = Process()
        process.executableURL = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent().appending(path: "hector")
        process.arguments = arguments
        process.environment = environment
        if let place = self.folder { process.currentDirectoryURL = place }
        process.standardInput = try FileHandle(forReadingFrom: stdin)
        process.standardOutput = try output ?? FileHandle(forWritingTo: stdout)
        process.standardError = try FileHandle(forWritingTo: stderr)
        let (exits, exit) = AsyncStream<Int32>.makeStream()
        process.terminationHandler = {
            exit.yield($0.terminationStatus)
            exit.finish()
        }
        try process.run()
        if let interruptAfter {
            // In the middle of an answer: not before the program has shown that it got there.
            while try !text(stdout).hasSuffix(interruptAfter) { try await Task.sleep(for: .milliseconds(10)) }
            process.interrupt()
        }
        var status: Int32 = -1
        for await exited in exits { status = exited }
        return Result(status: status, output: try text(stdout), errors: try text(stderr))
    }

    private func text(_ file: URL) throws -> String {
        String(decoding: try Data(contentsOf: file), as: UTF8.self)
    }
}
