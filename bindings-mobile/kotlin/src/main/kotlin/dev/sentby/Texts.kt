package dev.sentby

import java.nio.ByteBuffer

/** A text as UTF-8. What is no Unicode, half of a surrogate pair, becomes U+FFFD. */
internal fun utf8(text: String): ByteArray =
    if (text.none { it.isSurrogate() }) text.toByteArray() else wellFormed(text).toByteArray()

private fun wellFormed(text: String): String {
    val units = text.toCharArray()
    var n = 0
    while (n < units.size) {
        val pair = units[n].isHighSurrogate() && n + 1 < units.size && units[n + 1].isLowSurrogate()
        if (units[n].isSurrogate() && !pair) units[n] = '\uFFFD'
        n += if (pair) 2 else 1
    }
    return String(units)
}

/** A text with its length before it. Nearly all are short and plain: those are copied as they are, without an array in between. */
internal fun writeText(text: String, buffer: ByteBuffer) {
    val start = buffer.position()
    buffer.putInt(text.length)
    for (unit in text) {
        if (unit.code >= 0x80) {
            buffer.position(start)
            val bytes = utf8(text)
            buffer.putInt(bytes.size).put(bytes)
            return
        }
        buffer.put(unit.code.toByte())
    }
}
