// The README's sale, in Swift: prints what all languages print.
import Foundation
import SentbyServer
import XCTest

final class StoryTests: XCTestCase {
    func at(_ text: String) -> Date { ISO8601DateFormatter().date(from: text)! }
    func pad(_ text: String, _ width: Int) -> String { text.padding(toLength: max(width, text.count), withPad: " ", startingAt: 0) }
    func padLeft(_ text: String, _ width: Int) -> String { String(repeating: " ", count: max(0, width - text.count)) + text }
    func file(_ name: String) throws -> String { try String(contentsOfFile: ProcessInfo.processInfo.environment["SENTBY_STORY"]! + "/" + name, encoding: .utf8) }

    func testPrintsWhatAllLanguagesPrint() throws {
        let program = try Program.fromToml(text: file("story.toml"))
        let keys = try Keys(keys: [RootKey(id: 1, secret: Data("32 random bytes from your vault.".utf8))])

        let tapped = at("2026-03-01T09:00:00Z")
        let link = try program.read(url: "https://www.copecart.com/products/521411d4/p/anna/")!
        let token = try keys.seal(referral: link.referral, purpose: .profile, audience: "webinarhaus.example/lena", now: tapped)

        let bought = at("2026-03-03T18:00:00Z")
        let anna = try touchOf(opened: keys.open(text: token, purpose: .profile, audience: "webinarhaus.example/lena", now: bought))
        let bob = Touch(affiliate: "bob", at: at("2026-02-20T12:00:00Z"), evidence: .cookie)

        let line = Line(id: "1", product: "521411d4", gross: try Money(1190, "EUR"), tax: try Money(190, "EUR"))
        let order = Order(id: "A-1001", at: bought, lines: [line])
        let decision = try program.attribute(order: order, touches: [anna, bob])
        var printed = try explain(decision: decision)
        for entry in try program.commission(order: order, decision: decision).entries {
            printed += pad("\(entry.role)", 9) + " " + pad(entry.recipient ?? "", 12) + " " + padLeft("\(try formatMoney(money: entry.amount)) EUR", 12) + "\n"
        }
        XCTAssertEqual(printed, try file("expected.txt"))

        XCTAssertThrowsError(try keys.open(text: token, purpose: .mail, audience: "webinarhaus.example/lena", now: bought)) {
            XCTAssertEqual(($0 as? SentbyException)?.code, "token_purpose")
        }
        XCTAssertEqual(try identity(program: program, keys: keys, kind: .email, value: "lena@example.com").count, 1)
        let batch = try program.attributeAll(orders: [order, order], touches: [[anna, bob], []])
        XCTAssertEqual(batch, [decision, try program.attribute(order: order, touches: [])])
    }
}
