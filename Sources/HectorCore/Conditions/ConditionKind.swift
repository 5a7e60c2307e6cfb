/// What a person can be shown about a mesh that runs: the one list of which status, log, metric and the page of docs are made.
///
/// The raw value is its code, which scripts and alerts read: it never changes its meaning.
package enum ConditionKind: String, CaseIterable, Sendable {
    // The machine and its programs.
    case configurationRefused = "configuration_refused"
    case restartNeeded = "restart_needed"
    case stateNotKept = "state_not_kept"
    case descriptorsLow = "descriptors_low"
    case certificateEnding = "certificate_ending"
    case certificateUnusable = "certificate_unusable"
    // Who is in the mesh.
    case discoveryOff = "discovery_off"
    case addressesUntried = "addresses_untried"
    case nodeAbsent = "node_absent"
    case nodeSilent = "node_silent"
    case addressUseless = "address_useless"
    case identityTwice = "identity_twice"
    case clocksApart = "clocks_apart"
    // What nodes and plugins offer.
    case pluginNotAllowed = "plugin_not_allowed"
    case pluginNotTold = "plugin_not_told"
    case kindUnknown = "kind_unknown"
    case kindDiffers = "kind_differs"
    case labelShared = "label_shared"
    case contentDiffers = "content_differs"
    case storeDiffers = "store_differs"
    case replicaGivenUp = "replica_given_up"
    case upgradeGivenUp = "upgrade_given_up"
    case replicaDrained = "replica_drained"
    case documentsNotIndexed = "documents_not_indexed"
}

extension ConditionKind {
    package enum Severity: String, CaseIterable, Comparable, Sendable {
        /// Worth knowing; as somebody wanted it.
        case note
        /// Something serves less than it could, or will soon.
        case warning
        /// Something does not serve, and does not mend by itself.
        case error

        package static func < (a: Severity, b: Severity) -> Bool {
            switch (a, b) {
            case (.note, .warning), (.note, .error), (.warning, .error): true
            default: false
            }
        }
    }

    /// What the catalogue says of a kind.
    package struct Entry: Sendable {
        /// A few words, for a list of alerts.
        package let title: String
        package let severity: Severity
        /// What it means for who uses the mesh.
        package let meaning: String
        /// What to do.
        package let advice: String
        /// It is not shown while one of these is shown of the same subject, or of the node that the subject is on: that is its cause.
        package var causes: [ConditionKind] = []
        /// For how long it must last before it is shown: what passes by itself disturbs nobody.
        package var settles: Duration = .zero
        /// Whether its owner writes each of its events to the log, with more than the text.
        package var isLoggedByOwner = false
    }

