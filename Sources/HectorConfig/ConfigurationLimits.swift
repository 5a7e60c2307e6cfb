/// Which numbers a configuration may hold.
package enum ConfigurationLimits {
    /// Processes of one plugin on one machine; beyond it another machine helps more.
    package static let replicas = 1...64
    /// `server.max_calls`: each call in progress takes a connection, and with it a descriptor and memory.
    package static let calls = 1...65_536
    /// `server.max_calls` where nothing is said: as many as one connection to a node carries.
    package static let standardCalls = 1_000
    /// `server.threads`: more than the processors of a large machine help nobody.
    package static let threads = 1...64
    /// `server.threads` where nothing is said: what answers and what calls plugins is then one thread, which no call changes.
    package static let standardThreads = 1
    /// A plugin that loads a large model takes minutes, none takes an hour.
    package static let startTimeout: ClosedRange<Duration> = .milliseconds(100) ... .seconds(1_800)
    /// From plugins that answer in milliseconds to models that work for an hour.
    package static let callTimeout: ClosedRange<Duration> = .milliseconds(100) ... .seconds(3_600)
    /// Limit of a whole call: even a stream that makes progress should end within a day.
    package static let callTotalTimeout: ClosedRange<Duration> = .milliseconds(100) ... .seconds(86_400)
    /// Default of `mesh.call_timeout`: slow language models begin to answer within it.
    package static let standardCallTimeout = Duration.seconds(120)
    /// Range of `mesh.silence`: longer than a ping takes on the slowest network, and shorter than a person waits.
    package static let silence: ClosedRange<Duration> = .seconds(1) ... .seconds(30)
    /// Default of `mesh.silence`: a busy machine pauses for a second, a good one hardly for longer.
    package static let standardSilence = Duration.milliseconds(1_500)
    /// Range of `mesh.silence_streams`: a stream whose reader has waited for minutes is of no use.
    package static let silenceStreams: ClosedRange<Duration> = .seconds(1) ... .seconds(300)
    /// Default of `mesh.silence_streams`: a machine that stalls for some seconds loses no stream.
    package static let standardSilenceStreams = Duration.seconds(5)
    /// Time that calls in progress get when a host or a node stops; zero cuts them off.
    package static let drainTimeout: ClosedRange<Duration> = .zero ... .seconds(3_600)
    /// Default of `server.drain_timeout` and `agent.drain_timeout`: together with the time to stop plugins it is below the limit of service managers (systemd: 90 s).
    package static let standardDrainTimeout = Duration.seconds(30)
    /// Calls that wait for a place among an agent's `limits.calls`.
    package static let queue = 0...65_536
    /// `memory.tokens`: fewer hold no question, and more no session.
    package static let memoryTokens = 100...1_000_000
    /// `memory.keep`.
    package static let memoryKeep: ClosedRange<Duration> = .seconds(60) ... .seconds(366 * 86_400)
    /// Iterations of a reasoning engine in one turn.
    package static let maxIterations = 1...1_000
    /// Tokens of all calls of the model in one turn.
    package static let turnTokens = 1...1_000_000_000
    /// Calls of tools in one turn: each may cost money, or change something.
    package static let toolCalls = 0...10_000
    /// Default of `budget.tool_calls`.
    package static let standardToolCalls = 100
    /// Time of one turn.
    package static let turnTime: ClosedRange<Duration> = .seconds(1) ... .seconds(86_400)
    /// Default of `budget.time`: ten calls of a slow model.
    package static let standardTurnTime = Duration.seconds(1_800)
    /// Time of one call of a tool.
    package static let toolTimeout: ClosedRange<Duration> = .milliseconds(100) ... .seconds(86_400)
    /// Entries in an agent's `tools`.
    package static let toolsOfAgent = 256
    /// Bytes of a tool's name.
    package static let toolNameBytes = 64
    /// Headers of exports to a collector of traces: one for its token, and some to spare.
    package static let tracingHeaders = 16
    /// Bytes of each: a long token.
    package static let tracingHeaderBytes = 4_096
    /// Other agents that an agent may ask: each is offered to the model as a tool.
    package static let agentsOfAgent = 64
    /// Examples in an agent's prompt.
    package static let examples = 64
    /// Texts that end an agent's answers, as in a request.
    package static let stops = 4
    /// Engines of this machine that are adopted: each is a process.
    package static let adopted = 16
    /// Bytes of each, as in a request.
    package static let stopBytes = 256
    /// Addresses that are dialled at start and after every loss.
    package static let staticEndpoints = 256
    /// Other names for models.
    package static let models = 256
    /// Plugins of one address: as many as a node may report.
    package static let pluginsOfEndpoint = 256
    /// Origins, each compared with the `Origin` of every request.
    package static let corsOrigins = 64
    /// Variables that an entry adds to its plugin's environment.
    package static let environmentVariables = 256
    /// Clients of `server.clients`: the token of each is compared with that of every request.
    package static let clients = 256
    /// Agents and plugins that a client may have in its list.
    package static let agentsOfClient = 1_024
    /// Characters of a token: shorter ones can be guessed.
    package static let tokenCharacters = 16...512
    /// Folders of documents.
    package static let stores = 64
    /// Stores of one agent: each is searched in every turn.
    package static let storesOfAgent = 16
    /// Bytes of the name of a collection: what the built-in databases take.
    package static let collectionBytes = 255
    /// Patterns of a store, each compared with every file.
    package static let patterns = 64
    /// Bytes of each.
    package static let patternBytes = 256
    /// `chunk.tokens`: a sentence or two, up to what embedders with a long context read.
    package static let chunkTokens = 32...8_192
    /// Default of `chunk.tokens`: small embedders read 256.
    package static let standardChunkTokens = 240
    /// Default of `chunk.overlap`: two sentences.
    package static let standardChunkOverlap = 30
    /// `retrieval.results`
    package static let results = 1...50
    /// Default of `retrieval.results`.
    package static let standardResults = 5
    /// `retrieval.tokens`: what a prompt may have of documents.
    package static let retrievalTokens = 64...1_000_000
    /// Default of `retrieval.tokens`: five chunks of the standard size, and some room.
    package static let standardRetrievalTokens = 1_500
}
