"""Makes of the Kotlin and Swift that UniFFI generates what Kotlin, Java and Swift expect. Each step says how often it found its place, and stops where there is none."""

import pathlib
import re
import sys

RECORD = re.compile(r"^data class (\w+) \(\n(.*?)^\)(?: :[^{]*)?\{\n", re.M | re.S)
FIELD = re.compile(r"^    val `(\w+)`: ([^\n=]+?)( = [^\n]+)?\n", re.M)
VERSION = "uniffi_bindgen 0.32.2"


def change(source, pattern, replacement, what):
    source, found = re.subn(pattern, replacement, source, flags=re.M | re.S)
    if not found:
        sys.exit(f"tidy.py: {VERSION} wrote no {what}; look at the generated source anew")
    return source


def record(match):
    """Constructors without the optional fields, for Java, and a copy with one field changed."""
    fields = [(name, kind.strip(), default) for name, kind, default in FIELD.findall(match[2])]
    if not any(default for *_, default in fields):
        return match[0]
    withers = "".join(
        f"    /** A copy with another `{name}`. */\n    fun with{name[0].upper()}{name[1:]}(`{name}`: {kind}): {match[1]} = copy(`{name}` = `{name}`)\n\n"
        for name, kind, default in fields
        if default
    )
    return match[0].replace(f"data class {match[1]} (", f"data class {match[1]} @JvmOverloads constructor (", 1) + withers


def tidy(path, name):
    source = path.read_text()
    source = change(source, r"^@file:Suppress\(", f'@file:JvmName("{name}")\n@file:Suppress(', "annotation of the file")
    # A library that is missing, or of another version, is told in words.
    source = change(source, r'^    return "sentby"$', "    return dev.sentby.NativeLibrary.name()", "name of the library")
    source = change(source, r'throw RuntimeException\("UniFFI [^"]*mismatch[^"]*"\)', "throw dev.sentby.NativeLibrary.mismatch()", "check of versions")
    # The check is there, but nothing asks for it.
    source = change(source, r"^(    init \{\n)(        Native\.register\(UniffiLib::)", r"\1        IntegrityCheckingUniffiLib.ensureInitialized()\n\2", "initializer")
    # One status for each thread instead of one for each call: JNA allocates, registers and reflects on every structure. A call within another
    # one's arguments has ended, or thrown, before the outer one begins.
    source = change(source, r"var status = UniffiRustCallStatus\(\)", "val status = UniffiRustCallStatus.fresh()", "status of calls")
    source = change(
        source,
        r"(internal open class UniffiRustCallStatus .*?companion object \{\n)",
        r"\1        private val ofThread = ThreadLocal.withInitial { UniffiRustCallStatus() }\n\n"
        r"        internal fun fresh(): UniffiRustCallStatus = ofThread.get().also {\n"
        r"            it.code = UNIFFI_CALL_SUCCESS\n"
        r"            it.error_buf.capacity = 0\n            it.error_buf.len = 0\n            it.error_buf.data = null\n"
        r"        }\n\n",
        "class of statuses",
    )
    # Texts: by the virtual machine's own encoder, which is several times faster; what is no Unicode becomes U+FFFD, as in every language.
    source = change(
        source,
        r"    fun toUtf8\(value: String\): ByteBuffer \{.*?^    \}\n",
        "    fun toUtf8(value: String): ByteBuffer = ByteBuffer.wrap(dev.sentby.utf8(value))\n",
        "encoder of texts",
    )
    source = change(
        source,
        r"    override fun write\(value: String, buf: ByteBuffer\) \{.*?^    \}\n",
        "    override fun write(value: String, buf: ByteBuffer) = dev.sentby.writeText(value, buf)\n",
        "writer of texts",
    )
    # Functions with optional arguments, as Java can call them.
    source = re.sub(r"(@Throws\(SentbyException::class\)|^ *\*/) (fun `\w+`\([^\n]* = [^\n]*\)[^\n]*\{)", r"\1 @JvmOverloads \2", source, flags=re.M)
    if name == "Sentby":
        source = change(source, r"(@Throws\(SentbyException::class\)) (fun `\w+`\([^\n]*\): (?:Program|Ledger) ?[{=])", r"\1 @JvmStatic \2", "named constructors")
        source = change(source, r'get\(\) = "code=[^\n]*', 'get() = "$code: $detail"', "text of the exception")
        source, found = RECORD.subn(record, source)
        if not found:
            sys.exit(f"tidy.py: {VERSION} wrote no records")
    path.write_text(source)


kotlin, swift = (pathlib.Path(sys.argv[1]) / language for language in ("kotlin/dev/sentby", "swift"))
tidy(kotlin / "sentby.kt", "Sentby")
tidy(kotlin / "server" / "sentby_server.kt", "SentbyServer")
text = (swift / "Sentby.swift").read_text()
described = r'(errorDescription: String\? \{\s*)String\(reflecting: self\)'
(swift / "Sentby.swift").write_text(change(text, described, r'\1"\\(code): \\(detail)"', "description of errors"))
