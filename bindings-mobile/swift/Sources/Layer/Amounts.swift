import Foundation

extension SentbyException {
    /// The stable code of what was wrong, such as `token_expired`; the same in every language.
    public var code: String {
        switch self {
        case .Refused(let code, _): return code
        }
    }

    /// The place and what is wrong there, in one line.
    public var detail: String {
        switch self {
        case .Refused(_, let detail): return detail
        }
    }
}

extension Money {
    /// The amount that a decimal number names, exactly: `try Money(Decimal(string: "49.00")!, "EUR")`.
    ///
    /// Throws if the currency has fewer digits than the number needs, or is unknown, or the amount is too large.
    public init(_ amount: Decimal, _ currency: String) throws {
        let text = NSDecimalNumber(decimal: amount).description(withLocale: Locale(identifier: "en_US_POSIX"))
        self = try parseMoney(text: text, currency: currency)
    }

    /// The amount as a decimal number. Throws if the currency is unknown.
    public func decimal() throws -> Decimal {
        let text = try formatMoney(money: self)
        guard let amount = Decimal(string: text, locale: Locale(identifier: "en_US_POSIX")) else {
            throw SentbyException.Refused(code: "money_invalid", detail: "`\(text)` is no decimal number")
        }
        return amount
    }
}
