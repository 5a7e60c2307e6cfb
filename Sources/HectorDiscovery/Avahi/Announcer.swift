package import HectorCore
package import Logging

/// What a node wants the network to know.
package struct NodeRegistration: Equatable, Sendable {
    package let record: NodeRecord
    /// Where it listens for calls from hosts.
    package let port: UInt16

    package init(record: NodeRecord, port: UInt16) {
        self.record = record
        self.port = port
    }
}

/// How far an announcement is.
package enum AnnouncementState: Equatable, Sendable {
    /// Asking whether the name is free.
    case registering(instance: String)
    /// Other hosts can see it.
    case established(instance: String)
    /// The node is not visible now; the error says why and what to do.
    case unavailable(DiscoveryError)
}

/// Announces one node on the local network. Lives through restarts of avahi-daemon and D-Bus, takes
/// another name when its own is taken, and says goodbye at the end.
package actor Announcer {
    package nonisolated var unownedExecutor: UnownedSerialExecutor { AvahiLoop.shared.asUnownedSerialExecutor() }

    private let logger: Logger
    private let limits: DiscoveryLimits
    private let timing: Timing
    private let report: @Sendable (AnnouncementState) -> Void
    private var state: AnnouncementState?
    /// Logged, and not again until the announcement has stood.
    private var complaint: DiscoveryError?
    private var wanted: NodeRegistration?
    /// The name in use; after a collision not the one asked for.
    private var name = ""
    private var renames = 0
    private var client: AvahiClient?
    /// Nil while nothing is published.
    private var service: EntryGroup?
    /// Apart from the service, which can then stay while its plugins change.
    private var subtypes: EntryGroup?

    /// `report` is called on Avahi's thread at every change and must not block.
    package init(
        logger: Logger, limits: DiscoveryLimits = DiscoveryLimits(), timing: Timing,
        report: @escaping @Sendable (AnnouncementState) -> Void = { _ in }
    ) {
        self.logger = logger
        self.limits = limits
        self.timing = timing
        self.report = report
    }

    /// Announces the newest registration until the sequence ends or the task is cancelled, then says goodbye and
    /// returns. When the daemon hangs, it returns after the limits' `patience` when cancelled, and the daemon says
    /// goodbye when it wakes up. To be called once.
    package nonisolated func run(_ registrations: some AsyncSequence<NodeRegistration, Never> & Sendable) async {
        await AvahiLoop.shared.run(patience: limits.patience) {
            await withTaskGroup { group in
                group.addTask {
                    for await registration in registrations { await self.update(registration) }
                }
                group.addTask { await self.stayConnected(self.limits, self.timing) }
                await group.next()
                group.cancelAll()
            }
        }
    }

    private func update(_ registration: NodeRegistration) {
        let former = wanted
        wanted = registration
        if former?.record.instanceName != registration.record.instanceName {
            (name, renames) = (registration.record.instanceName, 0)
        }
        guard let client, former != registration else { return }
        do throws(AvahiError) {
            // A new name or port, and one that is not established yet, start from the beginning.
            if let service, state == .established(instance: name), former?.port == registration.port {
                try service.update(name: name, text: registration.record.text(limit: limits.textBytesAnnounced))
                try publishSubtypes(registration)
            } else {
                try publish(client)
            }
        } catch {
            client.fail(error)
        }
    }

    private func publish(_ client: AvahiClient) throws(AvahiError) {
        guard let wanted else { return }
        if service == nil { service = try EntryGroup(client) { event in self.changed(event) } }
        if subtypes == nil { subtypes = try EntryGroup(client) { _ in } }
        guard let service else { return }
        try service.reset()
        while true {
            do throws(AvahiError) {
                try service.add(name: name, port: wanted.port, text: wanted.record.text(limit: limits.textBytesAnnounced))
                break
            } catch {
                guard error == .collision else { throw error }
                try rename()
            }
        }
        try service.commit()
        enter(.registering(instance: name))
        try publishSubtypes(wanted)
    }

    private func publishSubtypes(_ registration: NodeRegistration) throws(AvahiError) {
        guard let subtypes else { return }
        try subtypes.reset()
        // libavahi refuses subtypes of a single letter.
        let plugins = registration.record.plugins.filter { $0.count > 1 }.prefix(limits.subtypes)
        guard !plugins.isEmpty else { return }
        for plugin in plugins { try subtypes.add(subtype: plugin, of: name) }
        try subtypes.commit()
    }

    private func changed(_ event: EntryGroup.Event) {
        switch event {
        case .established: enter(.established(instance: name))
        case .collision:
            guard let client else { return }
            do throws(AvahiError) {
                try rename()
                try publish(client)
            } catch {
                client.fail(error)
            }
        }
    }

    /// Takes the next name. Throws when too many were taken: then it starts over, later.
    private func rename() throws(AvahiError) {
        renames += 1
        guard renames <= limits.renames else {
            (name, renames) = (wanted?.record.instanceName ?? name, 0)
            throw .collision
        }
        let next = alternativeName(name)
        logger.info("name taken on this network, trying another", metadata: ["taken": "\(name)", "next": "\(next)"])
        name = next
    }

    private func enter(_ next: AnnouncementState) {
        guard state != next else { return }
        state = next
        switch next {
        case .registering: break
        case .established(let instance):
            complaint = nil
            logger.info("announced by mDNS", metadata: ["instance": "\(instance)"])
        case .unavailable(let error):
            if error != complaint { logger.warning("\(error)") }
            complaint = error
        }
        report(next)
    }
}

extension Announcer: AvahiUser {
    func connected(_ client: AvahiClient) throws(AvahiError) {
        self.client = client
        try publish(client)
    }

    func hostRenaming() {
        if service != nil { enter(.registering(instance: name)) }
        // Fails only with the connection, which is then reported as lost anyway.
        try? service?.reset()
        try? subtypes?.reset()
    }

    func disconnected(_ error: AvahiError?) {
        (client, service, subtypes) = (nil, nil, nil)
        guard let error else { return }
        enter(.unavailable(error.told("hosts do not discover this node (as a static endpoint it is still reachable)")))
    }
}
