internal import HectorConfig
internal import HectorCore
internal import HectorPlugins
package import HectorProgram
internal import Logging
internal import Synchronization

/// Moves a running node to what its configuration says.
package final class NodeReload: Sendable {
    private let fleet: PluginFleet
    private let drainTimeout: Live<Duration>
    private let plan: @Sendable (NodeConfiguration) -> NodePlan
    private let log: Logger
    private let reread: (@Sendable () throws -> NodeConfiguration)?
    private let problems = Live<[MeshCondition]>([])
    /// What is in force. Locked while a change is made: one at a time.
    private let running: Mutex<NodeDesiredState>

    /// Puts the first state in force.
    ///
    /// - Parameter plan: What a configuration comes to on this machine.
    init(
        _ first: NodeDesiredState, fleet: PluginFleet, drainTimeout: Live<Duration>, log: Logger, plan: @escaping @Sendable (NodeConfiguration) -> NodePlan,
        reread: (@Sendable () throws -> NodeConfiguration)?
    ) {
        self.fleet = fleet
        self.drainTimeout = drainTimeout
        self.plan = plan
        self.log = log
        self.reread = reread
        running = Mutex(first)
        put(first)
        for warning in first.warnings { log.warning("\(warning)") }
    }

    /// What a person should go on to see until the next reload.
    var conditions: [MeshCondition] { problems.value + fleet.conditions }

    private func put(_ state: NodeDesiredState) {
        fleet.apply(state.plugins)
        drainTimeout.value = state.drainTimeout
    }

    /// Reads the configuration, and all that it names, and puts it in force. What cannot be used changes nothing. Does not wait for
    /// plugins.
    package func apply() -> ReloadReport {
        guard let reread else { return ReloadReport(problems: ["this node runs without a configuration file: stop it and start it with one"]) }
        let report = running.withLock { running in
            do {
                let configuration = try reread()
                let plan = plan(configuration)
                guard let setup = plan.plugins, plan.problems.isEmpty else { return ReloadReport(problems: plan.problems) }
                let next = NodeDesiredState(configuration, plugins: setup.plugins.map { DesiredPlugin($0) }, warnings: plan.warnings)
                let changes = running.difference(to: next)
                let possible = running.succeeded(by: next)
                put(possible)
                let known = Set(running.warnings)
                for warning in next.warnings where !known.contains(warning) { log.warning("\(warning)") }
                running = possible
                return ReloadReport(changes: changes)
            } catch {
                return ReloadReport(problems: "\(error)".split(separator: "\n").map(String.init))
            }
        }
        problems.value = report.conditions
        report.log(to: log)
        return report
    }

    /// The same, and waits until plugins run as they should, or were given up, or the time is over.
    @discardableResult
    package func run(within time: Duration = .seconds(600)) async -> ReloadReport {
        var report = apply()
        guard report.problems.isEmpty else { return report }
        report.isSettled = await fleet.settle(within: time)
        report.failures = fleet.conditions.map(\.text)
        return report
    }
}
