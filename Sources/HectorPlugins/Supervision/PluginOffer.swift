package import HectorCore
internal import HectorProto

/// What one process offers under a name of its own, beside others (`hector.plugin.Offers`).
package struct PluginOffer: Sendable, Equatable {
    /// Its kind, and its original name, which need not be a label.
    package let key: PluginKey
    /// Identifies the content behind the name, for example `sha256:…`; empty where it is not told.
    package let digest: String
    /// As in a manifest.
    package let capabilities: [String: String]

    /// What it can do, of what its process says of itself and what the offer adds.
    package func abilities(_ process: [String: String]) -> Abilities { Abilities(capabilities: told(process)) }

    package func told(_ process: [String: String]) -> [String: String] { process.merging(capabilities) { _, own in own } }
}

/// All that a process offers, checked, and why the rest is left out.
struct OfferList: Sendable, Equatable {
    private(set) var offers: [PluginOffer] = []
    /// One sentence each, for people.
    private(set) var problems: [String] = []

    init(_ set: OfferSet, limits: PluginLimits) {
        var seen: Set<PluginKey> = []
        for offer in set.offers {
            let name = quoted(offer.name)
            guard let kind = PluginKind(rawValue: offer.type) else {
                problems.append("its offer \(name) is left out: \(quoted(offer.type)) is not a type of plugins")
                continue
            }
            guard Label.isName(offer.name) else {
                problems.append("its offer \(name) is left out: a name has 1 to 200 printable ASCII characters")
                continue
            }
            let key = PluginKey(kind, offer.name)
            guard seen.insert(key).inserted else {
                problems.append("its offer \(name) is there twice: the first counts")
                continue
            }
            guard offers.count < limits.offers else {
                problems.append("it offers more than \(limits.offers) names: the others are left out")
                break
            }
            // Not cut: two contents would become one.
            let digest = NodeReportLimits().store(offer.digest) ?? ""
            offers.append(PluginOffer(key: key, digest: digest, capabilities: offer.capabilities))
        }
    }
}
