import dev.sentby.*
import dev.sentby.server.*
import java.io.File
import java.time.Instant

fun sale(): String = buildString {
    val program = Program.fromToml(File("core/vectors/programs/story.toml").readText())
    val keys = Keys(listOf(RootKey(1, "32 random bytes from your vault.".toByteArray())))

    // On the phone: Lena taps Anna's link and registers. The attendee's profile keeps a token.
    val tapped = Instant.parse("2026-03-01T09:00:00Z")
    val link = program.read("https://www.copecart.com/products/521411d4/p/anna/")!!
    val token = keys.seal(link.referral, Purpose.PROFILE, "webinarhaus.example/lena", tapped)

    // On the PC, two days later, in another browser: the purchase link brings the token, an old cookie says Bob.
    val bought = Instant.parse("2026-03-03T18:00:00Z")
    val anna = touchOf(keys.open(token, Purpose.PROFILE, "webinarhaus.example/lena", bought))
    val bob = Touch("bob", Instant.parse("2026-02-20T12:00:00Z"), Evidence.COOKIE)

    val line = Line("1", "521411d4", gross = parseMoney("1190.00", "EUR"), tax = parseMoney("190.00", "EUR"))
    val order = Order("A-1001", bought, listOf(line))
    val decision = program.attribute(order, listOf(anna, bob))
    append(explain(decision))
    for ((_, role, amount, recipient) in program.commission(order, decision).entries) {
        appendLine("%-9s %-12s %12s".format(role.name.lowercase(), recipient.orEmpty(), formatMoney(amount) + " EUR"))
    }
}
