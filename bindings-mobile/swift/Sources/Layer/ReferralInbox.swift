import Foundation

/// What the inbox keeps of a link. Nothing of it is verified: an app holds no keys. A server credits by it only after it opened the token, or by
/// the rules for plain links.
public struct Kept: Equatable {
    /// When the app received it.
    public let at: Date
    /// The sealed carrier, if the link had one.
    public let token: String?
    /// Whom the link or the token names, unverified; without a name in a short code.
    public let referral: Referral
}

/// Something that the inbox got around: a link that is none, a store that failed. Nothing was thrown for it.
public struct InboxProblem: Equatable {
    /// A stable code: one of sentby's, or `store_failed`, `store_damaged`, `token_expired`.
    public let code: String
    /// What happened, in one line.
    public let detail: String
}

/// The phone's end of cross-device tracking: reads universal links, keeps the first and the latest carrier, and puts one into the purchase URL, so
/// that a browser on any device hands it to the checkout.
///
/// It works offline, holds no keys, verifies nothing and never throws because of what a link holds or because the store fails. All calls are safe
/// from any thread.
public final class ReferralInbox {
    private static let header = "sentby carriers 1"
    private static let shortCode = 24

    private let program: Program
    private let store: CarrierStore
    private let keepFor: TimeInterval
    private let onProblem: (InboxProblem) -> Void
    private let lock = NSRecursiveLock()
    private var kept: [Kept] = []
    private var answer: Consent = .unknown

    /// - Parameters:
    ///   - program: the vendor's rules, as the server publishes them: the templates of links, and the name of the parameter.
    ///   - store: where the carriers are kept, once the visitor agreed.
    ///   - keepFor: how long a carrier is kept after it came; a token at most until it expires.
    ///   - onProblem: is told what the inbox got around.
    public init(program: Program, store: CarrierStore, keepFor: TimeInterval = 90 * 86_400, onProblem: @escaping (InboxProblem) -> Void = { _ in }) {
        self.program = program
        self.store = store
        self.keepFor = keepFor
        self.onProblem = onProblem
        kept = load()
        answer = kept.isEmpty ? .unknown : .granted
    }

    /// What the visitor said about tracking. Until it is granted, carriers stay in memory, and of plain links only affiliate, product and
    /// campaign; when it is withdrawn, the store is emptied.
    public var consent: Consent {
        get { locked { answer } }
        set {
            locked {
                answer = newValue
                kept = kept.map { Kept(at: $0.at, token: $0.token, referral: within($0.referral)) }
                save()
            }
        }
    }

    /// A universal link, or a URL of the app's own scheme, that opened the app. Nil if it names nobody; then all stays as it was.
    @discardableResult
    public func receive(_ url: URL, now: Date = Date()) -> Kept? {
        receive(url.absoluteString, now: now)
    }

    /// The same for a text.
    @discardableResult
    public func receive(_ link: String, now: Date = Date()) -> Kept? {
        locked {
            guard let (token, referral) = read(link) else { return nil }
            let fresh = Kept(at: now, token: token, referral: within(referral))
            guard isGood(fresh, now) else {
                onProblem(InboxProblem(code: "token_expired", detail: "the link's token is over"))
                return nil
            }
            kept = [kept.first { isGood($0, now) } ?? fresh, fresh]
            save()
            return fresh
        }
    }

    /// The carrier that came first, of those that are still good.
    public func first(now: Date = Date()) -> Kept? {
        locked { kept.first { isGood($0, now) } }
    }

    /// The carrier that came last, of those that are still good.
    public func latest(now: Date = Date()) -> Kept? {
        locked { kept.last { isGood($0, now) } }
    }

    /// The URL with the latest carrier, for the browser or the web view in which the visitor buys; the URL as it was if there is none, or if it
    /// cannot hold one. A carrier that it has already is replaced.
    public func purchaseUrl(_ url: String, now: Date = Date()) -> String {
        latest(now: now).map { purchaseUrl(url, with: $0) } ?? url
    }

    /// The same with a carrier of your choice.
    public func purchaseUrl(_ url: String, with carrier: Kept) -> String {
        attempt(url) {
            if let token = carrier.token { return try program.carry(url: url, carrier: token) }
            return try program.decorate(url: url, referral: carrier.referral)
        }
    }

    /// `purchaseUrl` for links that a web view follows: those to these hosts alone, so that no stranger is told.
    public func follow(_ url: URL, hosts: Set<String>, now: Date = Date()) -> URL {
        guard let host = url.host?.lowercased(), ["https", "http"].contains(url.scheme?.lowercased() ?? ""), hosts.contains(where: { $0.lowercased() == host }) else { return url }
        return URL(string: purchaseUrl(url.absoluteString, now: now)) ?? url
    }

    /// Forgets every carrier, here and in the store.
    public func forget() {
        locked {
            kept = []
            save()
        }
    }

