internal import HectorCore
package import HectorPlugins
internal import HectorProviders
package import Logging

/// Holds a plugin to all checks of its kind: what `hector plugin test` does.
package struct PluginTester: Sendable {
    private let specification: PluginSpecification
    private let environment: [String: String]
    private let log: Logger
    private let output: PluginOutput
    private let limits: ConformanceLimits
    /// The checks, in the order in which they are run.
    package let checks: [PluginCheck]

    /// - Parameters:
    ///   - names: Only these checks; empty: all.
    ///   - log: Takes what is worth being shown, the plugin's own output included.
    package init(
        _ specification: PluginSpecification, only names: [String] = [], limits: ConformanceLimits = ConformanceLimits(),
        environment: [String: String], log: Logger
    ) {
        var marked = specification
        marked.variables.added[PluginCheck.marker] = "\(specification.name)-\(UInt64.random(in: 0...UInt64.max))"
        self.specification = marked
        self.limits = limits
        self.environment = environment
        let output = PluginOutput(shown: log)
        self.output = output
        self.log = Logger(label: "hector") { _ in output }
        checks = PluginCheck.all(of: specification.kind).filter { names.isEmpty || names.contains($0.name) }
    }

    /// Runs the checks, one after the other.
    ///
    /// - Parameters:
    ///   - onBegin: Is told the name of the next check.
    ///   - onResult: Takes its result.
    /// - Returns: All results. A plugin that does not start has one that failed; those behind it are skipped.
    /// - Throws: What the parameters throw; `CancellationError`.
    package func run(
        onBegin: @escaping @Sendable (String) throws -> Void = { _ in }, onResult: @escaping @Sendable (PluginCheckResult) throws -> Void = { _ in }
    ) async throws -> [PluginCheckResult] {
        var bench = PluginBench(specification: specification, environment: environment, log: log, output: output)
        var results = try await run([.files], subject(bench), onBegin, onResult)
        if checks.contains(where: { $0.stage == .running || $0.stage == .ending }) {
            do {
                try onBegin(Self.starts[0])
                let began = ContinuousClock.now
                results += try await PluginTrial(specification, environment: environment, log: log).run(evenUnhealthy: true) { [bench] plugin, end in
                    var bench = bench
                    bench.process = (plugin, end)
                    bench.timeToReady = ContinuousClock.now - began
                    return try await run([.running, .ending], subject(bench), onBegin, onResult)
                }
            } catch let error as PluginError {
                return try results + notStarted(error, behind: results.count, onResult)
            }
        }
        bench.process = nil
        return try await results + run([.apart], subject(bench), onBegin, onResult)
    }

    /// Why checks of a plugin are skipped that does not start.
    package static let notStarted = "it does not start"

    /// What happens until a plugin is ready.
    private static let starts = ["handshake", "health-service", "initialize"]

    private func notStarted(_ error: PluginError, behind count: Int, _ onResult: (PluginCheckResult) throws -> Void) throws -> [PluginCheckResult] {
        let failed =
            switch error.code {
            case .unhealthy: Self.starts[1]
            case .initialize: Self.starts[2]
            default: Self.starts[0]
            }
        // It is told whether or not it was asked for: nothing else can be.
        var names = checks.dropFirst(count).map(\.name)
        if !names.contains(failed) { names.insert(failed, at: 0) }
        let passed = Self.starts.prefix { $0 != failed }
        return try names.map { name in
            let result =
                name == failed
                ? PluginCheckResult(name, .failed, error.problem)
                : passed.contains(name) ? PluginCheckResult(name, .ok, "") : PluginCheckResult(name, .skipped, Self.notStarted)
            try onResult(result)
            return result
        }
    }

    private func subject(_ bench: PluginBench) -> PluginSubject {
        var subject = PluginSubject(specification.kind, nil, capabilities: specification.manifest?.capabilities ?? [:])
        subject.limits = limits
        subject.bench = bench
        if let plugin = bench.process?.plugin {
            subject.capabilities = plugin.capabilities
            subject.provider = bench.provider(of: plugin, limits.call)
        }
        return subject
    }

    private func run(
        _ stages: [PluginCheck.Stage], _ subject: PluginSubject, _ onBegin: (String) throws -> Void, _ onResult: (PluginCheckResult) throws -> Void
    ) async throws -> [PluginCheckResult] {
        var results: [PluginCheckResult] = []
        var culprit: String?
        for check in checks where stages.contains(check.stage) {
            try Task.checkCancellation()
            try onBegin(check.name)
            var result: PluginCheckResult
            if let culprit {
                result = PluginCheckResult(check.name, .skipped, "the plugin ended during \(culprit)")
            } else {
                result = await check.result(subject)
                try Task.checkCancellation()
                // A process dies a moment after its connection.
                if result.verdict == .failed, check.name != PluginCheck.shutdown, let process = subject.bench?.process,
                    let end = await process.end.wait(.milliseconds(500))
                {
                    culprit = check.name
                    result = PluginCheckResult(check.name, .failed, "\(result.detail). The plugin has ended: \(end.problem)")
                }
            }
            try onResult(result)
            results.append(result)
        }
        return results
    }
}
