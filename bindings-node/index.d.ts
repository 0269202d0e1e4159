import type {
  Activity, Advice, Balance, CarrierName, Change, Claim, ClaimReceipt, Commission, Consent, CookieReading, CookieSpec, Decision,
  Diagnosis, Difference, ExportFormat, Finding, IdentityKind, Leaderboard, LedgerEntry, LedgerEvent, Link, LinkColumns, LinkField,
  Moderation, Money, Network, Opened, Order, OrderStatus, OwnDecision, PayoutRun, Platform, Problem, Profile, Purpose, Question,
  Reading, Receipt, Referral, Refund, ReportPeriod, RootKey, Statement, StoredClaim, Touch, Unverified, Webhook,
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
  /** The Set-Cookie text after which the browser holds no touch of these clicks; null if it holds none now. */
  forgetCookie(spec: CookieSpec, header: string, clickIds: readonly string[], now: Date): string | null
}

/** What everyone has earned, was paid and is owed: a fold over events, whatever order they come in. */
export declare class Ledger {
  constructor()
  /** The ledger that a snapshot holds. */
  static restore(snapshot: Buffer): Ledger
  /** Takes an event. On an error the ledger is as it was. */
  apply(event: LedgerEvent): Receipt
  /** Every entry since a time, or all: in order of time and event id. */
  entries(since?: Date | null): LedgerEntry[]
  /** The entries of one order, in order of time and event id. */
  entriesOf(order: string): LedgerEntry[]
  /** What a recipient has at a time, by currency; empty for who never had anything. */
  balance(program: Program, recipient: string, at: Date): Balance[]
  /** What came and went on a recipient's account from `start` on and before `end`, by currency. */
  statement(recipient: string, start: Date, end: Date): Statement[]
  /** Who is to be paid at a time, and whose money stays. Nothing changes until the payouts come back as events. */
  payout(program: Program, at: Date): PayoutRun
  /** How far every payment is at a time, by order and payment. */
  orders(program: Program, at: Date): OrderStatus[]
  /** What cannot be as the events say, by order, and what still waits for something. */
  problems(): Problem[]
  /** The ledger as bytes: the same for the same events, however they came. */
  snapshot(): Buffer
  /** Computes everything anew from the events and names the first difference; null if there is none. */
  verify(events: readonly LedgerEvent[]): Difference | null
  /** How many events it has. */
  get size(): number
}

/** The vendor's rules: products, affiliates, links, who is credited, what they earn. Validated and immutable. */
export declare class Program {
  /** Reads a webhook from the raw body of a request, if its signature is right. */
  webhook(platform: Platform, secret: string, signature: string, body: Buffer, received: Date): Webhook
  /** The program after one step of a partnership, with all its checks. */
  moderate(moderation: Moderation): Program
  /** What every affiliate brought from one day to another. */
  leaderboard(ledger: Ledger, activities: readonly Activity[], period?: ReportPeriod | null | undefined): Leaderboard
  /** One affiliate's partnership, links, orders and balances at a time; null if the program has no such affiliate. */
  profile(ledger: Ledger, activities: readonly Activity[], affiliate: string, at: Date): Profile | null
  /** Why an affiliate was paid or not: everything that is found. Without a ledger, the answer ends with the decision. */
  diagnose(question: Question, ledger?: Ledger | null | undefined, others?: readonly Program[] | null | undefined): Diagnosis[]
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
  /** The URL with the parameters that carry this referral; everything else stays, byte for byte. */
  decorate(url: string, referral: Referral): string
  /** The URL with a token or short code as the program's parameter; everything else stays, byte for byte. */
  carry(url: string, carrier: string): string
  /** The carrier that a URL holds as the program's parameter; not verified. */
  carried(url: string): string | null
  /**
   * Keyed hashes of an e-mail address, phone number or customer id, one for each key, the newest first: join devices by them
   * without storing an address.
   */
  identity(keys: Keys, kind: IdentityKind, value: string): Array<string>
  /** What in these rules is allowed, but likely to cost an affiliate a sale. */
  lint(): Advice[]
  /** What a newer program changes, in words, by place. */
  diff(newer: Program): Change[]
  /** Decides who sent the buyer: credits, and a verdict for every touch. */
  attribute(order: Order, touches: readonly Touch[]): Decision
  /** SHA-256 over program, order, touches and result: two systems that print the same decided alike. */
  fingerprint(order: Order, touches: readonly Touch[], decision: OwnDecision): string
  /** What everyone is owed for an order, given the decision on it. */
  commission(order: Order, decision: OwnDecision): Commission
  /** As `commission`, knowing what was earlier: tiers by count or revenue, and budgets. */
  commissionAfter(order: Order, decision: OwnDecision, earlier: readonly Commission[]): Commission
  /** The next day on which payouts are made, at its beginning in the program's time zone. */
  nextPayout(at: Date): Date
  /** Whether commissions depend on earlier orders, so that `commissionAfter` is the call. */
  get looksBack(): boolean
  /** Takes back all that is left: a chargeback, a cancelled lead. */
  reverse(commission: Commission, id: string): Commission
  /** Gives back what one refund or chargeback took: the dispute was won. */
  restore(commission: Commission, refund: string, id: string): Commission
  /** The commission with everyone's part of a refund taken back. */
  refund(commission: Commission, refund: Refund): Commission
}

