// swift-tools-version:5.9
import PackageDescription

// Apps import `Sentby`, which has no keys; back ends import `SentbyServer`, which has everything. `assemble.sh` puts the generated sources in
// their places and the native libraries into lib/.
let package = Package(
    name: "Sentby",
    platforms: [.iOS(.v13), .macOS(.v11)],
    products: [
        .library(name: "Sentby", targets: ["Sentby"]),
        .library(name: "SentbyServer", targets: ["SentbyServer"]),
    ],
    targets: [
        .systemLibrary(name: "SentbyFFI"),
        .systemLibrary(name: "SentbyServerFFI"),
        .target(name: "Sentby", dependencies: ["SentbyFFI"], linkerSettings: [.linkedLibrary("sentby_mobile")]),
        .target(name: "SentbyServer", dependencies: ["SentbyFFI", "SentbyServerFFI"], linkerSettings: [.linkedLibrary("sentby_server")]),
        .testTarget(name: "SentbyTests", dependencies: ["Sentby"]),
        .testTarget(name: "SentbyServerTests", dependencies: ["SentbyServer"]),
    ]
)
