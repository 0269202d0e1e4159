import Foundation
import XCTest

@testable import Sentby

/// What an app can do: no keys here, not even by name.
final class InboxTests: XCTestCase {
    let at = Date(timeIntervalSince1970: 1_772_355_600)
    /// Anna's, for a year from 2026-03-01 on; one of core/vectors/token.json.
    let token = "280pk90020h3g000000000000043achh6grk2s1mc5q6wrdep64kxrp8eshc3v3ta6krx4xv"
    let deep = "https://webinarhaus.example/webinar/spring?partner=anna"

    func program() throws -> Program {
        try Program.fromToml(text: "sentby = 1\nvendor = \"v\"\nlinks.templates = [\"webinarhaus.example/*?partner={affiliate}\"]\n")
    }

    func testKeepsTheFirstAndTheLatest() throws {
        let inbox = ReferralInbox(program: try program(), store: MemoryStore())
        XCTAssertNil(inbox.latest(now: at))
        XCTAssertEqual(inbox.receive(deep, now: at)?.referral.affiliate, "anna")
        XCTAssertEqual(inbox.receive(deep.replacingOccurrences(of: "anna", with: "bob"), now: at.addingTimeInterval(60))?.referral.affiliate, "bob")
        XCTAssertNil(inbox.receive("https://elsewhere.example/?partner=carl", now: at))
        XCTAssertEqual(inbox.first(now: at)?.referral.affiliate, "anna")
        XCTAssertEqual(inbox.latest(now: at)?.referral.affiliate, "bob")
        XCTAssertEqual(inbox.purchaseUrl("https://webinarhaus.example/buy?sku=7#pay", now: at), "https://webinarhaus.example/buy?sku=7&partner=bob#pay")
        XCTAssertEqual(inbox.first(now: at.addingTimeInterval(91 * 86_400)), nil)
    }

    func testATokenGoesAlongUntilItExpires() throws {
        var problems: [String] = []
        let inbox = ReferralInbox(program: try program(), store: MemoryStore(), keepFor: 10_000 * 86_400) { problems.append($0.code) }
        let kept = inbox.receive("myapp://webinar?partner=bob&xa=\(token)", now: at)
        XCTAssertEqual(kept?.token, token)
        XCTAssertEqual(kept?.referral.affiliate, "anna")
        XCTAssertEqual(inbox.purchaseUrl("https://pay.example/buy?xa=old", now: at), "https://pay.example/buy?xa=\(token)")
        XCTAssertNil(inbox.latest(now: at.addingTimeInterval(366 * 86_400)))
        XCTAssertNil(inbox.receive("https://webinarhaus.example/?xa=\(token)", now: at.addingTimeInterval(366 * 86_400)))
        XCTAssertEqual(problems.last, "token_expired")
        // What is as long as a short code and none hides no name.
        for odd in [String(repeating: "%0A", count: 24), String(repeating: "+", count: 24)] {
            let kept = inbox.receive("https://webinarhaus.example/?xa=\(odd)&partner=bob", now: at)
            XCTAssertNil(kept?.token)
            XCTAssertEqual(kept?.referral.affiliate, "bob")
        }
    }

    func testNothingIsStoredWithoutConsent() throws {
        let store = MemoryStore()
        let inbox = ReferralInbox(program: try program(), store: store)
        inbox.receive(deep, now: at)
        XCTAssertNil(store.load())
        inbox.consent = .granted
        XCTAssertNotNil(store.load())
        let again = ReferralInbox(program: try program(), store: store)
        XCTAssertEqual(again.latest(now: at), inbox.latest(now: at))
        again.consent = .denied
        XCTAssertNil(store.load())
    }

