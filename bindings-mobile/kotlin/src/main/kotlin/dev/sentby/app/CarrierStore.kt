package dev.sentby.app

import java.io.File
import java.io.IOException
import java.nio.file.AtomicMoveNotSupportedException
import java.nio.file.Files
import java.nio.file.StandardCopyOption

/**
 * Where an app keeps one small text: preferences, a file, a database. Only what the inbox wrote is given back to it, and whatever a store throws
 * costs the app no sale: the inbox goes on with what it has in memory, and tells its listener.
 */
interface CarrierStore {
    /** The text that was saved last; null if there is none. */
    fun load(): String?

    /** Keeps a text of at most some kilobytes instead of the one before; null removes it. */
    fun save(text: String?)
}

/** A store that forgets with the process: for tests, and for visitors who did not agree to more. */
class MemoryStore : CarrierStore {
    @Volatile
    private var text: String? = null

    override fun load(): String? = text

    override fun save(text: String?) {
        this.text = text
    }
}

/** A store in a file, such as `File(context.filesDir, "sentby")`. A crash while it is written leaves the text before. */
class FileStore(private val file: File) : CarrierStore {
    override fun load(): String? {
        if (!file.exists()) return null
        if (file.length() > LARGEST) throw IOException("$file holds ${file.length()} bytes, which no inbox wrote")
        return file.readText()
    }

    override fun save(text: String?) {
        if (text == null) {
            Files.deleteIfExists(file.toPath())
            return
        }
        val fresh = File(file.path + ".new")
        try {
            fresh.outputStream().use {
                it.write(text.toByteArray())
                it.fd.sync()
            }
            try {
                Files.move(fresh.toPath(), file.toPath(), StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE)
            } catch (_: AtomicMoveNotSupportedException) {
                Files.move(fresh.toPath(), file.toPath(), StandardCopyOption.REPLACE_EXISTING)
            }
        } finally {
            fresh.delete()
        }
    }

    private companion object {
        const val LARGEST = 65_536
    }
}
