package dev.sentby

import dev.sentby.server.Keys
import dev.sentby.server.RootKey
import java.io.File
import java.time.Instant
import java.util.Base64
import javax.crypto.Mac
import javax.crypto.spec.SecretKeySpec

/**
 * What a call across the boundary costs, one by one and in batches, beside a plain Java twin of the token's check. The command is in the Makefile, under `bench`.
 *
 * Medians of 21 rounds after 60 that count for nothing, all jobs of a comparison in each round.
 */
object Bench {
    private const val ROWS = 1000
    private val now = Instant.parse("2026-03-03T18:00:00Z")

    private fun compare(title: String, vararg jobs: Pair<String, () -> Any?>) {
        val times = jobs.map { mutableListOf<Double>() }
        repeat(60) { jobs.forEach { (_, job) -> job() } }
        repeat(21) {
            jobs.forEachIndexed { n, (_, job) ->
                val start = System.nanoTime()
                job()
                times[n] += (System.nanoTime() - start).toDouble() / ROWS
            }
        }
        val medians = times.map { it.sorted()[10] }
        println("\n$title")
        jobs.forEachIndexed { n, (name, _) -> println("  %-52s %8.0f ns  %6.2f ×".format(name, medians[n], medians[n] / medians[0])) }
    }

    @JvmStatic
    fun main(arguments: Array<String>) {
        println("Java ${System.getProperty("java.version")}, JNA ${com.sun.jna.Native.VERSION}; each of $ROWS rows")
        val program = Program.fromToml(File("core/vectors/programs/story.toml").readText())
        val keys = Keys(listOf(RootKey(1, "32 random bytes from your vault.".toByteArray())))
        val order = Order("A-1", now, listOf(Line("1", "521411d4", Money(119_000, "EUR"), Money(19_000, "EUR"))))
        val names = listOf("anna", "bob", "carl")
        fun touches(count: Int) = List(count) { n -> Touch(names[n % 3], now.minusSeconds(3600L * (n + 1)), if (n % 2 == 0) Evidence.COOKIE else Evidence.PARAMETER, "521411d4") }
        for (count in listOf(2, 8)) {
            val orders = List(ROWS) { order.copy(id = "A-$it") }
            val all = List(ROWS) { touches(count) }
            compare(
                "attribute, $count touches (goal: the batch at least ten times as many a second)",
                "one by one" to { for (row in 0 until ROWS) program.attribute(orders[row], all[row]) },
                "attributeAll" to { program.attributeAll(orders, all) },
            )
            val decisions = program.attributeAll(orders, all)
            compare(
                "commission of a decision on $count touches (likewise)",
                "one by one" to { for (row in 0 until ROWS) program.commission(orders[row], decisions[row]) },
                "commissionAll" to { program.commissionAll(orders, decisions) },
            )
        }
        val urls = List(ROWS) { "https://www.copecart.com/products/p$it/p/anna/?utm_source=newsletter&sub=$it" }
        compare(
            "reading links (likewise)",
            "one by one" to { for (url in urls) read(url) },
            "readAll" to { readAll(urls) },
        )

        val token = keys.seal(Referral(affiliate = "anna", product = "521411d4"), Purpose.LINK, "webinarhaus.example", now)
        val mac = Mac.getInstance("HmacSHA256").apply { init(SecretKeySpec(ByteArray(32) { it.toByte() }, "HmacSHA256")) }
        val said = "anna|521411d4|1772560800".toByteArray()
        val tag = Base64.getUrlEncoder().encode(mac.doFinal(said))
        compare(
            "checking a token",
            "javax.crypto.Mac and Base64 of a text of 24 bytes" to { for (row in 0 until ROWS) check(java.security.MessageDigest.isEqual(Base64.getUrlDecoder().decode(tag), mac.doFinal(said))) },
            "keys.open" to { for (row in 0 until ROWS) keys.open(token, Purpose.LINK, "webinarhaus.example", now) },
            "peek, unverified" to { for (row in 0 until ROWS) peek(token) },
            "looksBack, which neither takes nor gives anything" to { for (row in 0 until ROWS) program.looksBack() },
        )
    }
}
