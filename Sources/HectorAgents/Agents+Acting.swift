import HectorCore
import HectorProviders
import OrderedCollections
import Synchronization

extension Agents {
    /// Runs a turn of an agent that acts: does what its `Turn` says, in the task that asks for it.
    ///
    /// - Parameters:
    ///   - chat: With the whole conversation as its messages, and the agent's own options.
    ///   - end: When the time is over that the agent has for a turn.
    ///   - turnBegins: How many of these messages were there before this turn.
    func act(
        _ chat: Chat, by agent: AgentDefinition, _ acting: Acting, _ llm: any LanguageModel, until end: Instant?, turnBegins: Int, lineage: Lineage, _ found: FoundPassages,
        onEvents: TurnEventHandler?
    ) async throws -> Turn.Outcome {
        let table = await toolTable(acting, agent.retrieval)
        if let name = chat.tools.map(\.name).first(where: { table[$0] != nil }) {
            throw AgentError(.invalidRequest, "The agent \"\(agent.id)\" has a tool named \(quoted(name)) of its own: give yours another name.")
        }
        if case .named(let name) = chat.options.toolChoice, table[name] == nil, !chat.tools.contains(where: { $0.name == name }) {
            let hint = nearest(to: name, among: Array(table.entries.keys)).map { ": did you mean \($0)?" } ?? "."
            throw AgentError(.invalidRequest, "tool_choice names \(quoted(name)), which is neither among the request's tools nor among those of the agent \"\(agent.id)\"\(hint)")
        }
        var plan = Turn.Plan(engine: acting.engine, table: table)
        plan.stores = agent.retrieval?.stores ?? []
        plan.clientTools = chat.tools
        plan.options = chat.options
        plan.budget = lineage.budget.map(acting.budget.within) ?? acting.budget
        // Without the time in which a person is asked, as the budget's.
        if let end { plan.budget.time = min(plan.budget.time, max(.zero, timing.now().duration(to: end))) }
        plan.limits = limits
        if !chat.tools.isEmpty { plan.id = String(newID().filter { $0 != "-" }.prefix(24)) }
        for problem in table.problems { chat.watch?(.note(problem)) }
        var turn = Turn(plan, conversation: chat.messages.telling(of: table.problems), turnBegins: turnBegins, at: timing.now())
        var calls = (model: 0, tools: 0)
        var action = turn.begin(at: timing.now())
        while true {
            try Task.checkCancellation()
            switch action {
            case .ask(let step):
                calls.model += 1
                chat.watch?(.modelCalled(number: step.number, messages: step.messages.count, tools: step.tools.count))
                let began = timing.now()
                let replicas = CalledReplicas()
                let answer = try await CalledReplicas.$current.withValue(replicas) {
                    try await timing.limit(began.duration(to: turn.deadline)) {
                        try await spanning("chat \(agent.llm)") { span in
                            span?.set("gen_ai.operation.name", "chat")
                            span?.set("hector.step", step.number)
                            let answer = try await self.answer(step, chat, llm, isStrict: agent.isStrict, onEvents: onEvents)
                            span?.set("gen_ai.usage.total_tokens", answer.allTokens)
                            return answer
                        }
                    }
                }
                guard let answer else {
                    action = turn.outOfTime()
                    continue
                }
                chat.watch?(.modelAnswered(
                    number: step.number, tokens: answer.allTokens, calls: answer.toolCalls.map(\.name), replicas: replicas.names,
                    took: began.duration(to: timing.now())))
                count(agent.id) {
                    $0.modelCalls += 1
                    $0.tokens += answer.allTokens
                }
                action = turn.answered(answer, at: timing.now())
            case .agree(let works):
                let began = timing.now()
                let agreement = try await agreement(to: works, chat)
                action = turn.agreed(agreement, waited: began.duration(to: timing.now()), at: timing.now())
            case .run(let works):
                calls.tools += works.count
                let results = await run(works, chat, agent, lineage, found, until: turn.deadline)
                action = turn.ran(results, at: timing.now())
            case .decide(let request):
                guard let (step, text) = try await decide(request, acting, chat, until: turn.deadline, onEvents) else {
                    action = turn.outOfTime()
                    continue
                }
                action = turn.decided(step, text: text, at: timing.now())
            case .finish(let outcome):
                var events: [TurnEvent] = outcome.unsaid.isEmpty ? [] : [.text(outcome.unsaid)]
                events += outcome.answer.toolCalls.map { .toolCall($0) }
                if !events.isEmpty { try await onEvents?(events) }
                chat.watch?(.ended(modelCalls: calls.model, toolCalls: calls.tools, tokens: outcome.spent.tokens))
                if outcome.isOpen { keep(outcome, of: plan.id, chat, agent.id) }
                return outcome
            case .fail(let error): throw error
            }
        }
    }

