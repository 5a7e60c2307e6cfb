internal import HectorAPI
internal import HectorAgents
internal import HectorCore
internal import HectorMesh
internal import HectorPlugins

/// Those who own the parts of a desired state.
struct HostOwners: Sendable {
    let router: Router
    let directory: MeshDirectory
    let fleet: PluginFleet
    let membership: HostMembership
    let documents: DocumentIndexes
    let agents: Agents
    let api: HectorAPI
    let drainTimeout: Live<Duration>
    let setLogLevel: @Sendable (LogThreshold?) -> Void

    /// Hands each part to its owner, which moves towards it; calls in flight finish. Plugins come before those who use them.
    ///
    /// - Throws: `UnusableCertificates`. Nothing has changed then.
    func put(_ state: DesiredState) throws {
        let prepared = try membership.prepare(state.membership)
        setLogLevel(state.logLevel)
        fleet.apply(state.plugins)
        membership.apply(state.membership, prepared)
        directory.settings.value = state.directory
        router.expect(state.directory.used)
        drainTimeout.value = state.front.drainTimeout
        agents.replace(state.agents)
        documents.apply(state.documents)
        api.apply(security: state.front.security, publicURL: state.front.publicURL, concurrentCalls: state.front.maxCalls)
    }
}
