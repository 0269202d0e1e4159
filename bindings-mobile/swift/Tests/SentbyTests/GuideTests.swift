import Foundation
import XCTest

import Sentby

#if canImport(UIKit)
import UIKit

class SceneDelegate: UIResponder, UIWindowSceneDelegate {
    func scene(_ scene: UIScene, willConnectTo session: UISceneSession, options: UIScene.ConnectionOptions) {
        options.userActivities.compactMap(\.webpageURL).forEach { Shop.shared.opened($0) }
    }

    func scene(_ scene: UIScene, continue activity: NSUserActivity) {
        activity.webpageURL.map { Shop.shared.opened($0) }
    }

    func scene(_ scene: UIScene, openURLContexts contexts: Set<UIOpenURLContext>) {
        contexts.forEach { Shop.shared.opened($0.url) }
    }
}
#endif

final class Shop {
    let inbox: ReferralInbox

    init(rules: String, folder: URL) throws {
        let program = try Program.fromToml(text: rules)
        inbox = ReferralInbox(program: program, store: FileStore(folder.appendingPathComponent("sentby"))) { problem in
            print("\(problem.code): \(problem.detail)")
        }
    }

    func opened(_ url: URL) {
        inbox.receive(url)
    }

    func answered(_ allowed: Bool) {
        inbox.consent = allowed ? .granted : .denied
    }

    func purchaseUrl() -> URL? {
        URL(string: inbox.purchaseUrl("https://webinarhaus.example/checkout?sku=course"))
    }
}

extension Shop {
    static let shared = try! Shop(rules: rules, folder: FileManager.default.temporaryDirectory)
}

let rules = """
    sentby = 1
    vendor = "webinarhaus"
    links.templates = ["https://webinarhaus.example/*?partner={affiliate}"]
    """

/// The guide's app does what the guide says.
final class GuideTests: XCTestCase {
    func testTheGuidesAppCarriesAnna() throws {
        let shop = try Shop(rules: rules, folder: FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString))
        shop.opened(URL(string: "https://webinarhaus.example/webinar/spring?partner=anna")!)
        shop.answered(false)
        XCTAssertEqual(shop.purchaseUrl()?.absoluteString, "https://webinarhaus.example/checkout?sku=course&partner=anna")
    }
}
