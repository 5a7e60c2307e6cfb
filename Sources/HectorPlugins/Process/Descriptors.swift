import CProcess
import Glibc
package import HectorCore

/// How many descriptors (files, sockets, pipes) this process may have open, and who may use them.
///
/// What comes from outside must leave a reserve: a plugin cannot be started, and its health cannot be asked, by a process
/// all of whose descriptors are taken by strangers' connections.
package struct Descriptors: Sendable, Equatable {
    /// What one replica of a plugin costs: two pipes, the process, the connection, a second one while the first is drained,
    /// and the other ends of the pipes while it is started, rounded up.
    package static let perReplica = 8
    /// What one node costs: a connection, the one that replaces it, and the addresses dialled at once where none answers: a
    /// new one every 250 ms, for 3 s each (`AddressRace`).
    package static let perNode = 14
    /// What the process itself keeps open: listeners, event loops (three for each processor), directories, its log, files
    /// and name lookups for a moment. 18 were counted on two processors.
    package static func ownUse(processors: Int) -> Int { 40 + 3 * processors }

    /// The soft limit in force.
    package let limit: Int
    /// Those that were open already when the limit was read. A program may inherit any number from the one that starts it. The few of
    /// its own among them count twice.
    package let inherited: Int

    package init(limit: Int, inherited: Int = 0) {
        self.limit = limit
        self.inherited = inherited
    }

    /// That nine in ten are open; empty while fewer are.
    package func conditions() -> [MeshCondition] {
        // The kernel gives out the lowest number that is free: at least as many are open as it says.
        let free = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)
        let open = free >= 0 ? Int(free) : errno == EMFILE ? limit : 0
        if free >= 0 { close(free) }
        guard open >= limit - limit / 10 else { return [] }
        return [MeshCondition(
            .descriptorsLow, "this program",
            "\(open) of the \(limit) files and connections that the system allows are open: raise the limit with `ulimit -n` or LimitNOFILE, or lower server.max_calls")]
    }

    /// Raises the soft limit to the hard one; once, when the program starts. Children get the one that was there before.
    package static func raiseLimit() -> Descriptors {
        // Where the limit cannot be read, the smallest that is usual.
        let limit = cprocess_raise_descriptor_limit()
        return Descriptors(limit: limit > 0 ? Int(limit) : 1_024, inherited: countOpen())
    }

    /// One too many: the directory itself is open while it is read. 0 without /proc.
    private static func countOpen() -> Int {
        guard let directory = opendir("/proc/self/fd") else { return 0 }
        defer { closedir(directory) }
        var count = 0
        while let entry = readdir(directory) {
            if entry.pointee.d_name.0 != CChar(UInt8(ascii: ".")) { count += 1 }
        }
        return count
    }

    /// How many connections may come in, so that all else finds its descriptors.
    ///
    /// - Parameters:
    ///   - replicas: Processes of plugins here.
    ///   - nodes: Nodes that are dialled.
    ///   - ceiling: No more than that, however high the limit is: connections cost memory, too.
    /// - Returns: At least a quarter of what is not inherited, where everything else wants more than that.
    package func connections(replicas: Int, nodes: Int, processors: Int, ceiling: Int) -> Int {
        let reserve = Self.ownUse(processors: processors) + replicas * Self.perReplica + nodes * Self.perNode
        let free = limit - inherited
        return min(ceiling, max(free - reserve, free / 4, 1))
    }
}
