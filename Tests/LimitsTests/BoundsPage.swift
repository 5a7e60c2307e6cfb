@testable import HectorAPI
@testable import HectorAgents
@testable import HectorBuiltins
@testable import HectorConfig
@testable import HectorCore
@testable import HectorDiscovery
@testable import HectorDocuments
@testable import HectorHandshake
@testable import HectorHost
@testable import HectorLogging
@testable import HectorMembership
@testable import HectorMesh
@testable import HectorMetrics
@testable import HectorPlugins
@testable import HectorProto
@testable import HectorProviders
@testable import HectorRPC
@testable import HectorStore
@testable import HectorTrust
@testable import HectorYAML

/// `docs/bounds.md`: every bound as the code has it, with the reason that stands at its declaration.
enum BoundsPage {
    static let path = "docs/bounds.md"

    /// The sections, in the order of the ways through the program: a request, a call, a plugin, a node, the files, the log.
    static func sections() throws -> [(title: String, groups: [BoundGroup])] {
        [
            ("The HTTP server", [
                try BoundGroup("APILimits", "HectorAPI/HTTP/APILimits.swift", reflecting: APILimits()),
                try BoundGroup("ChatLimits", "HectorAPI/OpenAI/ChatLimits.swift", reflecting: ChatLimits.standard),
                try BoundGroup("ResponseLimits", "HectorAPI/OpenAI/ResponseRequest.swift", reflecting: ResponseLimits.standard),
                try BoundGroup("A2ALimits", "HectorAPI/A2A/A2ALimits.swift", [
                    ("id", A2ALimits.id), ("context", A2ALimits.context), ("modes", A2ALimits.modes), ("modeBytes", A2ALimits.modeBytes),
                    ("events", A2ALimits.events), ("eventText", A2ALimits.eventText), ("agreementBytes", A2ALimits.agreementBytes), ("lineage", A2ALimits.lineage),
                ]),
                try BoundGroup("JSONLimits", "HectorCore/JSONScanner.swift", [("depth", JSONLimits().depth)]),
                try BoundGroup("ControlDirectory", "HectorCore/Control/ControlDirectory.swift", [
                    ("mostSockets", ControlDirectory.mostSockets), ("longestPath", ControlDirectory.longestPath),
                ]),
                try BoundGroup("MetricsRegistry", "HectorMetrics/MetricsRegistry.swift", [("mostSeries", MetricsRegistry.mostSeries)]),
            ]),
            ("Agents", [
                try BoundGroup("AgentLimits", "HectorAgents/AgentLimits.swift", reflecting: AgentLimits()),
                try BoundGroup("DocumentLimits", "HectorDocuments/DocumentLimits.swift", reflecting: DocumentLimits()),
                try BoundGroup("Citation", "HectorAgents/Retrieval.swift", [("most", Citation.most)]),
                try BoundGroup("EmbeddingLimits", "HectorAgents/Embedder.swift", reflecting: EmbeddingLimits.standard),
                try BoundGroup("JSONSchema.Limits", "HectorCore/JSONSchema.swift", reflecting: JSONSchema.Limits()),
                try BoundGroup("LongWork", "HectorCore/OffPool.swift", [("short", LongWork.short), ("waitingBytes", LongWork.waitingBytes)]),
            ]),
            ("State", [
                try BoundGroup("StoreLimits", "HectorStore/StoreLimits.swift", reflecting: StoreLimits())
            ]),
            ("Calls to replicas", [
                try BoundGroup("ConditionBoard.Limits", "HectorCore/Conditions/ConditionBoard.swift", reflecting: ConditionBoard.Limits()),
                try BoundGroup("MeshLimits", "HectorMesh/MeshLimits.swift", reflecting: MeshLimits()),
                try BoundGroup("FailedCalls", "HectorHost/Providers/FailedCalls.swift", [
                    ("burst", FailedCalls.burst), ("perSecond", FailedCalls.perSecond), ("problemCharacters", FailedCalls.problemCharacters),
                ]),
                try BoundGroup("ToolLimits", "HectorProviders/ToolLimits.swift", reflecting: ToolLimits()),
                try BoundGroup("TracingLimits", "HectorHost/Tracing/TracingLimits.swift", reflecting: TracingLimits()),
                try BoundGroup("ToolLists", "HectorHost/Providers/ToolLists.swift", [("age", ToolLists.age)]),
            ]),
            ("Built-in plugins", [
                try BoundGroup("BuiltinLimits", "HectorBuiltins/BuiltinLimits.swift", reflecting: BuiltinLimits()),
                try BoundGroup("ExtractLimits", "HectorBuiltins/Extract/ExtractLimits.swift", reflecting: ExtractLimits()),
            ]),
            ("Connections", [
                try BoundGroup("RPCLimits", "HectorRPC/RPCLimits.swift", reflecting: RPCLimits()),
                try BoundGroup("KeepaliveConfiguration.mesh", "HectorRPC/Transport/Keepalive.swift", [
                    ("interval", KeepaliveConfiguration.mesh.interval), ("timeout", KeepaliveConfiguration.mesh.timeout),
                ]),
                try BoundGroup("KeepaliveConfiguration.child", "HectorRPC/Transport/Keepalive.swift", [
                    ("interval", KeepaliveConfiguration.child.interval), ("timeout", KeepaliveConfiguration.child.timeout),
                ]),
                try BoundGroup("ServerConnectionPolicy.mesh", "HectorRPC/Transport/ServerConnectionPolicy.swift", [
                    ("minimumPingInterval", ServerConnectionPolicy.mesh.minimumPingInterval)
                ]),
                try BoundGroup("FloodGuard", "HectorRPC/HTTP2/FloodGuard.swift", [
                    ("burst", FloodGuard.burst), ("perSecond", FloodGuard.perSecond), ("perFrameSent", FloodGuard.perFrameSent),
                ]),
                try BoundGroup("PercentEncoding", "HectorRPC/GRPC/PercentEncoding.swift", [("longestMessage", PercentEncoding.longestMessage)]),
                try BoundGroup("ResponseFields", "HectorRPC/GRPC/ResponseFields.swift", [("longestTrailers", ResponseFields.longestTrailers)]),
                try BoundGroup("TLSContext", "HectorRPC/TLS/TLSEngine+Resumption.swift", [("serverSessions", TLSContext.serverSessions)]),
                try BoundGroup("RPCMetrics", "HectorRPC/Metrics/RPCMetrics.swift", [("mostMethods", RPCMetrics.mostMethods)]),
                try BoundGroup("RefusalLog", "HectorRPC/Transport/RefusalLog.swift", [
                    ("firstPause", RefusalLog.firstPause), ("longestPause", RefusalLog.longestPause),
                    ("maximumSources", RefusalLog.maximumSources), ("burst", RefusalLog.burst), ("perSecond", RefusalLog.perSecond),
                ]),
                try BoundGroup("Descriptors", "HectorPlugins/Process/Descriptors.swift", [
                    ("perReplica", Descriptors.perReplica), ("perNode", Descriptors.perNode), ("ownUse", Descriptors.ownUse(processors: 2)),
                ]),
            ]),
            ("Plugins on this machine", [
                try BoundGroup("PluginLimits", "HectorPlugins/PluginLimits.swift", reflecting: PluginLimits()),
                try BoundGroup("ConformanceLimits", "HectorHost/Conformance/PluginCheck.swift", reflecting: ConformanceLimits()),
                try BoundGroup("BuiltinLimits", "HectorBuiltins/BuiltinLimits.swift", reflecting: BuiltinLimits()),
                try BoundGroup("RestartPolicy.Settings", "HectorPlugins/Supervision/RestartPolicy.swift", reflecting: RestartPolicy.Settings()),
                try BoundGroup("Handshake.Limits", "HectorHandshake/Handshake.swift", [
                    ("lineBytes", Handshake.Limits.lineBytes),
                    ("certificateBytes", Handshake.Limits.certificateBytes),
                ]),
            ]),
            ("Built-in plugins", [
                try BoundGroup("VectorLimits", "HectorBuiltins/Vectors/VectorLimits.swift", reflecting: VectorLimits()),
            ]),
            ("Nodes", [
                try BoundGroup("DiscoveryLimits", "HectorDiscovery/DiscoveryLimits.swift", reflecting: DiscoveryLimits()),
                try BoundGroup("PathRoster.Limits", "HectorMembership/PathRoster.swift", reflecting: PathRoster.Limits()),
                try BoundGroup("PathRunner", "HectorMembership/PathRunner.swift", [("dialTime", PathRunner.dialTime)]),
                try BoundGroup("AddressRace", "HectorMembership/AddressRace.swift", [("delay", AddressRace { _ in }.delay)]),
                try BoundGroup("RetiringTimes", "HectorMembership/ClientConnection+Retiring.swift", reflecting: RetiringTimes()),
                try BoundGroup("NodeReportLimits", "HectorProto/NodeReportLimits.swift", reflecting: NodeReportLimits()),
            ]),
            ("Files", [
                try BoundGroup("ConfigurationLimits", "HectorConfig/ConfigurationLimits.swift", [
                    ("replicas", ConfigurationLimits.replicas), ("calls", ConfigurationLimits.calls),
                    ("standardCalls", ConfigurationLimits.standardCalls), ("threads", ConfigurationLimits.threads),
                    ("standardThreads", ConfigurationLimits.standardThreads), ("startTimeout", ConfigurationLimits.startTimeout),
                    ("callTimeout", ConfigurationLimits.callTimeout), ("callTotalTimeout", ConfigurationLimits.callTotalTimeout),
                    ("standardCallTimeout", ConfigurationLimits.standardCallTimeout), ("drainTimeout", ConfigurationLimits.drainTimeout),
                    ("standardDrainTimeout", ConfigurationLimits.standardDrainTimeout), ("maxIterations", ConfigurationLimits.maxIterations),
                    ("staticEndpoints", ConfigurationLimits.staticEndpoints), ("pluginsOfEndpoint", ConfigurationLimits.pluginsOfEndpoint),
                    ("models", ConfigurationLimits.models), ("adopted", ConfigurationLimits.adopted),
                    ("corsOrigins", ConfigurationLimits.corsOrigins), ("environmentVariables", ConfigurationLimits.environmentVariables),
                    ("clients", ConfigurationLimits.clients), ("agentsOfClient", ConfigurationLimits.agentsOfClient),
                    ("tokenCharacters", ConfigurationLimits.tokenCharacters),
                    ("turnTokens", ConfigurationLimits.turnTokens), ("toolCalls", ConfigurationLimits.toolCalls),
                    ("standardToolCalls", ConfigurationLimits.standardToolCalls), ("turnTime", ConfigurationLimits.turnTime),
                    ("standardTurnTime", ConfigurationLimits.standardTurnTime), ("toolTimeout", ConfigurationLimits.toolTimeout),
                    ("queue", ConfigurationLimits.queue), ("memoryTokens", ConfigurationLimits.memoryTokens),
                    ("memoryKeep", ConfigurationLimits.memoryKeep),
                    ("toolsOfAgent", ConfigurationLimits.toolsOfAgent), ("toolNameBytes", ConfigurationLimits.toolNameBytes),
                    ("agentsOfAgent", ConfigurationLimits.agentsOfAgent), ("examples", ConfigurationLimits.examples),
                    ("tracingHeaders", ConfigurationLimits.tracingHeaders), ("tracingHeaderBytes", ConfigurationLimits.tracingHeaderBytes),
                    ("stores", ConfigurationLimits.stores), ("storesOfAgent", ConfigurationLimits.storesOfAgent), ("collectionBytes", ConfigurationLimits.collectionBytes),
                    ("patterns", ConfigurationLimits.patterns), ("patternBytes", ConfigurationLimits.patternBytes), ("chunkTokens", ConfigurationLimits.chunkTokens),
                    ("standardChunkTokens", ConfigurationLimits.standardChunkTokens), ("standardChunkOverlap", ConfigurationLimits.standardChunkOverlap),
                    ("results", ConfigurationLimits.results), ("standardResults", ConfigurationLimits.standardResults),
                    ("retrievalTokens", ConfigurationLimits.retrievalTokens), ("standardRetrievalTokens", ConfigurationLimits.standardRetrievalTokens),
                    ("stops", ConfigurationLimits.stops), ("stopBytes", ConfigurationLimits.stopBytes),
                    ("silence", ConfigurationLimits.silence), ("standardSilence", ConfigurationLimits.standardSilence),
                    ("silenceStreams", ConfigurationLimits.silenceStreams), ("standardSilenceStreams", ConfigurationLimits.standardSilenceStreams),
                ]),
                try BoundGroup("YAMLLimits", "HectorYAML/YAMLLimits.swift", reflecting: YAMLLimits()),
                try BoundGroup("YAMLLimits.configuration", "HectorYAML/YAMLLimits.swift", [
                    ("bytes", YAMLLimits.configuration.bytes), ("scalarBytes", YAMLLimits.configuration.scalarBytes),
                ]),
                try BoundGroup("CertificateFiles", "HectorTrust/CertificateFiles.swift", [("largestFile", CertificateFiles.largestFile)]),
            ]),
            ("The log", [
                try BoundGroup("LogLines.Limits", "HectorLogging/LineLogHandler.swift", reflecting: LogLines.Limits()),
                try BoundGroup("LogWriter", "HectorLogging/LogWriter.swift", [("standardLimit", LogWriter.standardLimit)]),
            ]),
        ]
    }