    // MARK: The model

    /// Only its text is handed on: calls are the turn's to judge.
    private func answer(
        _ step: Turn.ModelStep, _ chat: Chat, _ llm: any LanguageModel, isStrict: Bool, onEvents: TurnEventHandler?
    ) async throws -> Answer {
        var asked = Chat(messages: step.messages, tools: step.tools, options: step.options)
        if step.number == 1 { asked.beginning = chat.beginning }
        guard step.isAnswer, let onEvents else { return try await ask(llm, asked, isStrict: isStrict, onEvents: nil).answer }
        let separator = Mutex(step.separator)
        return try await ask(llm, asked, isStrict: isStrict, tellsCalls: false) { texts in
            let before = separator.withLock { separator in
                defer { separator = "" }
                return separator
            }
            try await onEvents(before.isEmpty ? texts : [.text(before)] + texts)
        }.answer
    }

    // MARK: Tools

    /// All providers are asked at once; one that is not ready, or takes too long, is left out and named.
    private func toolTable(_ acting: Acting, _ retrieval: Retrieval?) async -> ToolTable {
        var lists: [String: ToolList] = [:]
        await withTaskGroup(of: (String, ToolList).self) { group in
            for provider in Set(acting.tools.map(\.provider) + acting.agentsElsewhere) {
                group.addTask { (provider, await self.list(provider)) }
            }
            for await (provider, list) in group { lists[provider] = list }
        }
        let agents = acting.agents.compactMap { id in self[id].map { (id, $0.description) } }
        // A strategy may search whatever the form.
        let stores = retrieval?.form == .tool || acting.engine != .builtIn ? retrieval?.stores ?? [] : []
        return ToolTable(acting.tools, lists: lists, agents: agents, elsewhere: acting.agentsElsewhere, stores: stores)
    }

    private func list(_ provider: String) async -> ToolList {
        guard let plugin = providers.toolProvider(provider) else { return .absent("no such plugin is known here") }
        if let reason = providers.whyNotReady(tools: provider) { return .absent(reason) }
        do {
            let tools = try await timing.limit(limits.listTime) { try await plugin.tools() }
            return tools.map { .known($0) } ?? .absent("the plugin did not say within \(limits.listTime.inSeconds) which tools it has")
        } catch {
            return .absent((error as? ProviderError)?.message ?? "the plugin did not say which tools it has")
        }
    }

    /// Makes the calls of one answer concurrently, up to `callsAtOnce` at a time.
    private func run(
        _ works: [Turn.Work], _ chat: Chat, _ agent: AgentDefinition, _ lineage: Lineage, _ found: FoundPassages, until deadline: Instant
    ) async -> [Int: ToolResult] {
        await withTaskGroup(of: (Int, ToolResult).self) { group in
            var results: [Int: ToolResult] = [:]
            for (number, work) in works.enumerated() {
                if number >= limits.callsAtOnce, let (index, result) = await group.next() { results[index] = result }
                group.addTask { (work.index, await self.carryOut(work, chat, agent, lineage, found, until: deadline)) }
            }
            for await (index, result) in group { results[index] = result }
            return results
        }
    }

    private func carryOut(
        _ work: Turn.Work, _ chat: Chat, _ agent: AgentDefinition, _ lineage: Lineage, _ found: FoundPassages, until deadline: Instant
    ) async -> ToolResult {
        chat.watch?(.toolCalled(id: work.call.id, title: work.entry.title, arguments: work.call.argumentsJson))
        let began = timing.now()
        let replicas = CalledReplicas()
        let result = await spanning("execute_tool \(work.entry.title)") { span in
            span?.set("gen_ai.operation.name", "execute_tool")
            span?.set("gen_ai.tool.call.id", work.call.id)
            let result = await carryOut(work, replicas, chat, agent, lineage, found, until: deadline)
            if result.isFailure { span?.fail("the tool failed") }
            return result
        }
        count(agent.id) {
            $0.toolCalls += 1
            if result.isFailure { $0.toolFailures += 1 }
        }
        chat.watch?(.toolEnded(
            id: work.call.id, title: work.entry.title, isFailure: result.isFailure, text: result.text, replicas: replicas.names,
            took: began.duration(to: timing.now())))
        return result
    }

