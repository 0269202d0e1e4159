import type {
  Commission, Consent, CookieReading, CookieSpec, Decision, Link, Money, Opened, Order, Purpose, Referral, Refund, RootKey, Touch, Unverified,
} from './types'

export type * from './types'


/**
 * Which binding artifact the generated loader actually loaded: `'native'` for
 * a native addon, otherwise the `platformArchABI` of the WASI flavor. Every
 * flavor napi-rs can build is listed, because `NAPI_RS_NATIVE_LIBRARY_PATH`
 * can point the loader at a WASI artifact this package does not build itself.
 */
export declare const __napiBindingTarget: 'native' | 'wasm32-wasi' | 'wasm32-wasip1'

/** The vendor's secret keys: the last one signs, all of them open. */
export declare class Keys {
  /** Keys in the order of their age; the last one signs. */
  constructor(keys: readonly RootKey[])
  /** A token of a referral, by default for the longest lifetime of its purpose. */
  seal(referral: Referral, purpose: Purpose, audience: string, now: Date, lifetimeHours?: number | null): string
  /** What a token says, if it was sealed for this purpose and audience and its time is not over. */
  open(text: string, purpose: Purpose, audience: string, now: Date): Opened
  /** A signed code of 24 letters and digits for a click id. */
  shortCode(clickId: string, audience: string, now: Date): string
  /** The click id of a short code. */
  openShortCode(text: string, audience: string, now: Date): string
  /** The whole Set-Cookie text that keeps the first and the latest seven touches; null without consent. */
  setCookie(spec: CookieSpec, touches: readonly Touch[], consent: Consent, now: Date): string | null
  /** The touches in a raw Cookie header. */
  readCookie(spec: CookieSpec, header: string, now: Date): CookieReading
}

/** The vendor's rules: products, affiliates, links, who is credited, what they earn. Validated and immutable. */
export declare class Program {
  /** The program that a TOML text holds. An error names the place as a JSON pointer. */
  static fromToml(text: string): Program
  /** The program that a JSON text holds, of the same shape as in TOML. */
  static fromJson(text: string): Program
  /** The name for people, possibly empty. */
  get name(): string
  /** The vendor's id. */
  get vendor(): string
  /** The name of the URL parameter that carries tokens. */
  get parameter(): string
  /** SHA-256 of the canonical JSON: which rules decided. */
  get version(): string
  /** The program as canonical JSON, every default written out. */
  toJson(): string
  /** The affiliate who owns a coupon, compared without regard to case. */
  couponOwner(coupon: string): string | null
  /** What a URL says, by the first of the program's templates that fits; null if it is no affiliate link. */
  read(url: string): Link | null
  /** The URL of a referral, by the first of the program's templates that can carry all of it. */
  link(referral: Referral): string
  /** Decides who sent the buyer: credits, and a verdict for every touch. */
  attribute(order: Order, touches: readonly Touch[]): Decision
  /** SHA-256 over program, order, touches and result: two systems that print the same decided alike. */
  fingerprint(order: Order, touches: readonly Touch[], decision: Decision): string
  /** What everyone is owed for an order, given the decision on it. */
  commission(order: Order, decision: Decision): Commission
  /** The commission with everyone's part of a refund taken back. */
  refund(commission: Commission, refund: Refund): Commission
}

/** Splits total by weights; the parts sum to total, always. */
export declare function allocate(total: number, weights: readonly number[]): number[]

/** The Set-Cookie text that removes the cookie, for a visitor who withdraws consent. */
export declare function clearCookie(spec: CookieSpec): string

/** The decision for people, one line for the order and one per touch. */
export declare function explain(decision: Decision): string

/** An amount as decimal text without its currency, such as "49.00". */
export declare function formatMoney(money: Money): string

/** The amount that strict decimal text names, such as "49.00". */
export declare function parseMoney(text: string, currency: string): Money

/** What a token says, without keys and unverified: show it, log it, never credit by it. */
export declare function peek(text: string): Unverified

/** The touch that an opened token witnesses: signed, evidence "token", at the time of sealing. */
export declare function touchOf(opened: Opened): Touch
