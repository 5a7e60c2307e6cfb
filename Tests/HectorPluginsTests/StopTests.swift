internal import HectorCore
import Foundation
import Glibc
import Synchronization
import Testing

@testable import HectorPlugins

/// How a plugin is stopped when there is no time.
@Suite(.timeLimit(.minutes(1))) struct StopTests {
    /// What makes it quick, with the limits as they are.
    enum Reason: CaseIterable {
        /// The program ends because of an error, or its task was cancelled.
        case cancelled
        case quickly
        /// A first signal, and then a second one.
        case inOrderThenQuickly
    }

    /// It writes a file when it is told to shut down, and then takes a minute.
    @Test(arguments: Reason.allCases)
    func aPluginIsAskedToShutDownAndIsGoneSoon(_ reason: Reason) async throws {
        let workshop = try Workshop()
        let farewell = workshop.path + "/farewell"
        var environment = workshop.environment()
        // In order it would take far longer than a busy machine makes of the quick steps' 1.9 s.
        environment.limits.shutdownTime = .seconds(50)
        let supervisor = PluginSupervisor(
            PluginSpecification(key: PluginKey(.llm, "moody"), executable: Workshop.product("moody-llm"), config: ["farewell_file": farewell]),
            replica: "moody-1", environment: environment)
        let began = Mutex(ContinuousClock.now)
        await withTaskGroup(of: Void.self) { tasks in
            tasks.addTask { await supervisor.run() }
            for await state in supervisor.states where state.word == "ready" {
                began.withLock { $0 = .now }
                switch reason {
                case .cancelled: tasks.cancelAll()
                case .quickly: supervisor.stop(.quickly)
                case .inOrderThenQuickly:
                    supervisor.stop()
                    while !FileManager.default.fileExists(atPath: farewell) { try? await Task.sleep(for: .milliseconds(5)) }
                    supervisor.stop(.quickly)
                }
            }
        }
        #expect(FileManager.default.fileExists(atPath: farewell))
        #expect(ContinuousClock.now - began.withLock { $0 } < .seconds(30))
        #expect(workshop.privateFiles.isEmpty)
    }

    @Test func theQuickStepsTakeLessThanTwoSeconds() {
        let limits = PluginLimits()
        // Shutdown, the controller's, waiting, SIGTERM.
        #expect(limits.quickShutdownTime + limits.quickStepTime * 3 < .seconds(2))
    }
}