    package var entry: Entry {
        switch self {
        case .configurationRefused:
            Entry(
                title: "A changed configuration was refused", severity: .error,
                meaning: "The program goes on with the configuration that it had. The changes have no effect.",
                advice: "Mend what the text names, and reload again. `config check` finds the same problems.",
                isLoggedByOwner: true)
        case .restartNeeded:
            Entry(
                title: "A change waits for a restart", severity: .note,
                meaning: "What the text names cannot change while the program runs. The rest of the configuration is in force.",
                advice: "Restart the program when that suits, or take the change back.", isLoggedByOwner: true)
        case .stateNotKept:
            Entry(
                title: "State is not kept", severity: .warning,
                meaning: "What should outlive a restart (sessions, drained replicas, the index of documents) is in memory only.",
                advice: "Make the state directory writable, free space on its disk, or give a second program on this machine a directory of its own.")
        case .descriptorsLow:
            Entry(
                title: "Descriptors run out", severity: .error,
                meaning: "Nine in ten of the files and connections that the system allows this program are open. New ones will be refused.",
                advice: "Raise the limit (`ulimit -n`, `LimitNOFILE` in a unit of systemd), or lower `server.max_calls`.",
                settles: .seconds(5))
        case .certificateEnding:
            Entry(
                title: "A certificate ends soon", severity: .warning,
                meaning: "When it has ended, its peers refuse new connections.",
                advice: "Renew it. Programs take up the new files without a restart.",
                isLoggedByOwner: true)
        case .certificateUnusable:
            Entry(
                title: "A certificate is not valid now", severity: .error,
                meaning: "It has ended, or has not begun. New connections are refused; those that stand go on.",
                advice: "Renew it, and check the clocks. Programs take up the new files without a restart.",
                isLoggedByOwner: true)
        case .discoveryOff:
            Entry(
                title: "A source of nodes does not work", severity: .warning,
                meaning: "Nodes that only this source tells of are not found. Those that are known stay.",
                advice: "See the text: often avahi-daemon is not running, or is not allowed here.",
                settles: .seconds(2))
        case .addressesUntried:
            Entry(
                title: "More addresses than there is room for", severity: .warning,
                meaning: "Some of the addresses that sources tell of are not tried.",
                advice: "Remove what is not needed from `mesh.sources`, or find out who announces so many.")
        case .nodeAbsent:
            Entry(
                title: "A node is not connected", severity: .warning,
                meaning: "Its replicas get no calls. It is tried again and again.",
                advice: "See the text, which says what happened at the last attempt and what to do.",
                isLoggedByOwner: true)
        case .nodeSilent:
            Entry(
                title: "A node does not respond", severity: .warning,
                meaning: "Its connection stands, and nothing comes over it. Its replicas get no calls until something does.",
                advice: "See whether the machine is suspended or overloaded, and whether its network works.",
                causes: [.nodeAbsent], isLoggedByOwner: true)
        case .addressUseless:
            Entry(
                title: "An address of a connected node does not work", severity: .note,
                meaning: "The node serves at another address. If that one goes away, this one does not help.",
                advice: "Correct or remove the address in `mesh.sources.static`.",
                settles: .seconds(10))
        case .identityTwice:
            Entry(
                title: "Two machines have one identity", severity: .error,
                meaning: "The plugins of the second one are not used.",
                advice: "Give each machine a certificate of its own.")
        case .clocksApart:
            Entry(
                title: "Clocks are apart", severity: .warning,
                meaning: "Certificates may look as if they had ended, or had not begun. Times in logs do not agree.",
                advice: "Set both clocks by NTP (`timedatectl set-ntp true`).",
                causes: [.nodeAbsent])
        case .pluginNotAllowed:
            Entry(
                title: "A plugin is not used: the node's certificate does not allow it", severity: .warning,
                meaning: "The node offers it, and no call goes there.",
                advice: "Issue a certificate that allows it, or remove the plugin there.",
                causes: [.nodeAbsent])
        case .pluginNotTold:
            Entry(
                title: "A node has more plugins than it can tell", severity: .warning,
                meaning: "The rest is not used.", advice: "Offer fewer there, or run some of them on another node.",
                causes: [.nodeAbsent])
        case .kindUnknown:
            Entry(
                title: "It is not known what a server serves", severity: .warning,
                meaning: "A gRPC server is a member of the mesh and does not tell what it serves. No call goes there.",
                advice: "Add reflection to the server, or say in `mesh.sources.static` what it serves.",
                causes: [.nodeAbsent])
        case .kindDiffers:
            Entry(
                title: "A name has different kinds", severity: .warning,
                meaning: "A node serves another kind of plugin under a name that is used here. No call goes there.",
                advice: "Give one of them another name.",
                causes: [.nodeAbsent])
        case .labelShared:
            Entry(
                title: "Several plugins have one label", severity: .note,
                meaning: "The label means one of them, or no plugin, as the text says. Each is called by its original name.",
                advice: "Call them by their names, or say in `models` which one the label means.")
        case .contentDiffers:
            Entry(
                title: "A name has different contents", severity: .warning,
                meaning: "Replicas under one name told different digests. Those that came later are called by name and digest.",
                advice: "Bring all machines to one version, or give one another name.")
        case .storeDiffers:
            Entry(
                title: "A replica keeps its data in another store", severity: .error,
                meaning: "It gets no calls: what one replica has written, the other would not find.",
                advice: "Let all replicas use one store, or give the other database a name of its own.")
        case .replicaGivenUp:
            Entry(
                title: "A replica was given up", severity: .error,
                meaning: "It failed again and again and is not started any more.",
                advice: "Mend what the text names. A changed file or manifest starts it again.",
                causes: [.nodeAbsent, .nodeSilent], isLoggedByOwner: true)
        case .upgradeGivenUp:
            Entry(
                title: "An upgrade was given up", severity: .error,
                meaning: "The new program of a plugin did not become healthy. The old one goes on.",
                advice: "Mend the new program, and reload: it is tried again.", isLoggedByOwner: true)
        case .replicaDrained:
            Entry(
                title: "A replica or a machine is drained", severity: .note,
                meaning: "It gets no new calls, since somebody said so. Calls in progress there finish.",
                advice: "`hector mesh undrain` when it may serve again; `hector-plugin-agent undrain` where it was drained on the machine itself.")
        case .documentsNotIndexed:
            Entry(
                title: "Documents are not indexed", severity: .warning,
                meaning: "Some files of a document store cannot be found by agents.",
                advice: "`hector documents` lists them with their reasons.")
        }
    }
}
