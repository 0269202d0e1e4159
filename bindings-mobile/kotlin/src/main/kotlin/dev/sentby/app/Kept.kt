package dev.sentby.app

import dev.sentby.Referral
import java.net.URLDecoder
import java.net.URLEncoder
import java.time.Instant

/** How a carrier reached the app. */
enum class Arrival { DEEP_LINK, INSTALL_REFERRER }

/**
 * What the inbox keeps of a link. Nothing of it is verified: an app holds no keys. A server credits by it only after it opened the token, or by the
 * rules for plain links.
 */
data class Kept(
    /** When the app received it. */
    val at: Instant,
    /** How it came. */
    val arrival: Arrival,
    /** The sealed carrier, if the link had one. */
    val token: String?,
    /** Whom the link or the token names, unverified; without a name in a short code. */
    val referral: Referral,
) {
    /** One line of fields, each of them without blanks and line ends. */
    internal fun write(): String = buildList {
        add(at.toEpochMilli().toString())
        add(arrival.name)
        token?.let { add("token=$it") }
        val (affiliate, product, campaign, clickId, subIds, destination) = referral
        for ((name, value) in listOf("affiliate" to affiliate, "product" to product, "campaign" to campaign, "click_id" to clickId, "destination" to destination)) {
            if (value != null) add("$name=${escape(value)}")
        }
        for ((name, value) in subIds.toSortedMap()) add("sub_id.${escape(name)}=${escape(value)}")
    }.joinToString(" ")

    internal companion object {
        /** What [write] wrote; throws for everything else. */
        fun read(line: String): Kept {
            val parts = line.split(' ')
            val fields = parts.drop(2).associate { part -> part.substringBefore('=') to unescape(part.substringAfter('=')) }
            val subIds = fields.filterKeys { it.startsWith("sub_id.") }.mapKeys { (name) -> unescape(name.removePrefix("sub_id.")) }
            val referral = Referral(fields["affiliate"], fields["product"], fields["campaign"], fields["click_id"], subIds, fields["destination"])
            val token = fields["token"]
            require(token == null || isToken(token)) { "no token" }
            require(token != null || referral.affiliate != null) { "neither token nor affiliate" }
            return Kept(Instant.ofEpochMilli(parts[0].toLong()), Arrival.valueOf(parts[1]), token, referral)
        }

        /** Whether a text may travel as a carrier at all: letters and digits alone, so that it also is one word of a line. */
        fun isToken(text: String) = text.length in 1..128 && text.all { it in 'a'..'z' || it in 'A'..'Z' || it in '0'..'9' }

        private fun escape(text: String) = URLEncoder.encode(text, "UTF-8")

        private fun unescape(text: String) = URLDecoder.decode(text, "UTF-8")
    }
}
