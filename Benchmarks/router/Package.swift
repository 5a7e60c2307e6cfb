// swift-tools-version: 6.2
import PackageDescription

/// As the repository's own package has it.
let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]

let package = Package(
    name: "router-sim",
    targets: [
        // Symbolic links to the repository's sources. The router's API has the access level `package`, which ends at the
        // border of a package, so a dependency by path could not call it. A target's path may not leave the package either.
        .target(name: "HectorCore", swiftSettings: strict),
        .target(name: "HectorLoad", dependencies: ["HectorCore"], swiftSettings: strict),
        .target(name: "HectorMesh", dependencies: ["HectorLoad", "HectorCore"], swiftSettings: strict),
        .executableTarget(
            name: "router-sim", dependencies: ["HectorMesh", "HectorLoad", "HectorCore"],
            swiftSettings: strict),
    ],
    swiftLanguageModes: [.v6]
)