    private func carryOut(
        _ work: Turn.Work, _ replicas: CalledReplicas, _ chat: Chat, _ agent: AgentDefinition, _ lineage: Lineage, _ found: FoundPassages,
        until deadline: Instant
    ) async -> ToolResult {
        switch work.entry.target {
        case .tool(let provider, let tool):
            await CalledReplicas.$current.withValue(replicas) { await call(tool, of: provider, work, chat, lineage, until: deadline) }
        case .agentElsewhere(let plugin, let tool):
            await CalledReplicas.$current.withValue(replicas) { await ask(plugin, tool, work, chat, lineage, until: deadline) }
        case .agent(let id): await ask(agent: id, work, chat, lineage)
        case .documents:
            if let retrieval = agent.retrieval { await searchDocuments(work.call, retrieval, found, chat) } else { ToolResult.failure("The agent has no documents.") }
        }
    }

    /// The output of a tool does not end.
    private struct EndlessOutput: Error {}

    /// A call that was lost is made again only where the tool says that this does no harm, and once.
    private func call(
        _ tool: Tool, of provider: String, _ work: Turn.Work, _ chat: Chat, _ lineage: Lineage, until deadline: Instant
    ) async -> ToolResult {
        guard let plugin = providers.toolProvider(provider) else { return .failure("The plugin \(provider) is no longer known.") }
        var request = CallToolRequest()
        request.name = tool.name
        request.argumentsJson = work.call.argumentsJson
        request.callID = work.call.id
        // An agent takes as long as a turn does.
        let time = work.entry.timeout ?? (work.entry.asksAgent ? work.budget.time : limits.toolTime)
        let end = min(timing.now().advanced(by: time), deadline)
        request.turn = AgentTurn(lineage, work.budget, time: timing.now().duration(to: end))
        var triesLeft = tool.annotations.idempotent ? 2 : 1
        while true {
            triesLeft -= 1
            let collector = CollectedOutput(most: limits.resultBytes)
            do {
                let isDone = try await timing.limit(timing.now().duration(to: end)) { [request, limits] in
                    try await plugin.call(request) { output in
                        if case .progress(let progress) = output.output, !progress.message.isEmpty { chat.watch?(.progress(id: work.call.id, progress.message)) }
                        if collector.take(output) > limits.outputBytes { throw EndlessOutput() }
                    }
                }
                guard let isDone else { return .failure("The tool did not end within \(time.inSeconds) and was stopped; it may have done a part of its work.") }
                var result = collector.output.result(isFailure: isDone.failed)
                if work.entry.asksAgent, isDone.hasSpent { result.spent = TurnSpending(isDone.spent) }
                return result
            } catch is EndlessOutput {
                return collector.output.result(isFailure: false, wasStopped: true)
            } catch let error as ProviderError {
                if triesLeft > 0, error.code == .unavailable, !Task.isCancelled { continue }
                return .failure("The tool failed: \(singleLine(error.message, limit: 1000))")
            } catch {
                return .failure("The tool failed.")
            }
        }
    }

    /// An agent elsewhere is asked with what is left of the budget. It may know nothing of that: the time ends its call.
    private func ask(
        _ plugin: String, _ tool: Tool, _ work: Turn.Work, _ chat: Chat, _ lineage: Lineage, until deadline: Instant
    ) async -> ToolResult {
        do throws(AgentError) {
            try lineage.check(depth: limits.depth, asking: plugin)
        } catch {
            return .failure(error.message)
        }
        return await call(tool, of: plugin, work, chat, lineage, until: deadline)
    }

    /// Another agent of this host makes a turn of its own, with what is left of the budget.
    private func ask(agent id: String, _ work: Turn.Work, _ chat: Chat, _ lineage: Lineage) async -> ToolResult {
        do {
            try lineage.check(depth: limits.depth, asking: id)
            guard let agent = self[id] else { throw AgentError(.notFound, "There is no agent named \"\(id)\" any more.") }
            let message = (try? JSONText(Array(work.call.argumentsJson.utf8)))?["message"]?.string ?? ""
            var question = Chat(messages: [Message(role: "user", content: message)])
            question.owner = chat.owner
            question.agreement = chat.agreement
            if let watch = chat.watch { question.watch = { watch(.within(agent: id, $0)) } }
            // One that acts keeps to the time by itself, without that in which a person is asked.
            let time: Duration = agent.acting == nil ? work.budget.time : .seconds(1 << 32)
            let made = try await timing.limit(time) { [question] in
                try await self.turn(Question(question, to: agent, Lineage(path: lineage.path + [id], budget: work.budget), onEvents: nil))
            }
            guard let made else { return .failure("The agent \"\(id)\" did not answer within \(time.inSeconds).") }
            let text = made.answer.text
            var result = ToolResult(text: text.isEmpty ? "(no answer)" : text.beginning(bytes: limits.resultBytes))
            result.spent = made.spent
            return result
        } catch let error as AgentError {
            return .failure(error.message)
        } catch let error as ProviderError {
            return .failure("The agent \"\(id)\" failed: \(singleLine(error.message, limit: 1000))")
        } catch {
            return .failure("The agent \"\(id)\" did not answer.")
        }
    }

