// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "my-plugin",
    dependencies: [.package({{sdk}})],
    targets: [
        .executableTarget(name: "my-plugin", dependencies: [.product(name: "HectorPlugin", package: "{{package}}")])
    ],
    swiftLanguageModes: [.v6]
)
