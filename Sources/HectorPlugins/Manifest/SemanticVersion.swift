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
        guard identifiers.allSatisfy({ Self.isIdentifier($0) && (Self.isNumber($0) || !$0.utf8.allSatisfy(Self.isDigit)) }),
            build.allSatisfy(Self.isIdentifier)
        else { return nil }
        self.init(major, minor, patch, prerelease: identifiers)
    }

    /// The largest part of a version, as npm has it: exact in every language, and a larger one can be counted up to.
    static let largestNumber = 9_007_199_254_740_991

    /// A number without leading zeros, up to the largest one.
    static func number(_ text: some StringProtocol) -> Int? {
        guard isNumber(text), let number = Int(text), number <= largestNumber else { return nil }
        return number
    }

    private static func isNumber(_ text: some StringProtocol) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy(isDigit) && (text.utf8.count == 1 || text.utf8.first != UInt8(ascii: "0"))
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
            switch (isNumber(one), isNumber(other)) {
            // Of any length, so compared as they are written.
            case (true, true): return (one.utf8.count, one) < (other.utf8.count, other)
            case (true, false): return true
            case (false, true): return false
            case (false, false): return one < other
            }
        }
        return left.prerelease.count < right.prerelease.count
    }

    package var description: String {
        "\(major).\(minor).\(patch)" + (prerelease.isEmpty ? "" : "-" + prerelease.joined(separator: "."))
    }
}
