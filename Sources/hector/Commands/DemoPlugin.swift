import Glibc
import HectorCore

/// SmolLM2, a language model that is small enough to try Hector with: the plugin that is an example in Python, kept in the user's cache.
struct DemoPlugin {
    /// Its name, and the agent's.
    static let name = "smollm"

    /// What `--demo` says before it begins.
    static let advice = """
        To try Hector without one: hector serve --demo. It runs SmolLM2, a small language model on the processor (Python 3.10 or later; it \
        downloads about 150 MB, once).
        """

    private let folder: String

    /// - Throws: `Failure`: neither XDG_CACHE_HOME nor HOME is known.
    init(environment: [String: String]) throws {
        let cache = environment["XDG_CACHE_HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil }
            ?? environment["HOME"].flatMap { $0.hasPrefix("/") ? $0 + "/.cache" : nil }
        guard let cache else { throw Failure("--demo keeps its model in the user's cache: set HOME or XDG_CACHE_HOME") }
        folder = cache + "/hector/demo/smollm"
    }

    var executable: String { folder + "/" + Self.name }

    /// A configuration of it alone.
    ///
    /// - Parameter listen: Where the server listens; nil: the standard.
    func configuration(listen: String?) -> String {
        (listen.map { "server: {listen: \"\($0)\"}\n" } ?? "") + """
            plugins:
              llm_providers:
                \(Self.name): {path: "\(executable)"}
            agents:
              \(Self.name): {llm: \(Self.name)}
            """
    }

    /// Writes its files, installs its packages and downloads the model, as far as they are not there. Minutes the first time.
    ///
    /// - Throws: `Failure`.
    func prepare() throws {
        for (path, text) in PluginFiles.all where path.hasPrefix("demo/") { try write(text, to: String(path.dropFirst("demo/".count))) }
        let status = try run([folder + "/setup"])
        guard status == 0 else { throw Failure("the model of --demo could not be set up (\(folder)/setup ended with \(status)): see above") }
    }

    private func write(_ text: String, to path: String) throws {
        let target = "\(folder)/\(path)"
        var parent = ""
        for part in target.split(separator: "/").dropLast() {
            parent += "/\(part)"
            mkdir(parent, 0o700)
        }
        // A host that runs keeps the file that it has: the new one takes its name.
        let new = "\(target).\(getpid())"
        let descriptor = open(new, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, text.hasPrefix("#!") ? 0o700 : 0o600)
        guard descriptor >= 0 else { throw Failure("\(new) cannot be written: \(String(cString: strerror(errno)))") }
        do {
            defer { close(descriptor) }
            try HectorCore.write(text.utf8, to: descriptor)
        } catch {
            throw Failure("\(new) cannot be written: \(error)")
        }
        guard rename(new, target) == 0 else { throw Failure("\(target) cannot be written: \(String(cString: strerror(errno)))") }
    }

    /// Runs a program on this terminal: Ctrl-C ends both.
    private func run(_ arguments: [String]) throws -> Int32 {
        var process: pid_t = 0
        var words = arguments.map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        let error = posix_spawn(&process, arguments[0], nil, nil, &words, environ)
        guard error == 0 else { throw Failure("\(arguments[0]) cannot be started: \(String(cString: strerror(error)))") }
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0 {
            guard errno == EINTR else { return -1 }
        }
        return status & 0x7F == 0 ? (status >> 8) & 0xFF : 128 + (status & 0x7F)
    }
}
