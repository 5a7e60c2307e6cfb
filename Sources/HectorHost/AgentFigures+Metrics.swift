internal import HectorAgents
internal import HectorMetrics

extension [String: AgentFigures] {
    /// What the agents that act have done, as metrics.
    func write(to text: inout PrometheusText) {
        func write(_ name: String, _ help: String, _ value: (AgentFigures) -> Int) {
            text.metric(name, .counter, help)
            for (agent, figures) in sorted(by: { $0.key < $1.key }) { text.sample(name, [(name: "agent", value: agent)], value(figures)) }
        }
        guard !isEmpty else { return }
        write("hector_agent_turns_total", "Turns that the agent began.") { $0.turns }
        write("hector_agent_model_calls_total", "Calls of the agent's model.") { $0.modelCalls }
        write("hector_agent_tool_calls_total", "Calls of tools and of other agents.") { $0.toolCalls }
        write("hector_agent_tool_failures_total", "Of these, those that failed.") { $0.toolFailures }
        write("hector_agent_tokens_total", "Tokens that the agent's model read and made, as it reports them.") { $0.tokens }
    }
}
