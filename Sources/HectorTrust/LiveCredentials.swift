internal import Foundation
internal import HectorRPC
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
        var stamps: [Stamp]
    }

    private let mesh: String
    private let role: MeshIdentity.Role
    private let ca: String
    private let certificate: String
    private let key: String
    private let log: Logger
    private let state: Mutex<State>

    /// Time between two looks at the files.
    package static let interval = Duration.seconds(5)

    /// Reads the PEM files of a member.
    ///
    /// - Throws: `TrustError` naming the file, or `TLSError`.
    package init(mesh: String, role: MeshIdentity.Role, ca: String, certificate: String, key: String, log: Logger) throws {
        self.mesh = mesh
        self.role = role
        self.ca = ca
        self.certificate = certificate
        self.key = key
        self.log = log
        let stamps = [ca, certificate, key].map(Self.stamp)
        let current = try MeshCredentials(mesh: mesh, role: role, ca: ca, certificate: certificate, key: key)
        state = Mutex(State(current: current, stamps: stamps))
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
        // Stamped before they are read: a change in between is seen at the next look.
        let stamps = [ca, certificate, key].map(Self.stamp)
        let isNews = state.withLock { state in
            defer { state.stamps = stamps }
            return state.stamps != stamps
        }
        guard isNews || force else { return false }
        do {
            let new = try MeshCredentials(mesh: mesh, role: role, ca: ca, certificate: certificate, key: key)
            let old = current
            guard new.identity == old.identity else {
                throw TrustError(
                    .otherAgent, "\(certificate) is \(new.identity) now, but this program runs as \(old.identity): restart it to change that")
            }
            guard new != old else { return false }
            try apply(new)
            state.withLock { $0.current = new }
            log.info("certificates reloaded", metadata: ["certificate": "\(certificate)", "expires": "\(Self.date(new.expiry))"])
            return true
        } catch {
            log.error(
                "changed certificates cannot be used, those of before stay in force",
                metadata: ["error": "\(error)", "expires": "\(Self.date(current.expiry))"])
            return false
        }
    }

    /// Looks at the files every few seconds, and at each demand, until the task is cancelled.
    package func run(
        sleep: @escaping @Sendable (Duration) async throws -> Void, demands: some AsyncSequence<Void, Never> & Sendable,
        apply: @escaping @Sendable (MeshCredentials) throws -> Void
    ) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { [self] in
                while (try? await sleep(Self.interval)) != nil { reload(apply: apply) }
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

    private static func date(_ secondsSince1970: Int64) -> String {
        Date(timeIntervalSince1970: TimeInterval(secondsSince1970)).formatted(.iso8601)
    }
}
