package dev.sentby

import dev.sentby.app.Arrival
import dev.sentby.app.CarrierStore
import dev.sentby.app.FileStore
import dev.sentby.app.InboxProblem
import dev.sentby.app.MemoryStore
import dev.sentby.app.ReferralInbox
import dev.sentby.server.Keys
import dev.sentby.server.RootKey
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertNotNull
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import java.io.File
import java.io.IOException
import java.net.URLEncoder
import java.time.Duration
import java.time.Instant
import java.util.concurrent.Callable
import java.util.concurrent.Executors

class ReferralInboxTest {
    private val at = Instant.parse("2026-03-01T09:00:00Z")
    private val program =
        Program.fromToml("sentby = 1\nvendor = \"v\"\nlinks.templates = [\"webinarhaus.example/*?partner={affiliate}&c={campaign}&cid={click_id}\", \"webinarhaus.example/*?partner={affiliate}\"]\n")
    private val keys = Keys(listOf(RootKey(1, ByteArray(32) { it.toByte() })))
    private val problems = mutableListOf<InboxProblem>()
    private val page = "https://webinarhaus.example/app"

    private fun token(affiliate: String, hours: Int = 24 * 30) = keys.seal(Referral(affiliate = affiliate), Purpose.LINK, "webinarhaus.example", at, hours)

    private fun inbox(store: CarrierStore = MemoryStore(), storePage: String? = page) =
        ReferralInbox(program, store, storePage = storePage) { problems += it }

    private fun encoded(text: String) = URLEncoder.encode(text, "UTF-8")

    @Test
    fun `the first and the latest carrier are kept`() {
        val inbox = inbox()
        assertNull(inbox.latest(at))
        assertEquals("https://webinarhaus.example/buy", inbox.purchaseUrl("https://webinarhaus.example/buy", inbox.latest(at)))
        for (who in listOf("anna", "bob", "carl")) assertEquals(who, inbox.receive("https://webinarhaus.example/x?partner=$who", at)?.referral?.affiliate)
        assertNull(inbox.receive("https://elsewhere.example/x?partner=dora", at))
        assertEquals(listOf("anna", "carl"), listOf(inbox.first(at), inbox.latest(at)).map { it?.referral?.affiliate })
        assertEquals("https://webinarhaus.example/buy?sku=7&partner=carl#pay", inbox.purchaseUrl("https://webinarhaus.example/buy?sku=7#pay", inbox.latest(at)))
        assertEquals("https://webinarhaus.example/buy?partner=anna", inbox.purchaseUrl("https://webinarhaus.example/buy", inbox.first(at)))
        assertNotNull(inbox.latest(at + Duration.ofDays(90)))
        assertNull(inbox.latest(at + Duration.ofDays(90).plusMillis(1)))
        // A clock that is set back.
        assertNotNull(inbox.latest(at - Duration.ofDays(90)))
        assertNull(inbox.latest(at - Duration.ofDays(91)))
        inbox.forget()
        assertNull(inbox.first(at))
    }

    @Test
    fun `a token goes before a plain name, until it expires`() {
        val inbox = inbox()
        val token = token("anna", 48)
        val kept = inbox.receive("myapp://open?partner=bob&xa=$token", at)!!
        assertEquals(token to "anna", kept.token to kept.referral.affiliate)
        assertEquals("https://pay.example/buy?xa=$token#x", inbox.purchaseUrl("https://pay.example/buy?xa=old#x", inbox.latest(at)))
        assertNotNull(inbox.latest(at + Duration.ofHours(48).minusMillis(1)))
        assertNull(inbox.latest(at + Duration.ofHours(48)))
        assertNull(inbox.receive("https://webinarhaus.example/?xa=$token", at + Duration.ofHours(48)))
        assertEquals("token_expired", problems.last().code)
        // A short code names nobody here; the server resolves it.
        val code = keys.shortCode("00c0ffee00c0ffee", "webinarhaus.example", at)
        assertEquals(code, inbox.receive("https://webinarhaus.example/?xa=$code", at)?.token)
        // What is as long as a short code and none hides no name, and gets into no store.
        for (odd in listOf("%0A".repeat(24), "+".repeat(24), "%3Cscript%3E" + "a".repeat(16), "%C3%A4".repeat(24))) {
            assertEquals(null to "bob", inbox.receive("https://webinarhaus.example/?xa=$odd&partner=bob", at)!!.let { it.token to it.referral.affiliate }, odd)
        }
        // A broken token beside a plain name does not hide the name.
        assertEquals("bob", inbox.receive("https://webinarhaus.example/?xa=nonsense&partner=bob", at)?.referral?.affiliate)
    }

