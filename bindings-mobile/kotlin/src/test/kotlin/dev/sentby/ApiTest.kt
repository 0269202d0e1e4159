package dev.sentby

import com.fasterxml.jackson.databind.ObjectMapper
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Test
import java.io.File
import java.lang.reflect.Modifier

/** `core/vectors/api.json` against the classes that were compiled. */
class ApiTest {
    private fun public(type: Class<*>) = type.declaredMethods.filter { Modifier.isPublic(it.modifiers) && !it.isSynthetic && '-' !in it.name && '$' !in it.name }.map { it.name }

    private fun functions(type: String, prefix: String) = public(Class.forName(type)).filter { it != "use" && !it.startsWith("uniffi") }.map { prefix + it }

    private fun methods(type: String, prefix: String): List<String> {
        val name = type.substringAfterLast('.')
        val companion = runCatching { public(Class.forName("$type\$Companion")) }.getOrDefault(emptyList())
        val constructor = if (Class.forName(type).constructors.any { constructor -> constructor.parameterTypes.none { "NoHandle" in it.name || "UniffiWithHandle" in it.name || "Marker" in it.name } }) listOf("new") else emptyList()
        return (public(Class.forName("${type}Interface")) + companion + constructor).map { "$prefix$name.$it" }
    }

    @Test
    fun `what is listed is what there is`() {
        val listed = ObjectMapper().readTree(File("core/vectors/api.json"))["calls"].mapNotNull { it["kotlin"]?.asText() }.toSortedSet()
        val found = sortedSetOf<String>()
        found += functions("dev.sentby.Sentby", "")
        found += functions("dev.sentby.server.SentbyServer", "server.")
        for (name in listOf("Program", "Ledger")) found += methods("dev.sentby.$name", "")
        for (name in listOf("Keys", "RootKey")) found += methods("dev.sentby.server.$name", "server.")
        found += public(Class.forName("dev.sentby.app.ReferralInbox")).filter { it !in setOf("getConsent", "setConsent") }.map { "app.ReferralInbox.$it" }
        assertEquals(emptySet<String>() to emptySet<String>(), (listed - found) to (found - listed), "listed and not there, there and not listed")
    }

    /** An app's package cannot even name what holds a secret. */
    @Test
    fun `secrets are in the server's package alone`() {
        for (name in listOf("Keys", "RootKey")) {
            assertEquals(null, runCatching { Class.forName("dev.sentby.$name") }.getOrNull())
            assertEquals("dev.sentby.server", Class.forName("dev.sentby.server.$name").packageName)
        }
        assertEquals("Unverified", Class.forName("dev.sentby.Sentby").getMethod("peek", String::class.java).returnType.simpleName)
    }
}
