package dev.sentby.app

import dev.sentby.Consent
import dev.sentby.Program
import dev.sentby.Referral
import dev.sentby.SentbyException
import dev.sentby.code
import dev.sentby.detail
import dev.sentby.peek
import dev.sentby.referralWithin
import java.net.URI
import java.net.URLDecoder
import java.time.Duration
import java.time.Instant

/**
 * The phone's end of cross-device tracking: reads deep links, App Links and the Play Install Referrer, keeps the first and the latest carrier,
 * and puts one into the purchase URL, so that a browser on any device hands it to the checkout.
 *
 * It works offline, holds no keys, verifies nothing and never throws because of what a link holds or because the store fails.
 * All calls are safe from any thread.
 *
 * @param program the vendor's rules, as the server publishes them: the templates of links, and the name of the parameter.
 * @param store where the carriers are kept, once the visitor agreed.
 * @param keepFor how long a carrier is kept after it came; a token at most until it expires.
 * @param storePage the page whose links lead to the store, such as `https://webinar.example/app`: with it, an install referrer of
 *   plain parameters is read by the program's templates.
 * @param listener is told what the inbox got around.
 */
class ReferralInbox @JvmOverloads constructor(
    private val program: Program,
    private val store: CarrierStore,
    private val keepFor: Duration = Duration.ofDays(90),
    private val storePage: String? = null,
    private val listener: ProblemListener = ProblemListener {},
) {
    private var kept: List<Kept> = load()
    private var answer: Consent = if (kept.isEmpty()) Consent.UNKNOWN else Consent.GRANTED

    init {
        require(!keepFor.isNegative) { "keepFor is negative" }
        require(storePage == null || isUrl(storePage)) { "storePage is no URL, such as https://webinar.example/app" }
    }

    /**
     * What the visitor said about tracking. Until it is granted, carriers stay in memory, and of plain links only affiliate, product and campaign;
     * when it is withdrawn, the store is emptied.
     */
    var consent: Consent
        @Synchronized get() = answer
        @Synchronized set(value) {
            answer = value
            kept = kept.map { it.copy(referral = within(it.referral)) }
            save()
        }

    /** A deep link or App Link that opened the app. Null if it names nobody; then all stays as it was. */
    @JvmOverloads
    @Synchronized
    fun receive(link: String, now: Instant = Instant.now()): Kept? = keep(read(link), Arrival.DEEP_LINK, now)

    /**
     * What the Play Install Referrer says, encoded or not: a query with the program's parameter, with a link in `referrer`, or with the
     * parameters of [storePage]; or a link. Null if it names nobody, as for an organic install. Apps hand it over once, after the first start.
     */
    @JvmOverloads
    @Synchronized
    fun receiveInstallReferrer(referrer: String, now: Instant = Instant.now()): Kept? {
        if (referrer.length > REFERRER_MAX) {
            listener.onProblem(InboxProblem("link_invalid", "an install referrer of ${referrer.length} characters"))
            return null
        }
        var text = referrer
        // As it was sent, or encoded once or twice on its way through the store.
        repeat(3) {
            for (url in candidates(text)) read(url)?.let { found -> return keep(found, Arrival.INSTALL_REFERRER, now) }
            text = decode(text)?.takeIf { decoded -> decoded != text } ?: return null
        }
        return null
    }

    /** The carrier that came first, of those that are still good. */
    @JvmOverloads
    @Synchronized
    fun first(now: Instant = Instant.now()): Kept? = good(now).firstOrNull()

    /** The carrier that came last, of those that are still good. */
    @JvmOverloads
    @Synchronized
    fun latest(now: Instant = Instant.now()): Kept? = good(now).lastOrNull()

    /**
     * The URL with a carrier, for the browser or the web view in which the visitor buys; the URL as it was if there is none, or if it cannot
     * hold one. A carrier that it has already is replaced.
     */
    @JvmOverloads
    fun purchaseUrl(url: String, carrier: Kept? = latest()): String {
        if (carrier == null) return url
        return attempt(url) { if (carrier.token != null) program.carry(url, carrier.token) else program.decorate(url, carrier.referral) }
    }

    /** [purchaseUrl] for links that a web view follows: those to these hosts alone, so that no stranger is told. */
    @JvmOverloads
    fun follow(url: String, hosts: Set<String>, carrier: Kept? = latest()): String {
        val host = runCatching { URI(url).takeIf { it.scheme.equals("https", true) || it.scheme.equals("http", true) }?.host }.getOrNull()
        return if (host != null && hosts.any { it.equals(host, ignoreCase = true) }) purchaseUrl(url, carrier) else url
    }

    /** Forgets every carrier, here and in the store. */
    @Synchronized
    fun forget() {
        kept = emptyList()
        save()
    }

    private fun <T> attempt(otherwise: T, call: () -> T): T =
        try {
            call()
        } catch (error: SentbyException) {
            listener.onProblem(InboxProblem(error.code, error.detail))
            otherwise
        }

    /** Who is named, and by which token; a token goes before a plain name. */
    private fun read(url: String): Pair<String?, Referral>? {
        // An app's own scheme names nobody by its host, but may hand on a token.
        val carried = attempt(null) { program.carried(if (isUrl(url)) url else SCHEME.replaceFirst(url, "https://")) }
        // A short code, of 24 letters and digits, says nothing without the server.
        val named = carried?.let { token -> attempt(null) { if (token.length == SHORT_CODE && Kept.isToken(token)) Referral() else peek(token).referral } }
        if (named != null) return carried to named
        val link = attempt(null) { program.read(url) } ?: return null
        return if (link.referral.affiliate == null) null else null to link.referral
    }

    /** The URLs that an install referrer may stand for; one more of them may stand in its `referrer`, and no further. */
    private fun candidates(text: String, within: Boolean = false): List<String> = buildList {
        if (isUrl(text)) {
            add(text)
            return@buildList
        }
        val query = text.removePrefix("?")
        if (storePage != null) add(storePage + (if ('?' in storePage) '&' else '?') + query) else add("https://store.invalid/?$query")
        val inner = if (within) null else query.split('&').firstOrNull { it.startsWith("referrer=") }
        inner?.let { decode(it.removePrefix("referrer=")) }?.let { addAll(candidates(it, within = true)) }
    }

    private fun isUrl(text: String) = text.startsWith("https://") || text.startsWith("http://")

    private fun decode(text: String): String? = runCatching { URLDecoder.decode(text.replace("+", "%2B"), "UTF-8") }.getOrNull()

    private fun keep(found: Pair<String?, Referral>?, arrival: Arrival, now: Instant): Kept? {
        val (token, referral) = found ?: return null
        val fresh = Kept(now, arrival, token, within(referral))
        if (!isGood(fresh, now)) {
            listener.onProblem(InboxProblem("token_expired", "the link's token is over"))
            return null
        }
        val before = good(now)
        kept = when (arrival) {
            Arrival.DEEP_LINK -> listOf(before.firstOrNull() ?: fresh, fresh)
            // It tells of a time before the first start, and so before any link; an app that hands it over at every start changes nothing.
            Arrival.INSTALL_REFERRER -> {
                before.firstOrNull()?.takeIf { it.copy(at = now) == fresh }?.let { return it }
                listOf(fresh, before.lastOrNull() ?: fresh)
            }
        }
        save()
        return fresh
    }

    private fun within(referral: Referral): Referral = attempt(referral) { referralWithin(referral, answer) }

    private fun good(now: Instant): List<Kept> = kept.filter { isGood(it, now) }

    private fun isGood(carrier: Kept, now: Instant): Boolean {
        // A clock that was set back makes no carrier last forever.
        if (Duration.between(carrier.at, now).abs() > keepFor) return false
        val token = carrier.token?.takeIf { it.length != SHORT_CODE } ?: return true
        val said = attempt(null) { peek(token) } ?: return false
        return now < said.issuedAt.plus(Duration.ofHours(said.lifetimeHours.toLong()))
    }

    private fun load(): List<Kept> {
        val text = try {
            store.load() ?: return emptyList()
        } catch (error: Exception) {
            listener.onProblem(InboxProblem("store_failed", "nothing was loaded: $error"))
            return emptyList()
        }
        return try {
            val lines = text.lines().filter { it.isNotEmpty() }
            require(lines.firstOrNull() == HEADER && lines.size in 2..3) { "is no list of carriers" }
            lines.drop(1).map { Kept.read(it) }
        } catch (error: RuntimeException) {
            listener.onProblem(InboxProblem("store_damaged", "what was loaded is left out: ${error.message}"))
            emptyList()
        }
    }

    /** Without consent, the store holds nothing. */
    private fun save() {
        val text = if (answer != Consent.GRANTED || kept.isEmpty()) null else (listOf(HEADER) + kept.map { it.write() }).joinToString("\n")
        try {
            store.save(text)
        } catch (error: Exception) {
            listener.onProblem(InboxProblem("store_failed", "nothing was saved: $error"))
        }
    }

    private companion object {
        const val HEADER = "sentby carriers 1"
        const val SHORT_CODE = 24

        /** The store hands over far less. */
        const val REFERRER_MAX = 8192
        val SCHEME = Regex("^[A-Za-z][A-Za-z0-9+.-]*:/{0,3}")
    }
}
