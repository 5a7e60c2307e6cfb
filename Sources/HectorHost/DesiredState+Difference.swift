internal import HectorAPI
internal import HectorAgents
internal import HectorConfig
internal import HectorDocuments
package import HectorCore
internal import HectorPlugins

extension DesiredState {
    package func difference(to next: DesiredState) -> [StateChange] {
        pluginChanges(next) + directoryChanges(next) + membershipChanges(next) + agentChanges(next) + documentChanges(next) + frontChanges(next)
    }

    package func succeeded(by next: DesiredState) -> DesiredState {
        var state = next
        state.shared = shared
        state.tracing = tracing
        if membership.isOn, next.membership.isOn {
            state.membership.mesh = membership.mesh
            state.membership.tls = membership.tls
        }
        state.membership.silence = membership.silence
        state.membership.silenceStreams = membership.silenceStreams
        state.front.listen = front.listen
        state.front.ollama = front.ollama
        state.front.tls = front.tls
        // Without a token nobody else's machine may reach the addresses that it goes on to listen on.
        if !state.front.wantsToken, state.front.isOpen {
            state.front.token = front.token
            state.front.clients = front.clients
        }
        return state
    }

    private func pluginChanges(_ next: DesiredState) -> [StateChange] {
        let name = { (plugin: DesiredPlugin) in "plugin \(plugin.key)" }
        return StateChange.between(plugins, next.plugins, name: name) { old, new in
            let changes = old.changes(to: new)
            return changes.isEmpty ? nil : changes
        } + (shared == next.shared ? [] : [StateChange(.changed, "shared of databases", restart: "replicas that are known keep the store that they were told with")])
    }

    private func directoryChanges(_ next: DesiredState) -> [StateChange] {
        let (old, new) = (directory, next.directory)
        var changes = StateChange.between(old.aliases.sorted { $0.key < $1.key }, new.aliases.sorted { $0.key < $1.key }) {
            "models.\($0.key)"
        } changes: { $0.value == $1.value ? nil : ["\($0.value) → \($1.value)"] }
        if old.limits.progress != new.limits.progress {
            changes.append(StateChange(.changed, CallLimits.progressKey, ["\(old.limits.progress.inSeconds) → \(new.limits.progress.inSeconds)"]))
        }
        if old.limits.total != new.limits.total { changes.append(StateChange(.changed, CallLimits.totalKey)) }
        return changes
    }

    private func membershipChanges(_ next: DesiredState) -> [StateChange] {
        let (old, new) = (membership, next.membership)
        var changes: [StateChange] = []
        let standing = old.isOn && new.isOn ? "connections to nodes were made with it" : nil
        func compare(_ key: String, _ isSame: Bool, restart: String? = nil) {
            if !isSame { changes.append(StateChange(.changed, key, restart: restart)) }
        }
        compare("mesh.name", old.mesh == new.mesh, restart: standing)
        if old.isOn == new.isOn { compare("mesh.tls", old.tls == new.tls, restart: standing) }
        compare("mesh.silence", old.silence == new.silence, restart: "connections to nodes are watched by it")
        compare("mesh.silence_streams", old.silenceStreams == new.silenceStreams, restart: "connections to nodes and plugins are watched by it")
        if old.avahi != new.avahi { changes.append(StateChange(new.avahi ? .added : .removed, "mesh.sources.avahi")) }
        changes += StateChange.between(old.endpoints, new.endpoints) {
            "mesh.sources.static \($0.address)"
        } changes: { $0 == $1 ? nil : ["plugins"] }
        let switched = old.switchedOff.symmetricDifference(new.switchedOff).filter { key in
            // Those that run here are told of above.
            !plugins.contains { $0.key == key } && !next.plugins.contains { $0.key == key }
        }
        for key in switched.sorted(by: { "\($0)" < "\($1)" }) {
            changes.append(StateChange(.changed, "plugin \(key)", [new.switchedOff.contains(key) ? "switched off" : "not switched off any more"]))
        }
        return changes
    }

