package dev.sentby

import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import dev.sentby.server.*
import java.time.Instant
import java.util.concurrent.Callable
import java.util.concurrent.Executors

/** What the JVM makes possible and the vectors cannot say. */
class ValuesTest {
    private val now = Instant.parse("2026-03-03T18:00:00Z")
    private val program = Program.fromToml("sentby = 1\nvendor = \"v\"\n[[products]]\nid = \"p\"\n")
    private fun euro(minor: Long) = Money(minor, "EUR")
    private fun order(quantity: Int = 1, gross: Long = 1000) = Order("A-1", now, listOf(Line("1", "p", euro(gross), euro(0), quantity)))

    private fun refused(code: String, place: String, call: () -> Unit) {
        val error = assertThrows(SentbyException.Refused::class.java) { call() }
        assertEquals(code, error.code)
        assertTrue(error.detail.contains(place), error.detail)
    }

    @Test
    fun `numbers are in range`() {
        refused("number_invalid", "/order/lines/0/quantity") { program.attribute(order(quantity = -1), emptyList()) }
        refused("money_out_of_range", "/order/lines/0/gross") { program.attribute(order(gross = 1L shl 53), emptyList()) }
        refused("number_invalid", "/total") { allocate(-1, listOf(1)) }
        refused("number_invalid", "/weights/1") { allocate(1, listOf(1, Long.MIN_VALUE)) }
        refused("time_invalid", "/order/at") { program.attribute(order().copy(at = Instant.MAX), emptyList()) }
        refused("time_invalid", "/order/at") { program.attribute(order().copy(at = Instant.MIN), emptyList()) }
        refused("key_id_invalid", "/keys/0/id") { Keys(listOf(RootKey(256, ByteArray(32) { it.toByte() }))) }
    }

    @Test
    fun `times keep their millisecond`() {
        val before = Instant.ofEpochSecond(-1, 500_999_999)
        assertEquals(Instant.ofEpochSecond(-1, 500_000_000), program.attribute(order().copy(at = before), emptyList()).at)
    }

    @Test
    fun `what comes out goes back in`() {
        val touch = Touch("anna", now, Evidence.COOKIE)
        val decision = program.attribute(order(), listOf(touch))
        assertEquals(Reason.UNKNOWN_AFFILIATE, decision.verdicts.single().reason)
        assertTrue(explain(decision).contains("nobody is credited"))
        val commission = program.refund(program.commission(order(), decision), Refund("R", euro(400)))
        assertEquals(listOf(1000L, -400L), commission.entries.map { it.amount.minor })
        assertEquals("49.00", formatMoney(parseMoney("49.00", "EUR")))
    }

    @Test
    fun `a program is shared by threads`() {
        val pool = Executors.newFixedThreadPool(16)
        val expected = program.attribute(order(), emptyList())
        val answers = pool.invokeAll(List(160) { Callable { program.attribute(order(), emptyList()) } }).map { it.get() }
        pool.shutdown()
        assertTrue(answers.all { it == expected })
    }
}
