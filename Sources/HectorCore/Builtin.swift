/// A plugin that the program `hector-plugins` serves. It is a plugin like any author's, and only its place is known beforehand.
///
/// A new one is a case here, its description below, and its providers in `HectorBuiltins`.
package enum Builtin: String, Sendable, CaseIterable {
    /// Language models and embedders behind OpenAI's API.
    case openai
    /// Tools of a server of the Model Context Protocol.
    case mcp
    /// An agent elsewhere that speaks A2A.
    case a2a
    /// A vector database in one SQLite file.
    case sqlite
    /// A vector database in PostgreSQL.
    case pgvector
    /// The models of an engine of this machine, which it finds by itself.
    case adopt

    /// What it is and takes.
    package var description: Description {
        switch self {
        case .openai: .openai
        case .mcp: .mcp
        case .a2a: .a2a
        case .sqlite: .sqlite
        case .pgvector: .pgvector
        case .adopt: .adopt
        }
    }

    /// The program that serves them all. It lies beside `hector` and `hector-plugin-agent`, and is looked for nowhere else.
    package static let program = "hector-plugins"
    /// What stands before the name of one in an entry's `path`.
    package static let scheme = "builtin:"

    package struct Description: Sendable {
        /// The kinds of providers that it is. One process serves all of them, and its host uses one.
        package var kinds: [PluginKind]
        /// One line for people.
        package var summary: String
        package var settings: [Setting]
        /// What a manifest would declare before the process runs, such as `store`.
        package var capabilities: [String: String] = [:]
    }

    /// A key of its configuration.
    package struct Setting: Sendable {
        package enum Form: Sendable {
            case text
            case number(ClosedRange<Double>)
            case flag
            case time(ClosedRange<Duration>)
            /// A file or folder; relative ones start from the configuration's folder.
            case path
            /// Texts; the plugin receives a JSON array.
            case list
            /// Texts by names; the plugin receives a JSON object.
            case mapping
        }

        package var name: String
        package var form: Form
        package var isRequired = false

        package init(_ name: String, _ form: Form = .text, isRequired: Bool = false) {
            self.name = name
            self.form = form
            self.isRequired = isRequired
        }
    }
}

extension Builtin.Description {
    fileprivate static let openai = Self(
        kinds: [.llm, .embedder], summary: "models behind OpenAI's API",
        settings: [
            .init("url", isRequired: true), .init("model"), .init("key"), .init("headers", .mapping), .init("engine"), .init("options", .list),
            .init("images", .flag), .init("context", .number(1...100_000_000)), .init("slots", .number(1...10_000)), .init("timeout", silence),
            // Of embedders.
            .init("dimension", .number(1...65_536)), .init("batch", .number(1...2_048)), .init("query_prefix"), .init("document_prefix"),
        ])

    fileprivate static let mcp = Self(
        kinds: [.tool], summary: "tools of an MCP server",
        settings: [
            .init("command", .list), .init("env", .mapping), .init("directory", .path), .init("url"), .init("key"), .init("headers", .mapping),
            .init("timeout", silence),
        ])

    fileprivate static let a2a = Self(
        kinds: [.tool], summary: "an agent that speaks A2A",
        settings: [
            .init("url", isRequired: true), .init("endpoint"), .init("key"), .init("headers", .mapping), .init("timeout", silence),
        ])

    fileprivate static let sqlite = Self(
        kinds: [.database], summary: "a vector database in one SQLite file",
        settings: [
            .init("path", .path, isRequired: true), .init("memory_mib", .number(0...16_777_216)), .init("disk_mib", .number(1...67_108_864)),
            .init("threads", .number(1...64)), .init("return_vectors", .flag),
        ],
        capabilities: vectorDatabase)

    fileprivate static let pgvector = Self(
        kinds: [.database], summary: "a vector database in PostgreSQL, with its extension pgvector",
        settings: [
            .init("url", isRequired: true), .init("pool", .number(1...64)), .init("statement_timeout", .time(.seconds(1) ... .seconds(3_600))),
            .init("return_vectors", .flag),
        ],
        capabilities: vectorDatabase)

    private static let vectorDatabase = ["upsert_batch": "true", "search_filtered": "true", "count": "true"]

    fileprivate static let adopt = Self(
        kinds: [.llm, .embedder], summary: "all models of an engine that runs on this machine",
        settings: [
            .init("engine", isRequired: true), .init("port", .number(1...65_535)), .init("users", .list), .init("names", .mapping),
            .init("taken", .list),
        ])

    /// How long a server may say nothing.
    private static let silence = Builtin.Setting.Form.time(.seconds(1) ... .seconds(3_600))
}
