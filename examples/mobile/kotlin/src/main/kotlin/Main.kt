import dev.sentby.Money
import dev.sentby.Program
import dev.sentby.app.MemoryStore
import dev.sentby.app.ReferralInbox
import dev.sentby.formatMoney
import java.io.File
import java.time.Instant

fun main(arguments: Array<String>) {
    val (base, rules) = arguments
    // What an app is shipped with: the vendor's rules, and no keys.
    val program = Program.fromToml(File(rules).readText().replace("http://127.0.0.1/", "$base/"))

    // Weeks ago, on her PC, Lena followed Bob's link and allowed the cookie.
    val pc = Browser(base)
    pc.at = "2026-02-20T12:00:00Z"
    val bobs = pc.get("/webinar/sales-masterclass?partner=bob").body()
    pc.post("/consent", "answer" to "granted", "campaign" to "sales-masterclass", "xa" to value(bobs, "name=\"xa\" value=\""))

    // On the phone, Anna's link opens the app.
    val tapped = Instant.parse("2026-03-01T09:00:00Z")
    val inbox = ReferralInbox(program, MemoryStore()) { System.err.println("${it.code}: ${it.detail}") }
    val kept = inbox.receive("$base/webinar/sales-masterclass?partner=anna", tapped)
    check(kept?.referral?.affiliate == "anna") { "the inbox kept $kept" }

    // The app shows the registration, and the page learns whom to thank.
    val phone = Browser(base)
    phone.at = tapped.toString()
    val page = phone.get(inbox.purchaseUrl("$base/webinar/sales-masterclass", inbox.latest(tapped))).body()
    val mail = phone.post("/register", "name" to "Lena", "email" to "lena@example.org", "xa" to value(page, "name=\"xa\" value=\"")).body()

    // Two days later, on the PC: the e-mail's link, the button, the checkout.
    pc.at = "2026-03-03T18:00:00Z"
    val room = pc.get(value(mail, "id=\"room\" href=\"")).body()
    val checkout = pc.get(value(room, "id=\"buy\" href=\"")).body()
    val why = pc.post(
        value(checkout, "id=\"checkout\" method=\"post\" action=\""),
        "attendee" to value(checkout, "name=\"attendee\" value=\""), "xa" to value(checkout, "name=\"xa\" value=\""), "coupon" to "",
    ).uri()

    // What the server decided.
    val answer = pc.get("$why/json").body()
    print(text(answer, "explanation"))
    for (entry in Regex("\\{[^{}]*\"amount\":\\{[^{}]*\\}[^{}]*\\}").findAll(answer.substringAfter("\"entries\":"))) {
        val amount = Money(Regex("\"minor\":(-?\\d+)").find(entry.value)!!.groupValues[1].toLong(), text(entry.value, "currency"))
        println("%-9s %-12s %12s".format(text(entry.value, "role"), text(entry.value, "recipient"), "${formatMoney(amount)} ${amount.currency}"))
    }
}

/** A text of a JSON object, empty for null: enough for this one answer, where a real app has a JSON library. */
private fun text(json: String, name: String): String =
    Regex("\"$name\":\"((?:[^\"\\\\]|\\\\.)*)\"").find(json)?.groupValues?.get(1)?.replace("\\n", "\n")?.replace("\\\"", "\"").orEmpty()
