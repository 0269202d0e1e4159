// The README's sale, in Swift: prints what all languages print.
import Foundation
import Sentby

let time = ISO8601DateFormatter()
func at(_ text: String) -> Date { time.date(from: text)! }
func pad(_ text: String, _ width: Int) -> String { text.padding(toLength: max(width, text.count), withPad: " ", startingAt: 0) }
func padLeft(_ text: String, _ width: Int) -> String { String(repeating: " ", count: max(0, width - text.count)) + text }

let program = try Program.fromToml(text: String(contentsOfFile: CommandLine.arguments[1], encoding: .utf8))
let keys = try Keys(keys: [RootKey(id: 1, secret: Data("32 random bytes from your vault.".utf8))])

let tapped = at("2026-03-01T09:00:00Z")
let link = try program.read(url: "https://www.copecart.com/products/521411d4/p/anna/")!
let token = try keys.seal(referral: link.referral, purpose: .profile, audience: "webinarhaus.example/lena", now: tapped)

let bought = at("2026-03-03T18:00:00Z")
let anna = try touchOf(opened: keys.open(text: token, purpose: .profile, audience: "webinarhaus.example/lena", now: bought))
let bob = Touch(affiliate: "bob", at: at("2026-02-20T12:00:00Z"), evidence: .cookie)

let line = Line(id: "1", product: "521411d4", gross: try parseMoney(text: "1190.00", currency: "EUR"), tax: try parseMoney(text: "190.00", currency: "EUR"))
let order = Order(id: "A-1001", at: bought, lines: [line])
let decision = try program.attribute(order: order, touches: [anna, bob])
print(try explain(decision: decision), terminator: "")
for entry in try program.commission(order: order, decision: decision).entries {
    print(pad("\(entry.role)", 9), pad(entry.recipient ?? "", 12), padLeft("\(try formatMoney(money: entry.amount)) EUR", 12))
}

do {
    _ = try keys.open(text: token, purpose: .mail, audience: "webinarhaus.example/lena", now: bought)
    fatalError("a profile token opened as a mail token")
} catch SentbyException.Refused(let code, _) {
    precondition(code == "token_purpose")
}