    func testAFileKeepsWhatIsOdd() throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("sentby-\(UUID().uuidString)")
        let program = try Program.fromToml(text: "sentby = 1\nvendor = \"v\"\nlinks.templates = [\"v.example/*?p={affiliate}&c={campaign}\"]\n")
        let inbox = ReferralInbox(program: program, store: FileStore(file))
        inbox.consent = .granted
        let kept = inbox.receive("https://v.example/?p=anna&c=a%20b%3D%25%F0%9F%98%80", now: at)
        XCTAssertEqual(kept?.referral.campaign, "a b=%😀")
        XCTAssertEqual(ReferralInbox(program: program, store: FileStore(file)).latest(now: at), kept)
        inbox.forget()
        XCTAssertFalse(FileManager.default.fileExists(atPath: file.path))
    }

    func testAStoreThatFailsCostsNoSale() throws {
        final class Broken: CarrierStore {
            func load() throws -> String? { throw CocoaError(.fileReadNoPermission) }
            func save(_ text: String?) throws { throw CocoaError(.fileWriteOutOfSpace) }
        }
        var problems: [String] = []
        let inbox = ReferralInbox(program: try program(), store: Broken()) { problems.append($0.code) }
        inbox.consent = .granted
        XCTAssertEqual(inbox.receive(deep, now: at)?.referral.affiliate, "anna")
        XCTAssertEqual(inbox.latest(now: at)?.referral.affiliate, "anna")
        XCTAssertEqual(Set(problems), ["store_failed"])

        let damaged = MemoryStore()
        damaged.save("sentby carriers 1\nnonsense")
        var found: [String] = []
        XCTAssertNil(ReferralInbox(program: try program(), store: damaged) { found.append($0.code) }.latest(now: at))
        XCTAssertEqual(found, ["store_damaged"])
    }

    func testLinksThatAreNone() throws {
        var problems: [String] = []
        let inbox = ReferralInbox(program: try program(), store: MemoryStore()) { problems.append($0.code) }
        for link in ["", " ", "no link", "https://webinarhaus.example/x?partner=", "https://webinarhaus.example/?xa=nonsense", String(repeating: "a", count: 1 << 20)] {
            XCTAssertNil(inbox.receive(link, now: at), link.prefix(40).description)
        }
        XCTAssertFalse(problems.isEmpty)
        XCTAssertEqual(inbox.purchaseUrl("no link", now: at), "no link")
    }

    func testOnlyOwnHostsAreTold() throws {
        let inbox = ReferralInbox(program: try program(), store: MemoryStore())
        inbox.receive(deep, now: at)
        let own = URL(string: "https://WebinarHaus.example/buy")!, foreign = URL(string: "https://bank.example/")!
        XCTAssertEqual(inbox.follow(own, hosts: ["webinarhaus.example"], now: at).query, "partner=anna")
        XCTAssertEqual(inbox.follow(foreign, hosts: ["webinarhaus.example"], now: at), foreign)
    }

    func testErrorsAndAmounts() throws {
        XCTAssertEqual(try Money(Decimal(string: "49.00")!, "EUR"), Money(minor: 4900, currency: "EUR"))
        XCTAssertEqual(try Money(minor: 1250, currency: "BHD").decimal(), Decimal(string: "1.25"))
        XCTAssertThrowsError(try Money(Decimal(string: "0.001")!, "EUR")) { error in
            XCTAssertEqual((error as? SentbyException)?.code, "money_invalid")
            XCTAssertTrue(error.localizedDescription.hasPrefix("money_invalid: "), error.localizedDescription)
        }
        XCTAssertThrowsError(try peek(text: "nonsense")) { XCTAssertTrue(($0 as? SentbyException)?.code.hasPrefix("token_") == true) }
    }

    func testManyThreads() throws {
        let inbox = ReferralInbox(program: try program(), store: MemoryStore())
        DispatchQueue.concurrentPerform(iterations: 160) { n in
            inbox.receive(deep.replacingOccurrences(of: "anna", with: "a\(n)"), now: at)
            _ = inbox.purchaseUrl("https://webinarhaus.example/buy", now: at)
        }
        XCTAssertNotNil(inbox.latest(now: at))
    }
}