    /// What can be set, and where. Everything else is fixed.
    static let keys = [
        "APILimits.connections": "the limit on open files can lower it",
        "RPCLimits.maximumConnections": "the limit on open files can lower it",
        "BuiltinLimits.silence": "`timeout` of the plugin",
        "BuiltinLimits.batch": "`batch` of the plugin",
        "PluginLimits.startTime": "`start_timeout`",
        "PluginLimits.lineTime": "`start_timeout`",
        "APILimits.concurrentCalls": "`server.max_calls`",
        "ConfigurationLimits.replicas": "range of `replicas`",
        "ConfigurationLimits.calls": "range of `server.max_calls` and of an agent's `limits.calls`",
        "ConfigurationLimits.standardCalls": "`server.max_calls`",
        "ConfigurationLimits.threads": "range of `server.threads`",
        "ConfigurationLimits.standardThreads": "`server.threads`",
        "ConfigurationLimits.startTimeout": "range of `start_timeout`",
        "ConfigurationLimits.callTimeout": "range of `mesh.call_timeout`",
        "ConfigurationLimits.callTotalTimeout": "range of `mesh.call_total_timeout`",
        "ConfigurationLimits.standardCallTimeout": "`mesh.call_timeout`",
        "ConfigurationLimits.silence": "range of `mesh.silence`",
        "ConfigurationLimits.standardSilence": "`mesh.silence`",
        "ConfigurationLimits.silenceStreams": "range of `mesh.silence_streams`",
        "ConfigurationLimits.standardSilenceStreams": "`mesh.silence_streams`",
        "PluginLimits.silenceStreams": "`mesh.silence_streams`; fixed on a node",
        "ConfigurationLimits.drainTimeout": "range of `server.drain_timeout` and `agent.drain_timeout`",
        "ConfigurationLimits.standardDrainTimeout": "`agent.drain_timeout`",
        "ConfigurationLimits.maxIterations": "range of `reasoning.max_iterations`",
        "ConfigurationLimits.turnTokens": "range of `reasoning.budget.tokens`",
        "ConfigurationLimits.toolCalls": "range of `reasoning.budget.tool_calls`",
        "ConfigurationLimits.standardToolCalls": "`reasoning.budget.tool_calls`",
        "ConfigurationLimits.turnTime": "range of `reasoning.budget.time`",
        "ConfigurationLimits.standardTurnTime": "`reasoning.budget.time`",
        "ConfigurationLimits.queue": "range of an agent's `limits.queue`",
        "ConfigurationLimits.memoryTokens": "range of an agent's `memory.tokens`",
        "ConfigurationLimits.memoryKeep": "range of an agent's `memory.keep`",
        "AgentLimits.sessionIdle": "an agent's `memory.keep`",
        "ConfigurationLimits.chunkTokens": "range of a store's `chunk.tokens`",
        "ConfigurationLimits.standardChunkTokens": "a store's `chunk.tokens`",
        "ConfigurationLimits.standardChunkOverlap": "a store's `chunk.overlap`",
        "ConfigurationLimits.results": "range of an agent's `retrieval.results`",
        "ConfigurationLimits.standardResults": "an agent's `retrieval.results`",
        "ConfigurationLimits.retrievalTokens": "range of an agent's `retrieval.tokens`",
        "ConfigurationLimits.standardRetrievalTokens": "an agent's `retrieval.tokens`",
        "ConfigurationLimits.toolTimeout": "range of an agent's `tools[].timeout`",
        "AgentLimits.toolTime": "an agent's `tools[].timeout`",
        "ConfigurationLimits.staticEndpoints": "length of `mesh.sources.static`",
        "ConfigurationLimits.pluginsOfEndpoint": "length of `plugins` in `mesh.sources.static`",
        "ConfigurationLimits.models": "length of `models`",
        "ConfigurationLimits.adopted": "length of `plugins.adopt`",
        "ConfigurationLimits.corsOrigins": "length of `server.cors_origins`",
        "ConfigurationLimits.environmentVariables": "length of `env.set`",
        "ConfigurationLimits.tokenCharacters": "length of a token",
        "ConfigurationLimits.clients": "clients in `server.clients`",
        "ConfigurationLimits.agentsOfClient": "names in a client's `agents`",
    ]

