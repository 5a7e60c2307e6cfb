internal import HectorAPI
internal import HectorAgents
internal import HectorConfig
internal import HectorCore
internal import HectorMesh
internal import HectorPlugins
package import HectorProgram
internal import Logging
internal import Synchronization

/// Those who own the parts of a desired state.
struct HostOwners: Sendable {
    let router: Router
    let directory: MeshDirectory
    let fleet: PluginFleet
    let membership: HostMembership
    let documents: DocumentIndexes
    let agents: Agents
    let api: HectorAPI

    /// Hands each part to its owner, which moves towards it; calls in flight finish. Plugins come before those who use them.
    func apply(_ state: DesiredState, _ prepared: HostMembership.Prepared) {
        fleet.apply(state.plugins)
        membership.apply(state.membership, prepared)
        directory.settings.value = state.directory
        router.expect(state.directory.used)
        agents.replace(state.agents)
        documents.apply(state.documents)
        api.apply(security: state.front.security, publicURL: state.front.publicURL, concurrentCalls: state.front.maxCalls)
    }
}

/// Moves a running host to what its configuration says.
package final class HostReload: Sendable {
    private let owners: HostOwners
    /// What a person should go on to see until the next reload.
    private let conditions: Live<[MeshCondition]>
    private let environment: [String: String]
    private let log: Logger
    private let reread: (@Sendable () throws -> HostConfiguration)?
    /// What is in force. Locked while a change is made: one at a time.
    private let running: Mutex<DesiredState>

    /// Puts the first state in force.
    ///
    /// - Throws: `UnusableCertificates`.
    init(
        _ first: DesiredState, owners: HostOwners, conditions: Live<[MeshCondition]>, environment: [String: String], log: Logger,
        reread: (@Sendable () throws -> HostConfiguration)?
    ) throws {
        self.owners = owners
        self.conditions = conditions
        self.environment = environment
        self.log = log
        self.reread = reread
        running = Mutex(first)
        owners.apply(first, try owners.membership.prepare(first.membership))
        for warning in first.warnings { log.warning("\(warning)") }
    }

    /// Reads the configuration, and all that it names, and puts it in force. What cannot be used changes nothing. Does not wait for
    /// plugins.
    package func apply() -> ReloadReport {
        guard let reread else {
            return ReloadReport(problems: ["this host runs without a configuration file: stop it and start it with one"])
        }
        let report = running.withLock { running in
            do {
                let next = try DesiredState.read(reread(), environment: environment)
                let changes = running.difference(to: next)
                let possible = running.succeeded(by: next)
                owners.apply(possible, try owners.membership.prepare(possible.membership))
                let known = Set(running.warnings)
                for warning in next.warnings where !known.contains(warning) { log.warning("\(warning)") }
                running = possible
                return ReloadReport(changes: changes)
            } catch {
                return ReloadReport(problems: "\(error)".split(separator: "\n").map(String.init))
            }
        }
        conditions.value = report.conditions
        report.log(to: log)
        return report
    }

    /// The same, and waits until plugins run as they should, or were given up, or the time is over.
    @discardableResult
    package func run(within time: Duration = .seconds(600)) async -> ReloadReport {
        var report = apply()
        guard report.problems.isEmpty else { return report }
        report.isSettled = await owners.fleet.settle(within: time)
        report.failures = owners.fleet.conditions.map(\.text)
        return report
    }
}
