package import HectorCore
package import HectorRPC
internal import Logging
internal import Synchronization

/// What is made of certificate files, and made again when they change.
package protocol CertificateHolding: Sendable, Equatable {
    /// What is shown to peers.
    var certificate: PeerCertificate { get }

    /// Whether this may take the place of what the program started with.
    ///
    /// - Throws: Why not, and what to do.
    func checkSuccession(to old: Self, file: String) throws
}

extension CertificateHolding {
    /// When our own certificate ends, in seconds since 1970.
    package var expiry: Int64 { certificate.notAfter }
}

/// What PEM files hold, read again when they change.
///
/// New connections show and believe what the files say now; those that stand go on. Files that make no usable whole, as
/// half-way through a replacement, change nothing: what was read before stays in force, and the log says why.
package final class LiveFiles<Content: CertificateHolding>: Sendable {
    private struct State {
        var current: Content
        /// The last warning about the dates of `current`.
        var told: CertificateReport.Code?
        /// Why files that have changed are not in force; nil where those that are there are.
        var refusal: String?
    }

    private let paths: [String]
    /// The file among them with our own certificate, and the key of the configuration that names it.
    private let certificate: (path: String, key: String)
    private let log: Logger
    private let timing: Timing
    private let content: @Sendable (_ now: Int64) throws -> (Content, CertificateReport)
    private let state: Mutex<State>
    /// Of what was read last. Locked while the files are read and put in force: of two looks at the same time, the later one
    /// has the newer files, and the last word.
    private let stamps: Mutex<[FileStamp]>

    /// Time between two looks at the files.
    package static var interval: Duration { .seconds(5) }

    /// Reads the files, and logs what is to be said of them.
    ///
    /// - Parameter content: Reads them, at a time in seconds since 1970.
    /// - Throws: What `content` throws.
    init(
        _ paths: [String], certificate: (path: String, key: String), log: Logger, timing: Timing,
        content: @escaping @Sendable (_ now: Int64) throws -> (Content, CertificateReport)
    ) throws {
        self.paths = paths
        self.certificate = certificate
        self.log = log
        self.timing = timing
        self.content = content
        stamps = Mutex(paths.map(FileStamp.init))
        let now = timing.secondsSince1970()
        let (current, report) = try content(now)
        state = Mutex(State(current: current, told: CertificateValidity(current.certificate).due(now: now)?.code))
        warn(report)
    }

    package var current: Content { state.withLock { $0.current } }

    /// Looks at the files now, and reads them where one has changed.
    ///
    /// - Parameters:
    ///   - force: Reads them in any case.
    ///   - apply: Puts the new content in force. Where it throws, that of before stays.
    /// - Returns: Whether other content is in force now.
    @discardableResult
    package func reload(force: Bool = false, apply: (Content) throws -> Void = { _ in }) -> Bool {
        stamps.withLock { stamps in
            // Stamped before they are read: a change in between is seen at the next look.
            let found = paths.map(FileStamp.init)
            let isNews = found != stamps
            stamps = found
            guard isNews || force else { return false }
            return read(apply)
        }
    }

    private func read(_ apply: (Content) throws -> Void) -> Bool {
        let old = current
        do {
            let now = timing.secondsSince1970()
            let (new, report) = try content(now)
            try new.checkSuccession(to: old, file: certificate.path)
            guard new != old else {
                state.withLock { $0.refusal = nil }
                return false
            }
            try apply(new)
            state.withLock { $0 = State(current: new, told: CertificateValidity(new.certificate).due(now: now)?.code) }
            log.info("certificates reloaded", metadata: ["certificate": "\(certificate.path)", "expires": "\(date(new.expiry))"])
            warn(report)
            return true
        } catch {
            let reason = (error as? UnusableCertificates)?.problems.map(\.description).joined(separator: "; ") ?? "\(error)"
            state.withLock { $0.refusal = reason }
            log.error(
                "changed certificates cannot be used; the previous ones stay in force",
                metadata: ["error": "\(reason)", "expires": "\(date(old.expiry))"])
            return false
        }
    }

    /// What a person should know of the files: that the certificate ends, and that changed files are not used.
    ///
    /// - Parameter date: Seconds since 1970.
    package func conditions(date now: Int64) -> [MeshCondition] {
        state.withLock { state in
            var conditions: [MeshCondition] = []
            if let due = CertificateValidity(state.current.certificate).due(now: now) {
                conditions.append(MeshCondition(due.condition, certificate.key, "\(certificate.key): \(certificate.path) \(due.message)"))
            }
            if let refusal = state.refusal {
                conditions.append(MeshCondition(
                    .configurationRefused, certificate.key, "changed certificates cannot be used; the previous ones stay in force: \(refusal)"))
            }
            return conditions
        }
    }

    private func warn(_ report: CertificateReport) {
        for finding in report.warnings { log.warning("\(finding)") }
    }

    /// Says once when the certificate in force will end soon, and once that it has.
    private func watchDates() {
        let due = state.withLock { state -> String? in
            let due = CertificateValidity(state.current.certificate).due(now: timing.secondsSince1970())
            defer { state.told = due?.code }
            return due?.code == state.told ? nil : due?.message
        }
        if let due { log.warning("\(certificate.key): \(certificate.path) \(due)") }
    }

    /// Looks at the files every few seconds, and at each demand, until the task is cancelled.
    package func run(
        demands: some AsyncSequence<Void, Never> & Sendable, apply: @escaping @Sendable (Content) throws -> Void = { _ in }
    ) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { [self] in
                while (try? await timing.sleep(for: Self.interval)) != nil {
                    reload(apply: apply)
                    watchDates()
                }
            }
            group.addTask { [self] in
                for await _ in demands { reload(force: true, apply: apply) }
            }
            await group.waitForAll()
        }
    }
}
