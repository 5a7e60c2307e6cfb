// swift-tools-version: 6.2
// A plugin as an author has it: one package that depends on Hector. In your own copy, write the
// repository's URL and a version instead of the path.
import PackageDescription

let package = Package(
    name: "sums",
    dependencies: [.package(name: "hector", path: "../../..")],
    targets: [
        .executableTarget(name: "sums", dependencies: [.product(name: "HectorPlugin", package: "hector")])
    ],
    swiftLanguageModes: [.v6]
)
