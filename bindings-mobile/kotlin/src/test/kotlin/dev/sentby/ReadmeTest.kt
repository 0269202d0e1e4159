package dev.sentby

import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Test
import sale
import java.io.File

class ReadmeTest {
    /** Surefire runs this with the repository's root as the working directory. */
    @Test
    fun `the example in the README prints what all languages print`() {
        assertEquals(File("examples/story/expected.txt").readText(), sale())
    }
}