    private func locked<T>(_ call: () -> T) -> T {
        lock.lock()
        defer { lock.unlock() }
        return call()
    }

    private func attempt<T>(_ otherwise: T, _ call: () throws -> T) -> T {
        do {
            return try call()
        } catch let error as SentbyException {
            onProblem(InboxProblem(code: error.code, detail: error.detail))
        } catch {
            onProblem(InboxProblem(code: "store_failed", detail: "\(error)"))
        }
        return otherwise
    }

    /// Who is named, and by which token; a token goes before a plain name.
    private func read(_ url: String) -> (String?, Referral)? {
        // An app's own scheme names nobody by its host, but may hand on a token.
        let web = url.range(of: "^[A-Za-z][A-Za-z0-9+.-]*:/{0,3}", options: .regularExpression).map { url.replacingCharacters(in: $0, with: "https://") } ?? url
        if let carried = attempt(nil, { try program.carried(url: web) }) {
            // A short code, of 24 letters and digits, says nothing without the server.
            let isCode = carried.utf8.count == Self.shortCode && Self.isToken(carried)
            let named: Referral? = attempt(nil) { isCode ? Referral() : try peek(text: carried).referral }
            if let named { return (carried, named) }
        }
        guard let link = attempt(nil, { try program.read(url: url) }), link.referral.affiliate != nil else { return nil }
        return (nil, link.referral)
    }

    private func within(_ referral: Referral) -> Referral {
        attempt(referral) { try referralWithin(referral: referral, consent: answer) }
    }

    private func isGood(_ carrier: Kept, _ now: Date) -> Bool {
        // A clock that was set back makes no carrier last forever.
        guard abs(now.timeIntervalSince(carrier.at)) <= keepFor else { return false }
        guard let token = carrier.token, token.count != Self.shortCode else { return true }
        guard let said = attempt(nil, { try peek(text: token) }) else { return false }
        return now < said.issuedAt.addingTimeInterval(Double(said.lifetimeHours) * 3600)
    }

    private func load() -> [Kept] {
        guard let text = attempt(nil, { try store.load() }) else { return [] }
        let lines = text.split(separator: "\n").map(String.init)
        let read = lines.dropFirst().compactMap(Self.line)
        guard lines.first == Self.header, (1...2).contains(read.count), read.count == lines.count - 1 else {
            onProblem(InboxProblem(code: "store_damaged", detail: "what was loaded is left out: is no list of carriers"))
            return []
        }
        return read
    }

    /// Without consent, the store holds nothing.
    private func save() {
        let text = answer != .granted || kept.isEmpty ? nil : ([Self.header] + kept.map(Self.line)).joined(separator: "\n")
        attempt(()) { try store.save(text) }
    }

    private static func line(_ kept: Kept) -> String {
        let referral = kept.referral
        let fields = [
            ("token", kept.token), ("affiliate", referral.affiliate), ("product", referral.product), ("campaign", referral.campaign),
            ("click_id", referral.clickId), ("destination", referral.destination),
        ]
        let subIds = referral.subIds.sorted { $0.key < $1.key }.map { ("sub_id.\($0.key)", Optional($0.value)) }
        let written = (fields + subIds).compactMap { name, value in value.map { "\(escape(name))=\(escape($0))" } }
        return (["\(Int64((kept.at.timeIntervalSince1970 * 1000).rounded(.down)))"] + written).joined(separator: " ")
    }

    private static func line(_ text: String) -> Kept? {
        let parts = text.split(separator: " ")
        guard let millis = parts.first.flatMap({ Int64($0) }) else { return nil }
        var fields: [String: String] = [:]
        for part in parts.dropFirst() {
            let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard pair.count == 2, let name = String(pair[0]).removingPercentEncoding, let value = String(pair[1]).removingPercentEncoding else { return nil }
            fields[name] = value
        }
        let token = fields["token"]
        if let token, !isToken(token) { return nil }
        guard token != nil || fields["affiliate"] != nil else { return nil }
        let subIds = Dictionary(uniqueKeysWithValues: fields.filter { $0.key.hasPrefix("sub_id.") }.map { (String($0.key.dropFirst(7)), $0.value) })
        let referral = Referral(
            affiliate: fields["affiliate"], product: fields["product"], campaign: fields["campaign"], clickId: fields["click_id"], subIds: subIds,
            destination: fields["destination"])
        return Kept(at: Date(timeIntervalSince1970: Double(millis) / 1000), token: token, referral: referral)
    }

    /// Whether a text may travel as a carrier at all: letters and digits alone.
    private static func isToken(_ text: String) -> Bool {
        (1...128).contains(text.utf8.count) && text.utf8.allSatisfy { isalnum(Int32($0)) != 0 }
    }

    private static func escape(_ text: String) -> String {
        text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
    }
}
