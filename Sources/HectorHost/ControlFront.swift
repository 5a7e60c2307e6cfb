internal import HectorAPI
internal import HectorCore
internal import HectorProgram
internal import Logging
internal import ServiceLifecycle

/// The control socket: the front for those who administer this host on its machine. A host that cannot have one goes on without.
struct ControlFront: Service {
    let api: HectorAPI
    let directory: String
    /// Set once the HTTP front listens: a host that cannot is about to end.
    let isServing: Signal<Void>
    let log: Logger

    func run() async throws {
        guard await cancelWhenGracefulShutdown({ [isServing] in (try? await isServing.wait()) != nil }) else { return }
        do throws(ControlDirectory.Failure) {
            try await serve(at: try ControlPlace(in: directory))
        } catch {
            log.warning("there is no control socket, so commands that change this host need server.token: \(error)")
            try? await gracefulShutdown()
        }
    }

    private func serve(at place: ControlPlace) async throws(ControlDirectory.Failure) {
        // Its last use: the name is given back when the service has ended.
        defer { withExtendedLifetime(place) {} }
        do {
            try await api.controlService(socket: place.socket, logger: log) {
                do {
                    try place.protect()
                } catch {
                    log.warning("\(error)")
                }
                // The first is where commands look; which is which matters where there are several.
                log.log(level: place.number == 1 ? .debug : .info, "the control socket", metadata: ["path": "\(place.socket)"])
            }.run()
        } catch is CancellationError {
            return
        } catch {
            throw ControlDirectory.Failure("cannot listen on \(place.socket): \(singleLine("\(error)"))")
        }
    }
}

extension ChangingRoute {
    /// `POST /reload`: reads the configuration again, and answers when what changed is in force.
    static func reload(_ run: @escaping @Sendable () async -> ReloadReport?) -> ChangingRoute {
        ChangingRoute("reload") { _ in
            guard let report = await run() else { throw APIError(.unavailable, "The server is starting: try again.") }
            return report.json
        }
    }
}

extension ChangingRoute {
    /// `POST /documents/STORE/reindex`: has all files of a store read and embedded again, and answers at once.
    static func reindex(_ documents: DocumentIndexes) -> ChangingRoute {
        ChangingRoute("documents/:store/reindex") { change in
            let store = change.parameters["store"] ?? ""
            let databases = documents.reindex(store)
            guard !databases.isEmpty else {
                throw APIError(.notFound, "There is no document store \(quoted(store)) that an agent uses: `hector documents` shows those that there are.")
            }
            return ["store": .string(store), "databases": .array(databases.map { .string($0) })]
        }
    }
}

extension ReloadReport {
    fileprivate var json: JSON {
        [
            "complete": .bool(isComplete), "settled": .bool(isSettled),
            "changes": .array(changes.map { change in
                (["kind": .string(change.kind.rawValue), "text": .string("\(change)")] as JSON).adding(["restart": change.restart.map { .string($0) }])
            }),
            "problems": .array(problems.map { .string($0) }), "failures": .array(failures.map { .string($0) }),
        ]
    }
}
