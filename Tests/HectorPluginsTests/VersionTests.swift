import HectorPlugins
import Testing

@Suite struct VersionTests {
    @Test(arguments: ["1.2.3", "v1.2.3", "0.0.0", "1.0.0-alpha.1+build.007", "1.0.0--x"])
    func readsVersions(_ text: String) { #expect(SemanticVersion(text) != nil) }

    @Test(arguments: ["", "1", "1.2", "1.2.3.4", "01.2.3", "1.2.x", "1.2.3-", "1.2.3-01", "1.2.3+", "1.-2.3", "99999999999999999999.0.0", "1.2.3 "])
    func refusesOtherText(_ text: String) { #expect(SemanticVersion(text) == nil) }

    /// The order of https://semver.org/spec/v2.0.0.html §11.
    @Test func ordersPrereleases() {
        let texts = [
            "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.9223372036854775808", "1.0.0-alpha.99999999999999999999", "1.0.0-alpha.beta", "1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1", "1.0.0", "1.0.1",
        ]
        let versions = texts.compactMap { SemanticVersion($0) }
        #expect(versions.shuffled().sorted().map(\.description) == texts)
    }

    @Test(arguments: [
        (">=0.1.0", ["0.1.0", "9.0.0", "0.1.0-dev"], ["0.0.9"]),
        (">=0.1.0 <2.0.0", ["0.1.0", "1.9.9"], ["2.0.0", "0.0.1"]),
        (">= 0.1.0, < 2", ["1.0.0"], ["2.0.0"]),
        ("^1.2", ["1.2.0", "1.99.0"], ["1.1.9", "2.0.0"]),
        ("^0.2.3", ["0.2.3", "0.2.9"], ["0.3.0", "0.2.2"]),
        ("^0.0.3", ["0.0.3"], ["0.0.4"]),
        ("^0.0", ["0.0.9"], ["0.1.0"]),
        ("^0", ["0.9.0"], ["1.0.0"]),
        ("~1.2.3", ["1.2.3", "1.2.9"], ["1.3.0", "1.2.2"]),
        ("~1", ["1.9.0"], ["2.0.0"]),
        ("=1.0.0", ["1.0.0"], ["1.0.1"]),
        ("1.2.x", ["1.2.7"], ["1.3.0"]),
        (">1.2", ["1.3.0"], ["1.2.9"]),
        ("<=1.2", ["1.2.9"], ["1.3.0"]),
        ("<1.0.0 || >=3", ["0.5.0", "3.1.0"], ["1.0.0", "2.9.9"]),
        ("*", ["0.0.0", "7.0.0"], []),
        // Dates and times are versions, too.
        (">=1.0.20260131120000", ["1.0.20260131120000", "1.1.0"], ["1.0.20251231235959"]),
        ("^0.0.9007199254740991", ["0.0.9007199254740991"], ["0.1.0"]),
    ])
    func ranges(_ text: String, _ inside: [String], _ outside: [String]) throws {
        let range = try #require(VersionRange(text))
        for version in inside { #expect(range.contains(try #require(SemanticVersion(version))), "\(version) in \(text)") }
        for version in outside { #expect(!range.contains(try #require(SemanticVersion(version))), "\(version) not in \(text)") }
    }

    @Test(arguments: ["", " ", "||", "1 ||", ">=", ">=x.1", "=>1.0.0", "1.x.3", "one", "<*", "9223372036854775807", "> > 1", ">=1.0.9223372036854775807", "~1.9007199254740992", "^99999999999999999999.0.0"])
    func refusesOtherRanges(_ text: String) { #expect(VersionRange(text) == nil) }
}
