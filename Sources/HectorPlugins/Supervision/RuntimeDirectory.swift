import Glibc
import Synchronization

/// Where the plugins of this process have their sockets and their temporary files, away from other users and removed at
/// the end. Recreated if something removes it, such as a cleaner of /tmp.
///
/// Sockets lie below `XDG_RUNTIME_DIR`, where there is one. Temporary files do not: it is small, in memory, and on some
/// systems nothing may be executed there, while plugins unpack whole programs. They lie below `TMPDIR` or /tmp.
package final class RuntimeDirectory: Sendable {
    package struct Failure: Error, Sendable, CustomStringConvertible {
        package let description: String
    }

    /// The directories of one plugin process.
    struct Place: Sendable {
        /// For its socket.
        let sockets: String
        /// Its TMPDIR. Plugins that know no other put their socket here, so its path is short enough, too.
        let temporary: String

        /// Whether both are still there.
        var stands: Bool { access(sockets, F_OK) == 0 && access(temporary, F_OK) == 0 }
    }

    private struct State {
        var sockets: OwnedDirectory
        /// The same as `sockets` where both have the same base.
        var temporary: OwnedDirectory
        var next = 0
        var isRemoved = false
    }

    private let socketBases: [String]
    private let temporaryBases: [String]
    private let state: Mutex<State>

    /// What Go's plugins add to the directory that they are given, and ours before it: `/NNNNNN/plugin1234567890`.
    /// sun_path holds 107 bytes. Python's tempfile needs less.
    private static let longestBase = 107 - OwnedDirectory.nameBytes - "/NNNNNN/plugin0123456789".utf8.count

    /// Makes the directories, and removes what killed processes left beside them.
    package init(environment: [String: String]) throws(Failure) {
        func bases(_ variables: String...) -> [String] {
            let named = variables.compactMap { environment[$0] }.filter { $0.hasPrefix("/") } + ["/tmp"]
            return named.enumerated().filter { !named.prefix($0.offset).contains($0.element) }.map(\.element)
        }
        socketBases = bases("XDG_RUNTIME_DIR", "TMPDIR")
        // The one in memory is better than none.
        temporaryBases = bases("TMPDIR") + bases("XDG_RUNTIME_DIR").dropLast()
        let (sockets, socketBase) = try Self.directory(in: socketBases)
        let (temporary, temporaryBase) = try Self.directory(in: temporaryBases, sharing: sockets, of: socketBase)
        state = Mutex(State(sockets: sockets, temporary: temporary))
        for base in Set([socketBase, temporaryBase]) { OwnedDirectory.removeAbandoned(in: base) }
    }

    deinit { remove() }

    /// The directories themselves, for people and tests.
    package var paths: [String] {
        state.withLock { $0.sockets === $0.temporary ? [$0.sockets.path] : [$0.sockets.path, $0.temporary.path] }
    }

    /// Makes the directories of one plugin process.
    func make() throws(Failure) -> Place {
        try state.withLock { state throws(Failure) in
            guard !state.isRemoved else { throw Failure(description: "the program is shutting down") }
            if !state.sockets.stands || !state.temporary.stands { try renew(&state) }
            state.next += 1
            let name = String(state.next)
            do throws(OwnedDirectory.Failure) {
                let sockets = try state.sockets.make(name)
                return Place(sockets: sockets, temporary: state.temporary === state.sockets ? sockets : try state.temporary.make(name))
            } catch {
                throw Failure(description: "cannot create a directory for a plugin in \(state.temporary.path): \(error.description)")
            }
        }
    }

    func remove(_ place: Place) {
        let (sockets, temporary) = state.withLock { ($0.sockets, $0.temporary) }
        for (directory, path) in [(sockets, place.sockets), (temporary, place.temporary)] {
            // If the directory was recreated since, the old one is already gone.
            guard path.hasPrefix(directory.path + "/") else { continue }
            directory.remove(String(path.dropFirst(directory.path.utf8.count + 1)))
        }
    }

    /// Removes everything. At the end of the process.
    package func remove() {
        state.withLock { state in
            guard !state.isRemoved else { return }
            state.isRemoved = true
            state.sockets.remove()
            if state.temporary !== state.sockets { state.temporary.remove() }
        }
    }

    private func renew(_ state: inout State) throws(Failure) {
        let (sockets, base) = state.sockets.stands ? (state.sockets, nil) : try Self.directory(in: socketBases)
        let isShared = state.temporary === state.sockets
        if isShared || !state.temporary.stands {
            state.temporary = try Self.directory(in: temporaryBases, sharing: base.map { _ in sockets }, of: base).0
        }
        state.sockets = sockets
    }

    /// A new directory in the first base that takes one; the given one where that is its base.
    private static func directory(
        in bases: [String], sharing given: OwnedDirectory? = nil, of givenBase: String? = nil
    ) throws(Failure) -> (OwnedDirectory, String) {
        var reasons: [String] = []
        for base in bases {
            if let given, base == givenBase { return (given, base) }
            guard base.utf8.count <= longestBase else {
                reasons.append("\(base): the path is too long for a unix socket")
                continue
            }
            do throws(OwnedDirectory.Failure) {
                return (try OwnedDirectory(in: base), base)
            } catch {
                reasons.append("\(base): \(error.description)")
            }
        }
        throw Failure(description: "cannot create a runtime directory (\(reasons.joined(separator: "; "))). Set TMPDIR to a short, writable directory")
    }
}
