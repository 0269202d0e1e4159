import java.net.URI
import java.net.URLEncoder
import java.net.http.HttpClient
import java.net.http.HttpRequest
import java.net.http.HttpResponse

/** A browser: cookies, and nothing else. `at` is the story's time. */
class Browser(private val base: String) {
    private val client = HttpClient.newHttpClient()

    /** Java's own cookie manager quotes cookies with a Max-Age, as no browser does. */
    private val cookies = mutableMapOf<String, String>()
    var at = ""

    fun get(url: String): HttpResponse<String> = send(HttpRequest.newBuilder(URI(base).resolve(url)))

    fun post(url: String, vararg fields: Pair<String, String>): HttpResponse<String> {
        val form = fields.joinToString("&") { (name, value) -> name + "=" + URLEncoder.encode(value, "UTF-8") }
        val body = HttpRequest.BodyPublishers.ofString(form)
        return send(HttpRequest.newBuilder(URI(base).resolve(url)).header("content-type", "application/x-www-form-urlencoded").POST(body))
    }

    private fun send(request: HttpRequest.Builder): HttpResponse<String> {
        request.header("rehearse-at", at)
        if (cookies.isNotEmpty()) request.header("cookie", cookies.entries.joinToString("; ") { (name, value) -> "$name=$value" })
        val response = client.send(request.build(), HttpResponse.BodyHandlers.ofString())
        for (cookie in response.headers().allValues("set-cookie")) cookies[cookie.substringBefore('=')] = cookie.substringAfter('=').substringBefore(';')
        if (response.statusCode() in 300..399) return get(response.uri().resolve(response.headers().firstValue("location").orElseThrow()).toString())
        check(response.statusCode() == 200) { "${response.uri()}: status ${response.statusCode()}: ${response.body()}" }
        return response
    }
}

/** The value behind a mark of a page, up to the closing quote, unescaped. */
fun value(page: String, mark: String): String {
    check(mark in page) { "the page lacks $mark" }
    return page.substringAfter(mark).substringBefore('"').replace("&#x2f;", "/").replace("&amp;", "&")
}
