/// What an agent does beside asking its model once. One value for all turns: an agent without it costs nothing for it.
package final class Acting: Sendable, Equatable {
    /// Who chooses the next step of a turn.
    package enum Engine: Sendable, Equatable {
        /// The host: the model is asked, what it calls is done, until it calls nothing.
        case builtIn
        /// A reasoning plugin by its mesh name.
        case plugin(String)
    }

    /// Tools that the agent may call.
    package struct Tools: Sendable, Equatable {
        /// The mesh name of the plugin.
        package var provider: String
        /// One of its tools; nil for all of them.
        package var tool: String?
        /// Whether a person must agree to each call, whatever the tool says of itself.
        package var asks: Bool
        /// How long one call may take; nil: `AgentLimits.toolTime`.
        package var timeout: Duration?

        package init(provider: String, tool: String? = nil, asks: Bool = false, timeout: Duration? = nil) {
            self.provider = provider
            self.tool = tool
            self.asks = asks
            self.timeout = timeout
        }
    }

    package let tools: [Tools]
    package let engine: Engine
    /// Ids of the agents of this host that it may ask.
    package let agents: [String]
    /// Mesh names of tool plugins, each of which asks an agent elsewhere.
    package let agentsElsewhere: [String]
    package let budget: TurnBudget

    package init(
        tools: [Tools] = [], engine: Engine = .builtIn, agents: [String] = [], agentsElsewhere: [String] = [], budget: TurnBudget = TurnBudget()
    ) {
        self.tools = tools
        self.engine = engine
        self.agents = agents
        self.agentsElsewhere = agentsElsewhere
        self.budget = budget
    }

    package static func == (a: Acting, b: Acting) -> Bool {
        a.tools == b.tools && a.engine == b.engine && a.agents == b.agents && a.agentsElsewhere == b.agentsElsewhere && a.budget == b.budget
    }
}

/// What one turn may use.
package struct TurnBudget: Sendable, Equatable {
    /// Calls of the model. The last one is made without the agent's tools, so that there is an answer.
    package var iterations: Int
    /// Calls of tools and agents, failed ones and those of asked agents included.
    package var toolCalls: Int
    /// Tokens read and made in all calls of the model; nil sets no limit.
    package var tokens: Int?
    /// Without the time that a person takes to agree.
    package var time: Duration

    package init(iterations: Int = 10, toolCalls: Int = 100, tokens: Int? = nil, time: Duration = .seconds(1800)) {
        self.iterations = iterations
        self.toolCalls = toolCalls
        self.tokens = tokens
        self.time = time
    }

    /// No more than what is left of another one.
    func within(_ other: TurnBudget) -> TurnBudget {
        TurnBudget(
            iterations: iterations, toolCalls: min(toolCalls, other.toolCalls),
            tokens: tokens.map { min($0, other.tokens ?? .max) } ?? other.tokens, time: min(time, other.time))
    }
}