/** Splits total by weights; the parts sum to total, always. */
export declare function allocate(total: number, weights: readonly number[]): number[]

/** The names of parameters that were looked up in the lists of browsers and blockers: those that survive first. */
export declare function carrierNames(): CarrierName[]

/** The claim that a JSON object holds. */
export declare function claimFromJson(text: string): Claim

/** A claim's object as the protocol writes it. */
export declare function claimToJson(claim: Claim): string

/** The touch that a claim is; null if it names no publisher. */
export declare function claimTouch(claim: Claim, now: Date): Touch | null

/** The Set-Cookie text that removes the cookie, for a visitor who withdraws consent. */
export declare function clearCookie(spec: CookieSpec): string

/** The entries of a commission as a ledger has them, those of the payment under this event's id. */
export declare function commissionRows(commission: Commission, event: string): LedgerEntry[]

/** What a visitor's answer (null if nobody asked) and the browser's Sec-GPC header say together. */
export declare function consent(answer: boolean | null, gpc?: boolean | null | undefined): Consent

/** The decision for people, in the sentences of a table (see `messages`), by default the English ones. */
export declare function explain(decision: OwnDecision, messages?: string | null | undefined): string

/** The account of a commission for people: line by line, by which rule, of which base, how rounded; then the refunds. */
export declare function explainCommission(commission: Commission): string

/** The same as an Arrow IPC stream. */
export declare function exportArrow(entries: readonly LedgerEntry[]): Buffer

/** Entries of a ledger, a statement or a settlement as JSON or CSV. */
export declare function exportEntries(entries: readonly LedgerEntry[], format: ExportFormat): string

/** The touches without those of these clicks. */
export declare function forget(touches: readonly Touch[], clickIds: readonly string[]): Touch[]

/** An amount as decimal text without its currency, such as "49.00". */
export declare function formatMoney(money: Money): string

/** A network's link for a referral, on the network's own host. */
export declare function link(network: string, referral: Referral): string

/** Everything that is odd about a link that someone pasted, in order of place. */
export declare function lint(url: string): Finding[]

/** The sentences of a language (`en`, `de`) as JSON, for `explain`; null if it is not shipped. */
export declare function messages(language: string): string | null

/** Every network that is known. */
export declare function networks(): Network[]

/** The amount that strict decimal text names, such as "49.00". */
export declare function parseMoney(text: string, currency: string): Money

/** What a token says, without keys and unverified: show it, log it, never credit by it. */
export declare function peek(text: string): Unverified

/** What a URL says, by the rules of every network that is known; the text is taken as it is. */
export declare function read(url: string): Reading

/** What many URLs say: one array a field, by default network, product, affiliate and campaign. What is no URL, and null, has no values. */
export declare function readColumn(urls: readonly (string | null)[], fields?: readonly LinkField[] | null | undefined, lenient?: boolean | null | undefined): LinkColumns

/** What a URL says after repairs, each of which is one of the reading's warnings. */
export declare function readLenient(url: string): Reading

/** Judges a claim beside those that the host stored for the same checkout; a bad one is no error. */
export declare function receiveClaim(text: string, key: string, stored: readonly StoredClaim[], now: Date): ClaimReceipt

/** What may be carried on with this consent: without `granted` product, affiliate and campaign alone. */
export declare function referralWithin(referral: Referral, consent: Consent): Referral

/** The touch that an opened token witnesses: signed, evidence "token", at the time of sealing. */
export declare function touchOf(opened: Opened): Touch

/** The touch with the visitor's answer; without `granted` it loses its click id. */
export declare function touchWithin(touch: Touch, consent: Consent): Touch

/** The events that a ledger takes; a payment and a pending order need the commission of the sale. */
export declare function webhookEvents(webhook: Webhook, commission?: Commission | null | undefined): LedgerEvent[]

/** The touch that a platform's word is: evidence `claim`; null if it names no affiliate. */
export declare function webhookTouch(webhook: Webhook): Touch | null