    private func agentChanges(_ next: DesiredState) -> [StateChange] {
        var changes = StateChange.between(agents, next.agents) { "agent \($0.id)" } changes: { $0 == $1 ? nil : $0.changes(to: $1) }
        if let was = agents.first?.id, let is_ = next.agents.first?.id, was != is_, next.agents.contains(where: { $0.id == was }) {
            changes.append(StateChange(.changed, "default_agent", ["\(was) → \(is_)"]))
        }
        return changes
    }

    private func documentChanges(_ next: DesiredState) -> [StateChange] {
        StateChange.between(documents, next.documents) { "documents \($0.store.name) in \($0.database)" } changes: { old, new in
            let parts: [(String, Bool)] = [
                ("path", old.store.path == new.store.path), ("embedder", old.embedder == new.embedder), ("chunk", old.store.chunk == new.store.chunk),
                ("include or exclude", old.store.include == new.store.include && old.store.exclude == new.store.exclude), ("watch", old.store.isWatched == new.store.isWatched),
            ]
            return old == new ? nil : parts.filter { !$0.1 }.map(\.0)
        }
    }

    private func frontChanges(_ next: DesiredState) -> [StateChange] {
        let (old, new) = (front, next.front)
        var changes: [StateChange] = []
        let bound = "the server listens there already"
        func compare(_ key: String, _ isSame: Bool, _ details: [String] = [], restart: String? = nil) {
            if !isSame { changes.append(StateChange(.changed, key, details, restart: restart)) }
        }
        compare("server.listen", old.listen == new.listen, ["\(old.listen) → \(new.listen)"], restart: bound)
        compare("server.ollama", old.ollama == new.ollama, restart: bound)
        compare("server.tls", old.tls == new.tls, restart: "clients connect to addresses that are encrypted or not")
        // Without tokens it could be used by everybody who reaches the address that it goes on to listen on.
        let stays = old.wantsToken && !new.wantsToken && old.isOpen ? "the address that it still listens on can be reached from other machines" : nil
        compare("server.token", old.token == new.token, restart: stays)
        changes += StateChange.between(old.clients, new.clients) { "server.clients.\($0.name)" } changes: { a, b in
            a == b ? nil : (a.token == b.token ? [] : ["token"]) + (a.agents == b.agents ? [] : ["agents"])
        }.map { stays == nil ? $0 : StateChange($0.kind, $0.subject, $0.details, restart: stays) }
        compare("server.public_url", old.publicURL == new.publicURL)
        compare("server.cors_origins", old.corsOrigins == new.corsOrigins)
        compare("tracing", tracing == next.tracing, restart: "traces are collected from the start on")
        compare("reload", reload == next.reload)
        compare("log_level", logLevel == next.logLevel)
        compare("server.drain_timeout", old.drainTimeout == new.drainTimeout, ["\(old.drainTimeout.inSeconds) → \(new.drainTimeout.inSeconds)"])
        compare("server.threads", old.threads == new.threads, ["\(old.threads) → \(new.threads)"], restart: "connections stay on the threads that they began on")
        compare("server.max_calls", old.maxCalls == new.maxCalls, ["\(old.maxCalls) → \(new.maxCalls)"])
        return changes
    }
}

extension AgentDefinition {
    /// Which of its parts are different in `next`.
    fileprivate func changes(to next: AgentDefinition) -> [String] {
        let parts: [(String, Bool)] = [
            ("name", name == next.name), ("description", description == next.description), ("llm", llm == next.llm),
            ("embedder", embedder == next.embedder), ("system prompt", systemPrompt == next.systemPrompt), ("visibility", visibility == next.visibility),
            ("options", options == next.options && isStrict == next.isStrict), ("examples", examples == next.examples),
            ("document stores", retrieval == next.retrieval), ("tools, agents or reasoning", acting == next.acting),
        ]
        return parts.filter { !$0.1 }.map(\.0)
    }
}
