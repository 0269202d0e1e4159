package dev.sentby

import com.sun.jna.Platform

/** Finds the native library, and says in words what is wrong if it cannot. */
internal object NativeLibrary {
    /** JNA finds the library by this name: in the jar, in an APK, or in the folders of `jna.library.path`. */
    fun name(): String {
        try {
            com.sun.jna.NativeLibrary.getInstance("sentby")
        } catch (error: UnsatisfiedLinkError) {
            val file = System.mapLibraryName("sentby")
            val held = javaClass.getResource("/sentby-platforms.txt")?.readText()?.lines()?.filter { it.isNotBlank() }.orEmpty()
            val text = "sentby has no native library for ${Platform.RESOURCE_PREFIX}: this jar holds ${held.joinToString().ifEmpty { "none" }}. " +
                "Build $file for it (bindings-mobile/generate.sh), and name its folder with -Djna.library.path"
            throw UnsatisfiedLinkError(text).apply { initCause(error) }
        }
        return "sentby"
    }

    fun mismatch(): Throwable =
        UnsatisfiedLinkError("the native library of sentby is of another version than its Kotlin classes: take both from one build, and look for an older one in jna.library.path")
}
