// swift-tools-version:5.9
import PackageDescription

// `../test.sh` puts the Sentby package beside this one.
let package = Package(
    name: "Phone",
    platforms: [.macOS(.v12)],
    dependencies: [.package(name: "Sentby", path: "../sentby")],
    targets: [.executableTarget(name: "Phone", dependencies: [.product(name: "Sentby", package: "Sentby")])]
)
