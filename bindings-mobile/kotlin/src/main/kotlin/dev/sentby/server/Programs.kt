@file:JvmName("Programs")

package dev.sentby.server

import dev.sentby.IdentityKind
import dev.sentby.Platform
import dev.sentby.Program
import dev.sentby.SentbyException
import dev.sentby.Webhook
import java.time.Instant
import dev.sentby.server.identity as identityOf
import dev.sentby.server.webhook as webhookOf

/** As [identity], in the order of all languages: `program.identity(keys, IdentityKind.EMAIL, "lena@example.com")`. */
@JvmSynthetic
@Throws(SentbyException::class)
fun Program.identity(keys: Keys, kind: IdentityKind, value: String): List<String> = identityOf(this, keys, kind, value)

/** As [webhook], in the order of all languages: `program.webhook(Platform.COPECART, secret, signature, body, received)`. */
@JvmSynthetic
@Throws(SentbyException::class)
fun Program.webhook(platform: Platform, secret: String, signature: String, body: ByteArray, received: Instant): Webhook =
    webhookOf(this, platform, secret, signature, body, received)
