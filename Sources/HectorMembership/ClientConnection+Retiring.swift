internal import HectorRPC

/// How long calls may take when the connection that they are on is not wanted any more.
struct RetiringTimes: Sendable {
    /// While the host goes on: a call may be in the middle of a long answer.
    var usual = Duration.seconds(30)
    /// When the host ends, or wants the node no more: the front has let its calls end before, so that what is left
    /// has no reader.
    var whenCancelled = Duration.seconds(1)
}

extension ClientConnection {
    /// Takes no more calls, lets those under way finish, and closes. Returns when it is closed: within a moment of the
    /// task's cancellation, whether that came before or comes meanwhile.
    func retire(_ times: RetiringTimes = RetiringTimes(), sleep: @escaping @Sendable (Duration) async throws -> Void) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.close(grace: times.usual) }
            group.addTask {
                // Of two times that calls are given, the shorter counts.
                do { try await sleep(times.usual) } catch { await self.close(grace: times.whenCancelled) }
            }
            await group.next()
            group.cancelAll()
        }
    }
}
