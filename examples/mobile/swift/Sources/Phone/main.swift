import Foundation
import Sentby

struct Answer: Decodable {
    struct Amount: Decodable { let minor: Int64, currency: String }
    struct Entry: Decodable { let role: String, recipient: String?, amount: Amount }
    let explanation: String
    let entries: [Entry]
}

func pad(_ text: String, _ width: Int) -> String { text.padding(toLength: max(width, text.count), withPad: " ", startingAt: 0) }
func padLeft(_ text: String, _ width: Int) -> String { String(repeating: " ", count: max(0, width - text.count)) + text }

let (base, rules) = (CommandLine.arguments[1], CommandLine.arguments[2])
// What an app is shipped with: the vendor's rules, and no keys.
let program = try Program.fromToml(text: String(contentsOfFile: rules, encoding: .utf8).replacingOccurrences(of: "http://127.0.0.1/", with: "\(base)/"))

// Weeks ago, on her PC, Lena followed Bob's link and allowed the cookie.
let pc = Browser(base)
pc.at = "2026-02-20T12:00:00Z"
let bobs = try pc.get("/webinar/sales-masterclass?partner=bob").0
_ = try pc.post("/consent", ["answer": "granted", "campaign": "sales-masterclass", "xa": value(bobs, "name=\"xa\" value=\"")])

// On the phone, Anna's link opens the app.
let tapped = ISO8601DateFormatter().date(from: "2026-03-01T09:00:00Z")!
let inbox = ReferralInbox(program: program, store: MemoryStore()) { FileHandle.standardError.write(Data("\($0.code): \($0.detail)\n".utf8)) }
inbox.receive("\(base)/webinar/sales-masterclass?partner=anna", now: tapped)

// The app shows the registration, and the page learns whom to thank.
let phone = Browser(base)
phone.at = "2026-03-01T09:00:00Z"
let page = try phone.get(inbox.purchaseUrl("\(base)/webinar/sales-masterclass", now: tapped)).0
let mail = try phone.post("/register", ["name": "Lena", "email": "lena@example.org", "xa": value(page, "name=\"xa\" value=\"")]).0

// Two days later, on the PC: the e-mail's link, the button, the checkout.
pc.at = "2026-03-03T18:00:00Z"
let room = try pc.get(value(mail, "id=\"room\" href=\"")).0
let checkout = try pc.get(value(room, "id=\"buy\" href=\"")).0
let order = ["attendee": try value(checkout, "name=\"attendee\" value=\""), "xa": try value(checkout, "name=\"xa\" value=\""), "coupon": ""]
let why = try pc.post(value(checkout, "id=\"checkout\" method=\"post\" action=\""), order).1

// What the server decided.
let answer = try JSONDecoder().decode(Answer.self, from: Data(pc.get("\(why.absoluteString)/json").0.utf8))
print(answer.explanation, terminator: "")
for entry in answer.entries {
    let amount = try formatMoney(money: Money(minor: entry.amount.minor, currency: entry.amount.currency))
    print(pad(entry.role, 9), pad(entry.recipient ?? "", 12), padLeft("\(amount) \(entry.amount.currency)", 12))
}
