import HectorCore
import Foundation

/// The choice of a server alone; `BaselineBalancer` does the rest.
protocol Picker: AnyObject {
    /// One of `eligible`, which is not empty.
    func pick(_ eligible: [Int], now: Nanoseconds) -> Int
    func sent(_ server: Int, now: Nanoseconds)
    func ended(_ server: Int, seconds: Double, success: Bool, _ report: ServerReport?, now: Nanoseconds)
    func probeAnswered(_ server: Int, _ report: ServerReport, now: Nanoseconds)
    /// Servers to ask for their load now.
    func takeProbes() -> [Int]
}

extension Picker {
    func sent(_ server: Int, now: Nanoseconds) {}
    func ended(_ server: Int, seconds: Double, success: Bool, _ report: ServerReport?, now: Nanoseconds) {}
    func probeAnswered(_ server: Int, _ report: ServerReport, now: Nanoseconds) {}
    func takeProbes() -> [Int] { [] }
}

/// When a system stops sending calls to a server that fails.
struct FailureAccrual {
    var consecutive: Int
    var firstBackoff: Double
    var longestBackoff: Double
    /// At most this share of the servers is left out.
    var most: Double

    /// Envoy's outlier detection, `consecutive_5xx`: 5, 30 s · n, 300 s, 10 % (one at least).
    static let envoy = FailureAccrual(consecutive: 5, firstBackoff: 30, longestBackoff: 300, most: 0.1)
    /// linkerd's: 7, 1 s to 60 s.
    static let linkerd = FailureAccrual(consecutive: 7, firstBackoff: 1, longestBackoff: 60, most: 1)
}

/// The same for all published systems: the picker chooses among the servers that are up; a failed idempotent call is
/// retried on another one, with three attempts in all and a budget of 20 % of the calls.
final class BaselineBalancer: Balancer {
    private let picker: any Picker
    private let accrual: FailureAccrual?
    private var isLost: [Bool]
    private var failures: [Int]
    private var ejections: [Int]
    private var ejectedUntil: [Nanoseconds]
    private var eligible: [Int]
    private var isStale = false
    private var tried: [Int32: [Int]] = [:]
    private var began: [Int32: Nanoseconds] = [:]
    private var deadlines: [Int32: Nanoseconds] = [:]
    private var budget = 100.0

    init(_ setting: Setting, _ picker: any Picker, accrual: FailureAccrual?) {
        self.picker = picker
        self.accrual = accrual
        isLost = Array(repeating: false, count: setting.servers)
        failures = Array(repeating: 0, count: setting.servers)
        ejections = failures
        ejectedUntil = Array(repeating: .min, count: setting.servers)
        eligible = Array(0..<setting.servers)
    }

    func admit(_ call: Int32, _ request: Request, now: Nanoseconds) -> Decision {
        budget = min(100, budget + 0.2)
        deadlines[call] = request.deadline
        return send(call, without: [], now: now)
    }

    func ended(
        _ call: Int32, server: Int, _ ending: Ending, _ progress: StreamProgress?, _ report: ServerReport?, now: Nanoseconds
    ) -> Decision {
        let seconds = (now - (began.removeValue(forKey: call) ?? now)).seconds
        picker.ended(server, seconds: seconds, success: ending == .success, report, now: now)
        note(server, ending, now: now)
        var before = tried.removeValue(forKey: call) ?? []
        let isLate = deadlines[call].map { $0 <= now } ?? false
        guard ending == .connectionLost || ending == .unavailable, before.count < 2, budget >= 1, !isLate else {
            deadlines[call] = nil
            return .end
        }
        budget -= 1
        before.append(server)
        let decision = send(call, without: before, now: now)
        tried[call] = before
        return decision
    }

    private func send(_ call: Int32, without tried: [Int], now: Nanoseconds) -> Decision {
        refresh(now)
        let candidates = tried.isEmpty ? eligible : eligible.filter { !tried.contains($0) }
        guard !candidates.isEmpty else { return .fail }
        let server = picker.pick(candidates, now: now)
        picker.sent(server, now: now)
        began[call] = now
        return .send(server: server)
    }

    private func note(_ server: Int, _ ending: Ending, now: Nanoseconds) {
        guard let accrual else { return }
        guard ending != .success else { return failures[server] = 0 }
        failures[server] += 1
        let ejected = ejectedUntil.count { $0 > now }
        guard failures[server] >= accrual.consecutive, ejected < max(1, Int(accrual.most * Double(isLost.count))) else { return }
        failures[server] = 0
        let backoff = min(accrual.longestBackoff, accrual.firstBackoff * Foundation.pow(2, Double(ejections[server])))
        ejections[server] += 1
        ejectedUntil[server] = now + Nanoseconds(seconds: backoff)
        isStale = true
    }

    private func refresh(_ now: Nanoseconds) {
        guard isStale else { return }
        eligible = isLost.indices.filter { !isLost[$0] && ejectedUntil[$0] <= now }
        isStale = ejectedUntil.contains { $0 > now }
    }

    func source(server: Int, lost: Bool, now: Nanoseconds) {
        isLost[server] = lost
        isStale = true
    }

    func progressed(_ call: Int32, server: Int, first: Double?, gap: Double?, messages: Int, now: Nanoseconds) {}
    func probeAnswered(server: Int, _ report: ServerReport, now: Nanoseconds) { picker.probeAnswered(server, report, now: now) }
    func healthAnswered(_ check: Int32, healthy: Bool, now: Nanoseconds) {}
    func takeCommands() -> [Command] { picker.takeProbes().map { .probe(server: $0) } }
    var due: Nanoseconds { .max }
    func advance(now: Nanoseconds) {}
}
