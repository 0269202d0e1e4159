import Foundation

#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

struct Failure: Error, CustomStringConvertible {
    let description: String
}

/// A browser: cookies, and nothing else. `at` is the story's time.
final class Browser: NSObject, URLSessionTaskDelegate, @unchecked Sendable {
    private let base: URL
    private var session: URLSession!
    private var cookies: [String: String] = [:]
    var at = ""

    init(_ base: String) {
        self.base = URL(string: base)!
        super.init()
        let configuration = URLSessionConfiguration.ephemeral
        configuration.httpShouldSetCookies = false
        session = URLSession(configuration: configuration, delegate: self, delegateQueue: nil)
    }

    /// Redirects are followed by hand: outside of Apple's systems, cookies that come with one are lost.
    func urlSession(
        _ session: URLSession, task: URLSessionTask, willPerformHTTPRedirection response: HTTPURLResponse, newRequest request: URLRequest,
        completionHandler: @escaping (URLRequest?) -> Void
    ) {
        completionHandler(nil)
    }

    /// The page, and where it is.
    func get(_ url: String) throws -> (String, URL) {
        try send(URLRequest(url: URL(string: url, relativeTo: base)!))
    }

    func post(_ url: String, _ fields: [String: String]) throws -> (String, URL) {
        var request = URLRequest(url: URL(string: url, relativeTo: base)!)
        request.httpMethod = "POST"
        request.setValue("application/x-www-form-urlencoded", forHTTPHeaderField: "content-type")
        let form = fields.map { name, value in "\(name)=\(value.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? "")" }
        request.httpBody = Data(form.joined(separator: "&").utf8)
        return try send(request)
    }

    private func send(_ asked: URLRequest) throws -> (String, URL) {
        var request = asked
        request.setValue(at, forHTTPHeaderField: "rehearse-at")
        request.setValue(cookies.map { "\($0)=\($1)" }.joined(separator: "; "), forHTTPHeaderField: "cookie")
        let done = DispatchSemaphore(value: 0)
        var result: (Data?, URLResponse?, Error?)
        session.dataTask(with: request) {
            result = ($0, $1, $2)
            done.signal()
        }.resume()
        done.wait()
        guard let response = result.1 as? HTTPURLResponse, let url = response.url else { throw result.2 ?? Failure(description: "no answer") }
        let headers = Dictionary(uniqueKeysWithValues: response.allHeaderFields.compactMap { name, value in (name as? String).map { ($0, "\(value)") } })
        for cookie in HTTPCookie.cookies(withResponseHeaderFields: headers, for: url) { cookies[cookie.name] = cookie.value }
        if (300..<400).contains(response.statusCode), let next = response.value(forHTTPHeaderField: "location") {
            return try get(URL(string: next, relativeTo: url)!.absoluteString)
        }
        let page = String(decoding: result.0 ?? Data(), as: UTF8.self)
        guard response.statusCode == 200 else { throw Failure(description: "\(url): status \(response.statusCode): \(page)") }
        return (page, url)
    }
}

/// The value behind a mark of a page, up to the closing quote, unescaped.
func value(_ page: String, _ mark: String) throws -> String {
    guard let start = page.range(of: mark)?.upperBound, let end = page[start...].firstIndex(of: "\"") else { throw Failure(description: "the page lacks \(mark)") }
    return page[start..<end].replacingOccurrences(of: "&#x2f;", with: "/").replacingOccurrences(of: "&amp;", with: "&")
}
