/// A version as https://semver.org/spec/v2.0.0.html has it; a leading `v` is allowed. Build metadata is ignored.
package struct SemanticVersion: Sendable, Hashable, Comparable, CustomStringConvertible {
    package var major: Int
    package var minor: Int
    package var patch: Int
    /// The identifiers after `-`; empty for a release.
    package var prerelease: [String]

    package init(_ major: Int, _ minor: Int, _ patch: Int, prerelease: [String] = []) {
        self.major = major
        self.minor = minor
        self.patch = patch
        self.prerelease = prerelease
    }

    /// Nil when the text is no version.
    package init?(_ text: String) {
        let text = text.hasPrefix("v") ? text.dropFirst() : text[...]
        let withoutBuild = text.split(separator: "+", maxSplits: 1, omittingEmptySubsequences: false)
        let parts = withoutBuild[0].split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        let numbers = parts[0].split(separator: ".", omittingEmptySubsequences: false).map { Self.number($0) }
        guard numbers.count == 3, let major = numbers[0], let minor = numbers[1], let patch = numbers[2] else { return nil }
        let identifiers = parts.count == 2 ? parts[1].split(separator: ".", omittingEmptySubsequences: false).map(String.init) : []
        let build = withoutBuild.count == 2 ? withoutBuild[1].split(separator: ".", omittingEmptySubsequences: false).map(String.init) : []
        guard identifiers.allSatisfy({ Self.isIdentifier($0) && (Self.number($0) != nil || !$0.utf8.allSatisfy(Self.isDigit)) }),
            build.allSatisfy(Self.isIdentifier)
        else { return nil }
        self.init(major, minor, patch, prerelease: identifiers)
    }

    /// A number without leading zeros.
    static func number(_ text: some StringProtocol) -> Int? {
        guard !text.isEmpty, text.utf8.allSatisfy(isDigit), text.count == 1 || text.first != "0" else { return nil }
        return Int(text)
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

    private static func isIdentifier(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy {
            isDigit($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0) || $0 == 0x2D
        }
    }

    /// The release that this is, or comes before.
    var release: SemanticVersion { SemanticVersion(major, minor, patch) }

    package static func < (left: Self, right: Self) -> Bool {
        if left.release != right.release {
            return (left.major, left.minor, left.patch) < (right.major, right.minor, right.patch)
        }
        guard !left.prerelease.isEmpty, !right.prerelease.isEmpty else {
            return !left.prerelease.isEmpty && right.prerelease.isEmpty
        }
        for (one, other) in zip(left.prerelease, right.prerelease) where one != other {
            switch (number(one), number(other)) {
            case (let one?, let other?): return one < other
            case (.some, nil): return true
            case (nil, .some): return false
            case (nil, nil): return one < other
            }
        }
        return left.prerelease.count < right.prerelease.count
    }

    package var description: String {
        "\(major).\(minor).\(patch)" + (prerelease.isEmpty ? "" : "-" + prerelease.joined(separator: "."))
    }
}
