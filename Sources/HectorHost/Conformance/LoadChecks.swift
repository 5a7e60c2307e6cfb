internal import HectorCore
internal import HectorProviders
internal import Synchronization

extension PluginSubject {
    /// One ordinary call with a text, which must succeed.
    ///
    /// - Throws: `ProviderError`, or `Unfit` where the text did not come back from where it was stored.
    func use(_ text: String) async throws {
        switch kind {
        case .llm: _ = try await model?.generate(.asking(text))
        case .database: if let database { try await DatabaseUse.roundTrip(database, text) }
        case .embedder: _ = try await embedder?.embed(text)
        case .tool:
            guard let tools, let tool = try await PluginCheck.harmless(tools).first else { return _ = try await self.tools?.tools() }
            do {
                _ = try await tools.call(.of(tool.name, sampleArguments(tool.parametersJson, text: text))) { _ in }
            } catch let error as ProviderError where error.code == .invalidRequest {}
        case .reasoning: _ = try await strategy?.decide(.asking(text)) { _ in }
        }
    }

    /// The same over a stream, where the kind has one.
    func stream(_ text: String, onFirst: @escaping @Sendable () throws -> Void = {}) async throws {
        switch kind {
        case .llm: _ = try await model?.generateStreaming(.asking(text)) { _ in try onFirst() }
        case .tool:
            guard let tools, let tool = try await PluginCheck.harmless(tools).first else { return try await use(text) }
            do {
                _ = try await tools.call(.of(tool.name, sampleArguments(tool.parametersJson))) { _ in try onFirst() }
            } catch let error as ProviderError where error.code == .invalidRequest {}
        case .reasoning: _ = try await strategy?.decide(.asking(text)) { _ in try onFirst() }
        case .database, .embedder: try await use(text)
        }
    }

    /// Waits until the plugin works on no call.
    ///
    /// - Returns: False where it does not say on how many it works.
    /// - Throws: `Unfit` where it still works on some.
    fileprivate func hasStopped(within time: Duration) async throws -> Bool {
        guard let plugin = provider as? CheckedPlugin else { return false }
        let end = ContinuousClock.now + time
        while let left = try await plugin.callsAtWork() {
            if left == 0 { return true }
            guard ContinuousClock.now < end else {
                throw Unfit("\(left) calls are still at work \(time.inSeconds) after they were cancelled, as it says itself (hector-load-bin). Stop working when a call is cancelled")
            }
            try await Task.sleep(for: .milliseconds(50))
        }
        return false
    }

    /// Says what the plugin still does.
    fileprivate func stillAnswers(after what: String) async throws {
        do {
            try await use("hello again")
        } catch {
            throw Unfit("after \(what) an ordinary call fails: \(error)")
        }
    }
}

extension PluginCheck {
    private struct Enough: Error {}

    /// What every plugin holds out.
    static let load: [PluginCheck] = [
        PluginCheck("unicode") { subject in
            let text = "Grüße, 世界! 👩‍👩‍👧‍👦 e\u{301} \u{202E} \u{FEFF} \r\n\t \u{10FFFF} \"\\"
            do {
                try await subject.use(text)
            } catch let error as ProviderError {
                throw Unfit("a text with characters of many scripts fails the call with \(error.code.status): \(error.message)")
            }
            return "characters of many scripts"
        },
        PluginCheck("long-text") { subject in
            let line = String(repeating: "0123456789abcdef", count: 4).dropLast() + " "
            let text = String(repeating: String(line), count: subject.limits.longText / line.utf8.count)
            var seen = "takes \(text.utf8.count >> 10) KiB"
            do {
                try await subject.use(text)
            } catch let error as ProviderError {
                try require(
                    [.invalidRequest, .tooLarge, .exhausted].contains(error.code),
                    "a text of \(text.utf8.count >> 10) KiB fails with \(error.code.status): \(singleLine(error.message)). Fail with OUT_OF_RANGE if it is too long for the model")
                seen = "\(text.utf8.count >> 10) KiB: \(error.code.status)"
            }
            try await subject.stillAnswers(after: "a text of \(text.utf8.count >> 10) KiB")
            return seen
        },
        PluginCheck("concurrent") { subject in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<subject.limits.concurrentCalls {
                    group.addTask {
                        do {
                            if number.isMultiple(of: 2) { try await subject.use("call number \(number)") } else { try await subject.stream("call number \(number)") }
                        } catch let error as ProviderError {
                            throw Unfit(
                                "one of \(subject.limits.concurrentCalls) calls at the same time failed with \(error.code.status): \(error.message). Let calls wait instead")
                        }
                    }
                }
                try await group.waitForAll()
            }
            return "\(subject.limits.concurrentCalls) calls at the same time"
        },
        PluginCheck("cancelled") { subject in
            let count = subject.limits.cancelledCalls
            for number in 0..<count {
                if number.isMultiple(of: 2) {
                    await withTaskGroup(of: Void.self) { group in
                        group.addTask { try? await subject.stream("a call that nobody waits for") }
                        try? await Task.sleep(for: .milliseconds(3))
                        group.cancelAll()
                    }
                } else {
                    do { try await subject.stream("a call that is left early") { throw Enough() } } catch is Enough {}
                }
            }
            try await subject.stillAnswers(after: "\(count) cancelled calls")
            guard try await subject.hasStopped(within: min(subject.limits.call, subject.limits.afterCancelling)) else {
                return "answers after \(count) cancelled calls"
            }
            return "answers after \(count) cancelled calls, and works on none of them"
        },
        PluginCheck("deadline") { subject in
            let bench = try subject.needsProcess()
            let hurried = try bench.provider(of: bench.running(), .milliseconds(1))
            var hasty = subject
            hasty.provider = hurried
            for _ in 0..<subject.limits.cancelledCalls { try? await hasty.use("a call with a millisecond of time") }
            try await subject.stillAnswers(after: "\(subject.limits.cancelledCalls) calls whose deadline passed")
            return "answers after \(subject.limits.cancelledCalls) calls whose deadline passed"
        },
    ]
}
