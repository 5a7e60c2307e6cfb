internal import HectorCore
import ArgumentParser
import Glibc
import HectorConfig

/// `hector plugin new`
struct PluginNewCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "new", abstract: "Write the folder of a new plugin, which builds and passes `hector plugin test`.",
        discussion: """
            Writes the folder NAME, with a provider, its manifest, a script that builds it, and a README. Nothing is overwritten.

            EXAMPLES
              hector plugin new my-tools --type tool_provider --language python
              hector plugin new my-model --type llm_provider --language swift --sdk ../hector
            """
    )

    @Argument(help: "The plugin's name, and the folder's.") var name: String
    @Option(help: "One of \(PluginKind.allCases.map(\.rawValue).joined(separator: ", ")).") var type: String
    @Option(help: "One of \(PluginTemplate.Language.allCases.map(\.rawValue).joined(separator: ", ")).") var language: String
    @Option(help: ArgumentHelp("For Swift: where Hector's package is. The standard is a clone beside the new folder.", valueName: "path|url"))
    var sdk: String?

    func run() throws {
        let template = try template()
        // Fails where anything has this name.
        guard mkdir(name, 0o777) == 0 else {
            guard errno != EEXIST else { throw Failure("\(name) exists: choose another name, or remove it") }
            throw Failure("\(name) cannot be created in \(currentDirectory()): \(String(cString: strerror(errno)))")
        }
        for file in template.files { try write(file) }
        let shown = [
            (template.mainFile, "the provider: begin here"), ("\(name).plugin.yaml", "its manifest"),
            ("hector.yaml", "a configuration that runs it"), ("README.md", "how to build, check and run it"),
        ]
        var table = Table()
        for (path, words) in shown { table.add([.init("  \(name)/\(path)"), .init(words)]) }
        let terminal = Terminal()
        try terminal.write("""
            \(name) is \(template.kind.withArticle) in \(template.language.name):

            \(table.text(for: terminal))
            Next:

              cd \(name)
              ./build
              hector plugin test ./\(name)
              \(template.trial)

            """)
    }

    private func template() throws -> PluginTemplate {
        guard Label.isValid(name) else {
            throw Failure("'\(name)' cannot be a plugin's name: use 1 to 62 of a-z, 0-9 and -, with a letter or digit at both ends, such as my-plugin")
        }
        guard let kind = PluginKind(rawValue: type) else {
            throw Failure("--type \(type): the type must be one of \(PluginKind.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        guard let language = PluginTemplate.Language(rawValue: language.lowercased()) else {
            let names = PluginTemplate.Language.allCases.map(\.rawValue).joined(separator: ", ")
            throw Failure("--language \(language): the languages are \(names). docs/plugin-protocol.md is for all others")
        }
        guard language.kinds.contains(kind) else {
            let kinds = language.kinds.map(\.rawValue).joined(separator: " and ")
            throw Failure("there is no template of \(kind.withArticle) in \(language.name), only of \(kinds): begin with one of these, or with another language")
        }
        guard sdk == nil || language == .swift else { throw Failure("--sdk is for Swift: a plugin in \(language.name) needs nothing of Hector's") }
        var place = PluginTemplate.SDK(sdk ?? "../hector")
        // What is given is seen from here, and written for the new folder.
        if let sdk, case .path = place { place = .path(absolutePath(sdk)) }
        return PluginTemplate(name: name, kind: kind, language: language, sdk: place)
    }

    private func write(_ file: PluginTemplate.File) throws {
        var folder = name
        for part in file.path.split(separator: "/").dropLast() {
            folder += "/\(part)"
            mkdir(folder, 0o777)
        }
        let path = "\(name)/\(file.path)"
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, file.isExecutable ? 0o777 : 0o666)
        guard descriptor >= 0 else { throw Failure("\(path) cannot be written: \(String(cString: strerror(errno)))") }
        defer { close(descriptor) }
        do {
            try HectorCore.write(file.text.utf8, to: descriptor)
        } catch {
            throw Failure("\(path) cannot be written: \(error)")
        }
    }
}