    // MARK: Agreement

    private func agreement(to works: [Turn.Work], _ chat: Chat) async throws -> Turn.Agreement {
        let calls = works.map { AskedCall(id: $0.call.id, title: $0.entry.title, arguments: $0.call.argumentsJson) }
        guard let handler = chat.agreement else {
            chat.watch?(.note("not called, since nobody can be asked to agree here: \(calls.map(\.title).joined(separator: ", "))"))
            return .impossible
        }
        chat.watch?(.agreementAsked(calls))
        let isGiven = try await timing.limit(limits.agreementTime) { try await handler(calls) }
        chat.watch?(.agreementEnded(isGiven: isGiven ?? false))
        return isGiven.map { $0 ? .given : .refused } ?? .expired
    }

    // MARK: Strategies

    /// - Returns: The step, and the pieces of the answer that came before it; nil where the turn's time was over first.
    private func decide(
        _ request: DecideRequest, _ acting: Acting, _ chat: Chat, until deadline: Instant, _ onEvents: TurnEventHandler?
    ) async throws -> (DecideEvent, String)? {
        guard case .plugin(let name) = acting.engine, let strategy = providers.reasoningStrategy(name) else {
            throw AgentError(.missingProvider, "The agent's reasoning plugin is not known here.")
        }
        var triesLeft = 2
        while true {
            triesLeft -= 1
            let said = CollectedText()
            do {
                let step = try await timing.limit(timing.now().duration(to: deadline)) { [limits] in
                    try await spanning("decide \(name)") { _ in try await strategy.decide(request) { event in
                        switch event.event {
                        case .note(let note): chat.watch?(.note(note))
                        case .text(let text):
                            guard said.append(text) <= limits.answerBytes else {
                                throw AgentError(.answerTooLong, "The reasoning plugin's answer grew past \(limits.answerBytes) bytes and was stopped.")
                            }
                            if !text.isEmpty { try await onEvents?([.text(text)]) }
                        default: break
                        }
                    } }
                }
                return step.map { ($0, said.text) }
            } catch let error as ProviderError where error.code == .unavailable && triesLeft > 0 && said.text.isEmpty {
                // Nothing is kept between steps: another replica can take this one.
                continue
            }
        }
    }
}

/// The output of a tool, which comes on any thread.
private final class CollectedOutput: Sendable {
    private let collector: Mutex<ToolOutputCollector>

    init(most: Int) { collector = Mutex(ToolOutputCollector(most: most)) }

    var output: ToolOutputCollector { collector.withLock { $0 } }

    /// - Returns: Bytes that have come.
    func take(_ output: ToolOutput) -> Int {
        collector.withLock {
            $0.take(output)
            return $0.bytes
        }
    }
}

private final class CollectedText: Sendable {
    private let state = Mutex("")

    var text: String { state.withLock { $0 } }

    /// - Returns: Bytes that have come.
    func append(_ text: String) -> Int {
        state.withLock {
            $0 += text
            return $0.utf8.count
        }
    }
}

extension [Message] {
    /// The conversation in which the model knows which of the agent's tools are missing.
    fileprivate func telling(of problems: [String]) -> [Message] {
        guard !problems.isEmpty else { return self }
        let text = "Some of your tools are missing; say so where they are needed: " + problems.map { singleLine($0, limit: 300) }.joined(separator: "; ") + "."
        return telling(text)
    }
}

extension AgentTurn {
    /// - Parameter time: What is left for the call.
    init(_ lineage: Lineage, _ budget: TurnBudget, time: Duration) {
        self.init()
        path = lineage.path
        milliseconds = max(1, time.wholeNanoseconds / 1_000_000)
        tokens = budget.tokens.map { max(1, Int64($0)) } ?? 0
        toolCalls = Int32(clamping: max(1, budget.toolCalls))
    }
}

extension TurnSpending {
    /// As an agent elsewhere says it: nothing below zero, and no more than can be added up.
    init(_ spent: AgentSpending) {
        self.init(toolCalls: Int(max(0, spent.toolCalls)), tokens: Int(min(max(0, spent.tokens), 1 << 40)))
    }
}

extension Answer {
    /// Read and made, as far as the model says it.
    package var allTokens: Int { usage.map { Int($0.promptTokens) + Int($0.completionTokens) } ?? tokensUsed }
}
