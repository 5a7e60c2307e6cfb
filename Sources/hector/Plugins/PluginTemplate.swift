internal import HectorCore
import HectorConfig

/// The files of a new plugin, as a value.
struct PluginTemplate {
    enum Language: String, CaseIterable {
        case swift, python, go

        /// What people call it.
        var name: String {
            switch self {
            case .swift: "Swift"
            case .python: "Python"
            case .go: "Go"
            }
        }

        /// The kinds that there are templates for.
        var kinds: [PluginKind] { self == .go ? [.llm, .tool] : PluginKind.allCases }
    }

    /// Where the package with the SDK is, for plugins in Swift.
    enum SDK: Equatable {
        case path(String)
        case url(String)

        /// - Parameter text: A path, or what git clones.
        init(_ text: String) { self = text.contains("://") || text.hasPrefix("git@") ? .url(text) : .path(text) }

        var dependency: String {
            switch self {
            case .path(let path): "name: \"hector\", path: \"\(Self.escaped(path))\""
            case .url(let url): "url: \"\(Self.escaped(url))\", branch: \"main\""
            }
        }

        /// The package's name in the manifest of who depends on it: SwiftPM takes the last part of an address.
        var package: String {
            guard case .url(let url) = self, let last = url.split(whereSeparator: { $0 == "/" || $0 == ":" }).last else { return "hector" }
            return Self.escaped(String(last.hasSuffix(".git") ? last.dropLast(4) : last))
        }

        private static func escaped(_ text: String) -> String { text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") }
    }

    struct File: Equatable {
        /// Below the plugin's folder.
        let path: String
        let text: String
        let isExecutable: Bool
    }

    let name: String
    let kind: PluginKind
    let language: Language
    let sdk: SDK

    /// Where an author begins.
    var mainFile: String {
        switch language {
        case .swift: "Sources/\(name)/main.swift"
        case .python: "plugin.py"
        case .go: "main.go"
        }
    }

    /// All files, in the order in which they are written.
    var files: [File] {
        let kindFolder = "\(language.rawValue)/\(kind.rawValue)"
        var files = [
            file("README.md", "\(language.rawValue)/README.md"), File(path: "hector.yaml", text: configuration, isExecutable: false),
            file("\(name).plugin.yaml", "manifests/\(kind.rawValue).yaml"), file("build", "\(language.rawValue)/build", isExecutable: true),
            file(".gitignore", "\(language.rawValue)/gitignore"),
        ]
        switch language {
        case .swift: files += [file("Package.swift", "swift/Package.swift"), file(mainFile, "\(kindFolder)/main.swift")]
        case .python:
            files += [
                file(name, "python/launcher", isExecutable: true), file(mainFile, "\(kindFolder)/plugin.py"),
                file("hector_plugin.py", "python/hector_plugin.py"), file("requirements.txt", "python/requirements.txt"),
            ]
            let messages = ["hector/plugin/plugin.proto", "goplugin/controller.proto"]
                + (kind == .tool || kind == .reasoning ? ["hector/plugin/tools.proto"] : [])
                + (kind == .reasoning ? ["hector/plugin/reasoning.proto"] : [])
            files += messages.map { asItIs("proto/\($0)", "proto/\($0)") }
        case .go:
            let package = "src/github.com/hector/plugin"
            files += [
                file(mainFile, "\(kindFolder)/main.go"), file("serve.go", "go/serve.go"), file("go.mod", "go/go.mod"),
                asItIs("\(package)/go.mod", "go/plugin.go.mod"), asItIs("\(package)/plugin.pb.go", "go/plugin.pb.go"),
            ] + (kind == .tool ? [asItIs("\(package)/tools.pb.go", "go/tools.pb.go")] : [])
        }
        return files
    }

    /// A command that shows what the plugin does, to be run in its folder.
    var trial: String {
        switch kind {
        case .llm: #"hector plugin call \#(name) Generate '{"messages": [{"role": "user", "content": "good morning"}]}'"#
        case .database: #"hector plugin call \#(name) CreateCollection '{"collection": "notes", "vectorSize": 3}'"#
        case .embedder: #"hector plugin call \#(name) Embed '{"text": "good morning"}'"#
        case .tool: #"hector plugin call \#(name) count_words '{"text": "three blind mice"}'"#
        case .reasoning: #"hector plugin call \#(name) Decide '{"messages": [{"role": "user", "content": "good morning"}]}'"#
        }
    }

    /// A configuration that runs it.
    private var configuration: String {
        let entry = "plugins:\n  \(kind.section):\n    \(name): {path: \(name)}\n"
        return kind == .llm ? entry + "agents:\n  my-agent: {llm: \(name)}\n" : entry
    }

    private var howToRun: String {
        let more = kind == .llm ? "hector serve          # in another terminal: hector call my-agent \"good morning\"\n" : ""
        return """
            `hector.yaml` runs it; its entry fits into any other configuration:

            ```yaml
            \(configuration.trimmed)
            ```

            ```sh
            \(trial)
            \(more)```
            """.replacing("\n```\n```", with: "\n```")
    }

    private func file(_ path: String, _ template: String, isExecutable: Bool = false) -> File {
        let text = asItIs(path, template).text.replacing("my-plugin", with: name)
            .replacing("{{sdk}}", with: sdk.dependency).replacing("{{package}}", with: sdk.package).replacing("{{run}}", with: howToRun).replacing("{{a type}}", with: title)
        return File(path: path, text: text, isExecutable: isExecutable)
    }

    private var title: String {
        switch kind {
        case .llm: "A language model"
        case .database: "A vector database"
        case .embedder: "An embedder"
        case .tool: "Tools"
        case .reasoning: "A reasoning strategy"
        }
    }

    private func asItIs(_ path: String, _ template: String) -> File {
        // The tests make all of them.
        guard let text = PluginFiles.all[template] else { preconditionFailure("\(template) is missing: run examples/templates/embed") }
        return File(path: path, text: text, isExecutable: false)
    }
}

extension String {
    fileprivate var trimmed: String { String(self[..<(lastIndex { $0 != "\n" }.map { index(after: $0) } ?? startIndex)]) }
}