    @Test
    fun `install referrers are read, encoded not at all, once and twice`() {
        val token = token("anna")
        val campaign = "spring & summer=100%"
        for (plain in listOf("xa=$token&utm_source=mail", "utm_source=x&xa=$token", "referrer=" + encoded("xa=$token"), "?xa=$token", "https://webinarhaus.example/?xa=$token")) {
            for (sent in listOf(plain, encoded(plain), encoded(encoded(plain)))) {
                val kept = inbox().receiveInstallReferrer(sent, at)
                assertEquals(listOf(token, "anna", Arrival.INSTALL_REFERRER), listOf(kept?.token, kept?.referral?.affiliate, kept?.arrival), sent)
            }
        }
        for (plain in listOf("partner=anna&c=${encoded(campaign)}&cid=00c0ffee00c0ffee", "https://webinarhaus.example/w?partner=anna&c=${encoded(campaign)}&cid=00c0ffee00c0ffee")) {
            for (sent in listOf(plain, encoded(plain), encoded(encoded(plain)))) {
                val kept = inbox().receiveInstallReferrer(sent, at)?.referral
                assertEquals(listOf("anna", campaign, null), listOf(kept?.affiliate, kept?.campaign, kept?.clickId), sent)
            }
        }
        for (sent in listOf("", "utm_source=google-play&utm_medium=organic", "gclid=123", "%", "%zz", "xa=", "(not set)", "a".repeat(1 shl 20), encoded(encoded(encoded("xa=$token"))))) {
            assertNull(inbox().receiveInstallReferrer(sent, at), sent.take(40))
        }
        // Referrers within referrers, as deep and as many as fit.
        for (sent in listOf("referrer=".repeat(900) + "xa=$token", "referrer=x&".repeat(740), "&".repeat(8000), "%25".repeat(2700), "referrer=".repeat(100_000))) {
            assertNull(inbox().receiveInstallReferrer(sent, at), sent.take(40))
        }
        // Without a page, plain parameters belong to nobody.
        assertNull(inbox(storePage = null).receiveInstallReferrer("partner=anna", at))
        assertNotNull(inbox(storePage = null).receiveInstallReferrer("xa=$token", at))
    }

    @Test
    fun `an install referrer is older than the links`() {
        val inbox = inbox()
        inbox.receive("https://webinarhaus.example/?partner=bob", at)
        inbox.receiveInstallReferrer("xa=${token("anna")}", at)
        assertEquals(listOf("anna", "bob"), listOf(inbox.first(at), inbox.latest(at)).map { it?.referral?.affiliate })
        // An app that hands it over at every start changes nothing.
        inbox.receiveInstallReferrer("xa=${token("anna")}", at + Duration.ofDays(1))
        assertEquals(listOf(at, "bob"), listOf(inbox.first(at + Duration.ofDays(1))?.at, inbox.latest(at + Duration.ofDays(1))?.referral?.affiliate))
    }

    @Test
    fun `nothing is stored without consent`() {
        val store = MemoryStore()
        val inbox = inbox(store)
        assertEquals(Consent.UNKNOWN, inbox.consent)
        val link = "https://webinarhaus.example/?partner=anna&c=x&cid=00c0ffee00c0ffee"
        assertEquals(listOf("anna", "x", null), inbox.receive(link, at)!!.referral.run { listOf(affiliate, campaign, clickId) })
        assertNull(store.load())
        inbox.consent = Consent.GRANTED
        assertNotNull(store.load())
        assertEquals("00c0ffee00c0ffee", inbox.receive(link, at)?.referral?.clickId)
        assertEquals(inbox.latest(at), inbox(store).latest(at))
        assertEquals(Consent.GRANTED, inbox(store).consent)
        inbox.consent = Consent.DENIED
        assertNull(store.load())
        assertNull(inbox.latest(at)?.referral?.clickId)
    }

