/// What servers that built-in plugins call may cost, each bound with its reason.
package struct BuiltinLimits: Sendable {
    /// Bytes of one server-sent event: the longest message that goes on to the host.
    package var eventBytes = 4 << 20
    /// Bytes of an answer in one piece: the vectors of a batch, written as decimal numbers.
    package var answerBytes = 64 << 20
    /// Bytes that are read of an answer that is an error: the message is shown, and it is seldom longer.
    package var errorBytes = 64 << 10
    /// Characters of a server's own message that are shown.
    package var messageCharacters = 1_000
    /// Models that an endpoint may list.
    package var models = 2_000
    /// Calls of tools in one answer: more than a model makes.
    package var toolCalls = 128
    /// Bytes of the arguments of all calls in one answer, below the longest message.
    package var argumentBytes = 2 << 20
    /// How long a connection may take to come about.
    package var connectTime: Duration = .seconds(5)
    /// How long an endpoint may take to tell its models: a health call waits for it.
    package var modelsTime: Duration = .seconds(4)
    /// How long a server may be silent in the middle of a request where `timeout` is not set: models read long prompts for minutes.
    package var silence: Duration = .seconds(300)
    /// How long an endpoint counts as well after it answered, before a health call asks it again: each question may count against a quota.
    package var healthInterval: Duration = .seconds(15)
    /// Texts in one request to an embedder where `batch` is not set: what hosts send at once.
    package var batch = 64
    /// How long a connection to an adopted engine may wait for the engine to accept it: until then nobody knows whose program it is.
    package var acceptTime: Duration = .seconds(2)
    /// How often it is looked at meanwhile.
    package var acceptPause: Duration = .milliseconds(5)
    /// How long an engine may take for each question of what it is: a health call waits for all of them.
    package var adoptionTime: Duration = .seconds(2)
    /// An engine is asked again for its models after this time, where nothing else shows that they have changed.
    package var adoptionInterval: Duration = .seconds(30)
    /// Bytes of an answer to such a question: hundreds of models.
    package var adoptionBytes = 8 << 20
    /// Models of an engine that are adopted: as many names of one process as a host uses.
    package var adoptedModels = 200
    /// Bytes that are read of the kernel's lists of sockets: a hundred thousand connections.
    package var socketTableBytes = 32 << 20

    /// Bytes of an A2A agent's card: hundreds of skills.
    package var cardBytes = 1 << 20
    /// Bytes of the description that models get of an A2A agent: what a tool's may have, with room to spare.
    package var cardDescription = 8 << 10
    /// Artifacts of one task of an A2A agent that are told apart.
    package var artifacts = 256
    /// How long an A2A agent without streams is left alone before it is asked for its task; twice as long each further time.
    package var pollPause: Duration = .milliseconds(250)
    /// The longest of these times.
    package var longestPollPause: Duration = .seconds(5)

    /// Requests to an MCP server without an answer: more than a host sends to one replica.
    package var calls = 1_000
    /// Messages that wait until an MCP server takes them.
    package var queuedMessages = 4_000
    /// Reports of progress that wait for their reader; older ones are of no interest.
    package var progressMessages = 64
    /// Pages of a list of tools.
    package var pages = 100
    /// How long an MCP server may take from its start to its answer to `initialize`: some are downloaded first.
    package var sessionStart: Duration = .seconds(120)
    /// How long an MCP server may take to end by itself once its input is closed, and again after SIGTERM: both lie within the time in which a
    /// host stops a plugin.
    package var stopTime: Duration = .milliseconds(1_500)
    /// Between two attempts to follow what an MCP server says by itself.
    package var streamPause: Duration = .seconds(3)
    /// Before a broken stream of an MCP server is asked for again, where the server does not say how long to wait.
    package var resumePause: Duration = .milliseconds(250)
    /// The longest time that it may say: a caller waits for it.
    package var longestResumePause: Duration = .seconds(30)
    /// How often such a stream is asked for in vain, one time after the other.
    package var resumptions = 5
    /// How long a server that does not know streamable HTTP may take to show what else it speaks.
    package var otherTransportTime: Duration = .seconds(3)
    /// How long a call waits for a server that is being started again.
    package var sessionWait: Duration = .seconds(10)

    package init() {}
}
