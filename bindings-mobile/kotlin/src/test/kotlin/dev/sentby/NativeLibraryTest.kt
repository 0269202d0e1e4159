package dev.sentby

import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import java.io.File
import java.lang.management.ManagementFactory
import java.time.Instant

/** What happens around the native library, each in a Java of its own. */
class NativeLibraryTest {
    /** Runs a class of this file with a class path and options; what it printed. */
    private fun run(main: String, classPath: List<String>, vararg options: String): String {
        val java = File(System.getProperty("java.home"), "bin/java").path
        val process = ProcessBuilder(listOf(java) + options + listOf("-cp", classPath.joinToString(File.pathSeparator), main)).redirectErrorStream(true).start()
        return process.inputStream.bufferedReader().readText().also { process.waitFor() }
    }

    private val classPath = System.getProperty("java.class.path").split(File.pathSeparator)

    /** The class path without the native library: its classes in a folder of their own. */
    private fun withoutLibrary(folder: File): List<String> {
        val classes = classPath.single { File(it, "dev/sentby/Sentby.class").exists() }
        File(classes, "dev").copyRecursively(File(folder, "dev"))
        File(classes, "sentby-platforms.txt").copyTo(File(folder, "sentby-platforms.txt"))
        return classPath - classes + folder.path
    }

    @Test
    fun `a platform without a library is told which there are`(@TempDir folder: File) {
        val printed = run("dev.sentby.MissingLibrary", withoutLibrary(folder))
        assertTrue(printed.contains("sentby has no native library for ${com.sun.jna.Platform.RESOURCE_PREFIX}: this jar holds "), printed)
        assertTrue(printed.contains("-Djna.library.path"), printed)
    }

    @Test
    fun `a library of another version is told`(@TempDir folder: File) {
        // The same functions with another checksum: the one of `networks`, in a C source of two lines around the true library.
        val compiler = sequenceOf("cc", "gcc", "clang").firstOrNull { ProcessBuilder("sh", "-c", "command -v $it").start().waitFor() == 0 } ?: return
        val resource = javaClass.getResource("/${com.sun.jna.Platform.RESOURCE_PREFIX}/${System.mapLibraryName("sentby")}")!!
        val truth = File(folder, "libtruth.so").apply { writeBytes(resource.readBytes()) }
        val source = File(folder, "other.c").apply { writeText("unsigned short uniffi_sentby_mobile_checksum_func_networks(void) { return 1; }\n") }
        val other = File(folder, "other/${System.mapLibraryName("sentby")}").apply { parentFile.mkdirs() }
        val built = ProcessBuilder(compiler, "-shared", "-fPIC", "-o", other.path, source.path, "-Wl,--no-as-needed", truth.path, "-Wl,-rpath,${folder.path}").redirectErrorStream(true).start()
        val log = built.inputStream.bufferedReader().readText()
        assertEquals(0, built.waitFor(), log)
        val printed = run("dev.sentby.MissingLibrary", classPath, "-Djna.library.path=${other.parent}")
        assertTrue(printed.contains("of another version than its Kotlin classes"), printed)
    }

    @Test
    fun `calls leave nothing behind`() {
        val calls = System.getProperty("sentby.calls") ?: "100000"
        val printed = run("dev.sentby.ManyCalls", classPath, "-Xms96m", "-Xmx96m", "-XX:+AlwaysPreTouch", "-Dsentby.calls=$calls")
        println(printed.trim())
        assertTrue(printed.trim().endsWith("kept: yes"), printed)
    }
}

/** Uses the library, and prints what became of it. */
object MissingLibrary {
    @JvmStatic
    fun main(arguments: Array<String>) = println(runCatching { networks().size }.exceptionOrNull()?.toString() ?: "it works")
}

/** Many calls, of which every tenth fails; memory outside of Java's heap may grow by what the allocator keeps, not with the calls. */
object ManyCalls {
    private fun resident(): Long = File("/proc/self/status").takeIf { it.exists() }?.readLines()?.first { it.startsWith("VmRSS") }?.filter { it.isDigit() }?.toLong() ?: 0

    @JvmStatic
    fun main(arguments: Array<String>) {
        val text = File("core/vectors/programs/story.toml").readText()
        val program = Program.fromToml(text)
        val order = Order("A-1", Instant.EPOCH.plusSeconds(1_772_355_600), listOf(Line("1", "521411d4", Money(1000, "EUR"), Money(0, "EUR"))))
        val touches = listOf(Touch("anna", order.at, Evidence.COOKIE), Touch("bob", order.at, Evidence.PARAMETER))
        fun calls(count: Int) = repeat(count) { n ->
            when (n % 10) {
                0 -> runCatching { peek("nonsense") }
                1 -> program.attribute(order, touches)
                2 -> program.read("https://www.copecart.com/products/521411d4/p/anna/")
                // A thousandth opens and closes programs; the rest is left to the collector.
                3 -> if (n % 1000 == 3) Program.fromToml(text).let { if (n % 2000 == 3) it.close() }
                else -> parseMoney("49.00", "EUR")
            }
        }
        val count = System.getProperty("sentby.calls").toInt()
        calls(100_000)
        System.gc()
        val before = resident()
        calls(count)
        System.gc()
        Thread.sleep(200)
        val grown = resident() - before
        println("grown by $grown KiB over $count calls, heap ${ManagementFactory.getMemoryMXBean().heapMemoryUsage.used shr 10} KiB")
        println("kept: ${if (grown < 24 * 1024) "yes" else "no"}")
    }
}
