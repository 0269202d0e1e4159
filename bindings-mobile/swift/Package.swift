// swift-tools-version:5.9
import PackageDescription

// `test.sh` puts the generated sources into Sources/ and names the folder of the native library.
let package = Package(
    name: "Sentby",
    products: [.library(name: "Sentby", targets: ["Sentby"])],
    targets: [
        .systemLibrary(name: "SentbyFFI"),
        .target(name: "Sentby", dependencies: ["SentbyFFI"], linkerSettings: [.linkedLibrary("sentby_mobile")]),
        .executableTarget(name: "Check", dependencies: ["Sentby"]),
    ]
)