    static func text() throws -> String {
        var page = """
            # Bounds

            Everything that a client, a plugin, a peer or a file can make Hector hold or wait for has a bound. This page is made from
            the code by `make bounds`: the values are those of the program, and each reason is the comment at the declaration.
            `LimitsTests` compares it with the code.

            Bounds are fixed unless the column *set by* says otherwise: a key of [the configuration](configuration.md), or
            the limit on open files (`ulimit -n`).


            """
        for section in try sections() {
            page += "## \(section.title)\n\n"
            for group in section.groups {
                page += "### \(group.title)\n\n[`\(group.file.dropFirst("Sources/".count))`](../\(group.file))\n\n"
                page += "| bound | value | set by | why |\n| --- | --- | --- | --- |\n"
                var rows: [(names: [String], values: [String], keys: Set<String>, why: String)] = []
                for bound in group.bounds {
                    let key = keys["\(group.title).\(bound.name)"] ?? ""
                    if let last = rows.last, last.why == bound.reason, last.keys == [key] {
                        rows[rows.count - 1].names.append(bound.name)
                        rows[rows.count - 1].values.append(bound.value.text)
                    } else {
                        rows.append(([bound.name], [bound.value.text], [key], bound.reason))
                    }
                }
                for row in rows {
                    let names = row.names.map { "`\($0)`" }.joined(separator: ", ")
                    page += "| \(names) | \(row.values.joined(separator: "; ")) | \(row.keys.first ?? "") | \(row.why) |\n"
                }
                page += "\n"
            }
        }
        page += """
            ## How they relate

            `LimitsTests` asserts each of these.

            | holds | why |
            | --- | --- |

            """
        for relation in try Relation.all() { page += "| \(relation.text) | \(relation.why) |\n" }
        return page
    }
}
