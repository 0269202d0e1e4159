package dev.sentby

import com.fasterxml.jackson.databind.ObjectMapper
import dev.sentby.server.Keys
import dev.sentby.server.RootKey
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import java.io.Serializable
import java.time.Instant

/** The attacks on carriers that can differ on the JVM: how texts cross the boundary, and what is shown of secrets. */
class AttacksTest {
    private val now = Instant.parse("2026-03-01T09:00:00Z")
    private val secret = "0123456789abcdef0123456789abcdef".toByteArray()
    private val keys = Keys(listOf(RootKey(1, secret)))
    private val audience = "webinarhaus.example/lena"
    private val token = keys.seal(Referral(affiliate = "anna", product = "521411d4"), Purpose.MAIL, audience, now)

    private fun refused(text: String): String {
        val error = assertThrows(SentbyException.Refused::class.java, { keys.open(text, Purpose.MAIL, audience, now) }, text.take(100))
        assertEquals("this carrier is not valid here", error.detail)
        return error.code
    }

    @Test
    fun `A1 to A5, forgeries`() {
        for (at in token.indices) {
            refused(token.replaceRange(at, at + 1, if (token[at] == '0') "1" else "0"))
            refused(token.take(at))
        }
        for (junk in listOf("0", "~junk", "=", "&x=1", "\u0000", token)) {
            refused(token + junk)
            refused(junk + token)
        }
    }

    @Test
    fun `A15, letters that are no ASCII`() {
        for (odd in listOf("ä", "１", "ı", "\u212a", "\ufeff", "\u200b", "😀", "\u0000", "\ud800", "\udc00")) {
            for (at in listOf(0, 1, 20, token.length)) refused(token.take(at) + odd + token.drop(at))
        }
    }

    @Test
    fun `A16, names that mean something elsewhere`() {
        for (name in listOf("__proto__", "null", "NaN", "-anna", "anna-")) {
            val sealed = keys.seal(Referral(affiliate = name), Purpose.MAIL, audience, now)
            assertEquals(name, keys.open(sealed, Purpose.MAIL, audience, now).referral.affiliate)
            assertEquals(name, peek(sealed.uppercase()).referral.affiliate)
        }
        for (name in listOf("..", "%00", "a\u0000", "a b", "ä", "")) assertThrows(SentbyException.Refused::class.java) { keys.seal(Referral(affiliate = name), Purpose.MAIL, audience, now) }
    }

    @Test
    fun `A18, long texts`() {
        for (size in listOf(128, 129, 4096, 1 shl 20, 32 shl 20)) assertTrue(refused(token.repeat(size / token.length + 1).take(size)).startsWith("token_"))
    }

    @Test
    fun `A22, weak keys`() {
        for (weak in listOf(ByteArray(0), "short".toByteArray(), secret.copyOf(31), ByteArray(32), ByteArray(64) { -1 })) {
            assertTrue(assertThrows(SentbyException.Refused::class.java) { Keys(listOf(RootKey(1, weak))) }.code.startsWith("key_"))
        }
    }

    @Test
    fun `A24, nothing secret is shown`() {
        val key = RootKey(1, secret)
        for (shown in listOf(key.toString(), keys.toString(), "$keys", runCatching { ObjectMapper().writeValueAsString(keys) }.toString())) {
            assertFalse("0123456789abcdef" in shown, shown)
        }
        assertFalse((keys as Any) is Serializable || (key as Any) is Serializable)
        val error = assertThrows(SentbyException.Refused::class.java) { keys.open(token, Purpose.LINK, audience, now) }
        assertFalse(token.take(20) in error.stackTraceToString())
    }
}
