internal import HectorCore

/// What a person can take new calls from: one process, under all its names, or a whole machine.
package enum DrainTarget: Hashable, Sendable, CustomStringConvertible {
    /// By its id: this host's own, or the node's from its certificate.
    case machine(String)
    /// By its id on that machine.
    case replica(String, machine: String)

    package var description: String {
        switch self {
        case .machine(let id): id
        case .replica(let replica, let machine): "\(replica)@\(machine)"
        }
    }

    package func includes(_ status: ReplicaStatus) -> Bool {
        switch self {
        case .machine(let machine): status.machine == machine
        case .replica(let replica, let machine): status.machine == machine && status.replica == replica
        }
    }
}

/// What gets no new calls of this host, because a person said so, until a person says otherwise.
package struct Drains: Sendable, Equatable {
    package struct Entry: Sendable, Equatable {
        /// As the person gave it; empty for none.
        package var reason: String
        /// In seconds since 1970.
        package var since: Int64

        package init(reason: String, since: Int64) {
            self.reason = reason
            self.since = since
        }

        /// For people, where a replica's state is explained.
        var explanation: String { reason.isEmpty ? "drained on this host" : "drained on this host: \(reason)" }
    }

    package var entries: [DrainTarget: Entry]

    package init(_ entries: [DrainTarget: Entry] = [:]) {
        self.entries = entries
    }

    /// Why the replica gets no new calls; nil where it may get some.
    func entry(for id: ReplicaID) -> Entry? {
        guard !entries.isEmpty else { return nil }
        return entries[.replica(id.replica, machine: id.host)] ?? entries[.machine(id.host)]
    }
}

extension MeshSnapshot {
    /// Why a word names nothing that can be drained.
    package struct UnknownTarget: Error, Sendable, Equatable, CustomStringConvertible {
        package let description: String
    }

    /// What a person means who writes `REPLICA`, `REPLICA@MACHINE` or `MACHINE`, with the name or the id of a machine.
    ///
    /// - Parameter others: Targets that are known otherwise.
    /// - Throws: The word means nothing here, or several things.
    package func target(_ word: String, others: some Sequence<DrainTarget> = []) throws(UnknownTarget) -> DrainTarget {
        var (machines, processes): (Set<String>, Set<DrainTarget>) = ([], [])
        var known: Set<String> = []
        func note(machine: String, names: [String], replica: String? = nil) {
            if ([machine] + names).contains(word) { machines.insert(machine) }
            known.formUnion(names + [machine])
            guard let replica else { return }
            known.insert("\(replica)@\(machine)")
            known.insert(replica)
            if word == replica || ([machine] + names).contains(where: { word == "\(replica)@\($0)" }) {
                processes.insert(.replica(replica, machine: machine))
            }
        }
        for replica in replicas { note(machine: replica.machine, names: [replica.host], replica: replica.replica) }
        for absent in absent { if let node = absent.node { note(machine: node, names: []) } }
        note(machine: host, names: [])
        for other in others {
            switch other {
            case .machine(let id): note(machine: id, names: [])
            case .replica(let replica, let machine): note(machine: machine, names: [], replica: replica)
            }
        }
        // A whole machine goes by its name alone, a replica of that name by both.
        let targets = machines.isEmpty ? Array(processes) : machines.map(DrainTarget.machine)
        if let target = targets.first, targets.count == 1 { return target }
        guard targets.isEmpty else {
            throw UnknownTarget(description: "\(quoted(word)) means several: \(targets.map(\.description).sorted().joined(separator: ", ")); name one of them")
        }
        let carriers = replicas.filter { $0.plugin == word }.map { "\($0.replica)@\($0.machine)" }
        guard carriers.isEmpty else {
            throw UnknownTarget(description: "\(quoted(word)) is a plugin: name one of its replicas, \(carriers.joined(separator: ", ")), or a machine")
        }
        let hint = nearest(to: word, among: known.sorted()).map { "did you mean \(quoted($0))?" } ?? "`hector mesh status` shows them all"
        throw UnknownTarget(description: "no replica and no machine is called \(quoted(word)): \(hint)")
    }
}