    @Test
    fun `a file keeps what is odd`(@TempDir folder: File) {
        val file = File(folder, "carriers")
        val inbox = inbox(FileStore(file))
        inbox.consent = Consent.GRANTED
        val kept = inbox.receive("https://webinarhaus.example/?partner=anna&c=a%20b%3D%25%26%F0%9F%98%80&cid=x", at)
        assertEquals("a b=%&😀", kept?.referral?.campaign)
        assertEquals(kept, inbox(FileStore(file)).latest(at))
        assertEquals(listOf("carriers"), folder.list()!!.toList())
        inbox.forget()
        assertFalse(file.exists())
        file.writeBytes(ByteArray(1 shl 20))
        assertNull(inbox(FileStore(file)).latest(at))
        assertEquals("store_failed", problems.single().code)
    }

    @Test
    fun `a store that fails, is full or is damaged costs no sale`(@TempDir folder: File) {
        val failing = object : CarrierStore {
            override fun load(): String? = throw IOException("no card")
            override fun save(text: String?): Unit = throw IOException("no space left on device")
        }
        for (store in listOf(failing, FileStore(File(folder, "no/such/folder/file")))) {
            problems.clear()
            val inbox = inbox(store)
            inbox.consent = Consent.GRANTED
            assertEquals("anna", inbox.receive("https://webinarhaus.example/?partner=anna", at)?.referral?.affiliate)
            assertEquals("anna", inbox.latest(at)?.referral?.affiliate)
            assertEquals(setOf("store_failed"), problems.map { it.code }.toSet())
        }
        val good = "sentby carriers 1\n0 DEEP_LINK affiliate=anna"
        val texts = listOf("", "x", "sentby carriers 1", "sentby carriers 2\n0 DEEP_LINK affiliate=anna", good.replace("DEEP_LINK", "OWL"), good.replace("0", "z"), good.replace("affiliate=anna", "affiliate=%"), "$good\n$good\n$good", good.replace("affiliate=anna", "token=<script>"), good.replace(" affiliate=anna", ""))
        for (text in texts) {
            problems.clear()
            assertNull(inbox(MemoryStore().apply { save(text) }).latest(at), text)
            assertEquals(listOf("store_damaged"), problems.map { it.code }, text)
        }
    }

    @Test
    fun `what is no link changes nothing and throws nothing`() {
        val inbox = inbox()
        inbox.receive("https://webinarhaus.example/?partner=anna", at)
        val links = listOf("", " ", "no link", "https://", "https://webinarhaus.example/?partner=", "\uD800", "https://webinarhaus.example/?partner=\uDC00", "https://webinarhaus.example/" + "a".repeat(1 shl 20), "\u0000", "https://webinarhaus.example/?xa=" + "a".repeat(1000))
        for (link in links) inbox.receive(link, at)?.let { assertEquals("\uFFFD", it.referral.affiliate, link) }
        assertEquals("anna", inbox.first(at)?.referral?.affiliate)
        for (url in listOf("", "no link", "https://webinarhaus.example/\uD800")) inbox.purchaseUrl(url, inbox.first(at))
        assertThrows(IllegalArgumentException::class.java) { inbox(storePage = "webinarhaus.example") }
    }

    @Test
    fun `only links to the own hosts are told`() {
        val inbox = inbox()
        val carrier = inbox.receive("https://webinarhaus.example/?partner=anna", at)
        val hosts = setOf("webinarhaus.example")
        assertEquals("https://WebinarHaus.example/buy?partner=anna", inbox.follow("https://WebinarHaus.example/buy", hosts, carrier))
        for (foreign in listOf("https://bank.example/", "https://webinarhaus.example.evil.example/", "https://webinarhaus.example@evil.example/", "myapp://webinarhaus.example/", "javascript:alert(1)", "no link", "https://[")) {
            assertEquals(foreign, inbox.follow(foreign, hosts, carrier))
        }
    }

    @Test
    fun `sixteen threads share an inbox`(@TempDir folder: File) {
        val inbox = inbox(FileStore(File(folder, "carriers")))
        inbox.consent = Consent.GRANTED
        val pool = Executors.newFixedThreadPool(16)
        val calls = List(160) { n -> Callable { inbox.receive("https://webinarhaus.example/?partner=a$n", at); inbox.latest(at)!!; inbox.first(at)!! } }
        val firsts = pool.invokeAll(calls).map { it.get() }.toSet()
        pool.shutdown()
        assertEquals(1, firsts.size)
        assertEquals(emptyList<InboxProblem>(), problems)
        assertEquals(inbox.latest(at), inbox(FileStore(File(folder, "carriers"))).latest(at))
    }
}
