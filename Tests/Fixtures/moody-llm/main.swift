// A language model whose moods a test sets by configuration.
import Foundation
import HectorPlugin
import Synchronization

struct MoodyModel: LLMProvider {
    let about = PluginDescription(name: "moody-llm", version: "0.1.0")
    /// It makes it sick while it exists.
    private let sickness = NamedFile()
    /// The file that it writes when it is told to shut down; then it takes its time.
    private let farewell = NamedFile()

    /// A file that its configuration names.
    private actor NamedFile {
        var file = ""
        func set(_ file: String) { self.file = file }
    }

    /// Taken by everything it does, where `one_thread` is set.
    private final class OneThread: Sendable {
        let isUsed = Mutex(false)
        let turn = Mutex(())
    }

    private let oneThread = OneThread()

    func initialize(config: [String: String]) async throws {
        if let words = config["refuse"] { throw ProviderError(.failed, words) }
        if let time = config["load_milliseconds"] { try await Task.sleep(for: .milliseconds(Int(time) ?? 0)) }
        await farewell.set(config["farewell_file"] ?? "")
        await sickness.set(config["sick_file"] ?? "")
        oneThread.isUsed.withLock { $0 = config["one_thread"] != nil }
        print("words on stdout")
        fflush(nil)
        FileHandle.standardError.write(Data(#"{"@level":"info","@message":"initialized","keys":\#(config.count)}"#.utf8 + [0x0A]))
    }

    func shutdown() async throws {
        let file = await farewell.file
        guard !file.isEmpty else { return }
        try Data("goodbye".utf8).write(to: URL(fileURLWithPath: file))
        try await Task.sleep(for: .seconds(60))
    }

    func health() async throws -> ProviderHealth {
        if oneThread.isUsed.withLock({ $0 }) { oneThread.turn.withLock { _ in } }
        return FileManager.default.fileExists(atPath: await sickness.file)
            ? ProviderHealth(isHealthy: false, message: "a headache") : ProviderHealth(isHealthy: true)
    }

    /// `compute N` and `wait N` take N seconds of its one thread; `sleep N` takes N milliseconds of nothing.
    func generate(_ request: GenerateRequest) async throws -> GenerateResponse {
        let words = (request.messages.last?.content ?? "").split(separator: " ")
        if words.first == "sleep" {
            try await Self.sleep(words)
            var response = GenerateResponse()
            response.text = "done"
            return response
        }
        let time = Duration.seconds(words.last.flatMap { Int($0) } ?? 0)
        oneThread.turn.withLock { _ in
            if words.first == "wait" { Thread.sleep(forTimeInterval: time / .seconds(1)) }
            let end = ContinuousClock.now + time
            while words.first == "compute", ContinuousClock.now < end {}
        }
        var response = GenerateResponse()
        response.text = "done"
        return response
    }

    private static func sleep(_ words: [Substring]) async throws {
        try await Task.sleep(for: .milliseconds(words.last.flatMap { Int($0) } ?? 0))
    }

    /// `forever` streams until its reader is gone, `say N` says N words in N tenths of a second, `drawl N` in N quarters, `print N` prints N
    /// lines on stderr;
    /// anything else is one word, which comes after N milliseconds for `sleep N`.
    func generateStreaming(
        _ request: GenerateRequest, onChunk: @escaping @Sendable (StreamChunk) async throws -> Void
    ) async throws -> GenerationEnd {
        let words = (request.messages.last?.content ?? "").split(separator: " ")
        while words.first == "forever" {
            try await onChunk(.text("again "))
            try await Task.sleep(for: .milliseconds(50))
        }
        if words.first == "say" || words.first == "drawl" {
            for word in 0..<(words.last.flatMap { Int($0) } ?? 0) {
                try await onChunk(.text("\(word) "))
                try await Task.sleep(for: .milliseconds(words.first == "say" ? 100 : 250))
            }
        }
        if words.first == "sleep" { try await Self.sleep(words) }
        if words.first == "print" {
            for index in 0..<(words.last.flatMap { Int($0) } ?? 0) {
                FileHandle.standardError.write(Data("[INFO] line \(index) \(String(repeating: "x", count: 200))\n".utf8))
            }
        }
        try await onChunk(.text("done"))
        return 1
    }
}

try await serve(MoodyModel())
