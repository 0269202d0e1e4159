@file:JvmName("Amounts")

package dev.sentby

import java.math.BigDecimal

/** Beyond this many digits before or behind the point no currency has an amount, and plain text would fill the memory. */
private const val DIGITS = 32

/**
 * The amount that a decimal number names, exactly: `money(BigDecimal("49.00"), "EUR")`.
 *
 * @throws SentbyException.Refused if the currency has fewer digits than the number needs, or is unknown, or the amount is too large.
 */
@Throws(SentbyException::class)
fun money(amount: BigDecimal, currency: String): Money {
    val plain = if (amount.signum() == 0) BigDecimal.ZERO else amount.stripTrailingZeros()
    if (plain.precision().toLong() - plain.scale() > DIGITS || plain.scale() > DIGITS) {
        val code = if (plain.scale() > DIGITS) "money_invalid" else "money_out_of_range"
        throw SentbyException.Refused(code, "/amount: no currency has this many digits")
    }
    return parseMoney(plain.toPlainString(), currency)
}

/**
 * The amount as a decimal number, with the digits of its currency: `49.00`, `1200`, `1.250`.
 *
 * @throws SentbyException.Refused if the currency is unknown.
 */
@Throws(SentbyException::class)
fun Money.toBigDecimal(): BigDecimal = BigDecimal(formatMoney(this))

/** The stable code of what was wrong, such as `token_expired`; the same in every language. */
val SentbyException.code: String
    get() = when (this) {
        is SentbyException.Refused -> code
    }

/** The place and what is wrong there, in one line. */
val SentbyException.detail: String
    get() = when (this) {
        is SentbyException.Refused -> detail
    }
