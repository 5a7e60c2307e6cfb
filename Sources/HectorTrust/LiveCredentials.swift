internal import Glibc
package import HectorCore
package import Logging
internal import Synchronization

/// A member's credentials, read again when their files change.
///
/// New connections show and believe what the files say now; those that stand go on. Files that make no usable whole, as
/// half-way through a replacement, change nothing: the credentials of before stay in force, and the log says why.
package final class LiveCredentials: Sendable {
    /// Which file stands at a path: another inode, time or size is another one.
    private struct Stamp: Equatable {
        var inode: UInt64 = 0
        var seconds = 0
        var nanoseconds = 0
        var size: Int64 = 0
    }

    private struct State {
        var current: MeshCredentials
        /// The last warning about the dates of `current`.
        var told: CertificateReport.Code?
    }

    private let mesh: String
    private let role: MeshIdentity.Role
    private let ca: String
    private let certificate: String
    private let key: String
    private let log: Logger
    private let timing: Timing
    private let state: Mutex<State>
    /// Of what was read last. Locked while the files are read and put in force: of two looks at the same time, the later one
    /// has the newer files, and the last word.
    private let stamps: Mutex<[Stamp]>

    /// Time between two looks at the files.
    package static let interval = Duration.seconds(5)

    /// Reads the PEM files of a member, and logs what is to be said of them.
    ///
    /// - Throws: `UnusableCertificates`.
    package init(
        mesh: String, role: MeshIdentity.Role, ca: String, certificate: String, key: String, log: Logger, timing: Timing
    ) throws {
        self.mesh = mesh
        self.role = role
        self.ca = ca
        self.certificate = certificate
        self.key = key
        self.log = log
        self.timing = timing
        stamps = Mutex([ca, certificate, key].map(Self.stamp))
        let files = MemberFiles(mesh: mesh, role: role, ca: ca, certificate: certificate, key: key, now: timing.secondsSince1970())
        let current = try MeshCredentials(files)
        state = Mutex(State(current: current, told: ExpiryWarning.due(current.certificate, now: timing.secondsSince1970())?.code))
        warn(files.report)
    }

    package var current: MeshCredentials { state.withLock { $0.current } }

    /// Looks at the files now, and reads them where one has changed.
    ///
    /// - Parameters:
    ///   - force: Reads them in any case.
    ///   - apply: Puts the new credentials in force. Where it throws, those of before stay.
    /// - Returns: Whether other credentials are in force now.
    @discardableResult
    package func reload(force: Bool = false, apply: (MeshCredentials) throws -> Void = { _ in }) -> Bool {
        stamps.withLock { stamps in
            // Stamped before they are read: a change in between is seen at the next look.
            let found = [ca, certificate, key].map(Self.stamp)
            let isNews = found != stamps
            stamps = found
            guard isNews || force else { return false }
            return read(apply)
        }
    }

    private func read(_ apply: (MeshCredentials) throws -> Void) -> Bool {
        let old = current
        do {
            let files = MemberFiles(mesh: mesh, role: role, ca: ca, certificate: certificate, key: key, now: timing.secondsSince1970())
            let new = try MeshCredentials(files)
            guard new.identity == old.identity else { throw OtherIdentity(file: certificate, is: new.identity, was: old.identity) }
            guard new != old else { return false }
            try apply(new)
            state.withLock { $0 = State(current: new, told: ExpiryWarning.due(new.certificate, now: timing.secondsSince1970())?.code) }
            log.info("certificates reloaded", metadata: ["certificate": "\(certificate)", "expires": "\(date(new.expiry))"])
            warn(files.report)
            return true
        } catch {
            let reason = (error as? UnusableCertificates)?.problems.map(\.description).joined(separator: "; ") ?? "\(error)"
            log.error(
                "changed certificates cannot be used; the previous ones stay in force",
                metadata: ["error": "\(reason)", "expires": "\(date(old.expiry))"])
            return false
        }
    }

    private struct OtherIdentity: Error, CustomStringConvertible {
        let description: String

        init(file: String, is new: MeshIdentity, was old: MeshIdentity) {
            description = "\(file) is \(new) now, but this program runs as \(old): restart it to use the new identity"
        }
    }

    private func warn(_ report: CertificateReport) {
        for finding in report.warnings { log.warning("\(finding)") }
    }

    /// Says once when the certificate in force will end soon, and once that it has.
    private func watchDates() {
        let due = state.withLock { state -> String? in
            let due = ExpiryWarning.due(state.current.certificate, now: timing.secondsSince1970())
            defer { state.told = due?.code }
            return due?.code == state.told ? nil : due?.message
        }
        if let due { log.warning("mesh.tls.certificate: \(certificate) \(due)") }
    }

    /// Looks at the files every few seconds, and at each demand, until the task is cancelled.
    package func run(
        demands: some AsyncSequence<Void, Never> & Sendable, apply: @escaping @Sendable (MeshCredentials) throws -> Void
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

    private static func stamp(_ path: String) -> Stamp {
        var found = stat()
        guard stat(path, &found) == 0 else { return Stamp() }
        return Stamp(
            inode: UInt64(found.st_ino), seconds: found.st_mtim.tv_sec, nanoseconds: found.st_mtim.tv_nsec, size: Int64(found.st_size))
    }
}
