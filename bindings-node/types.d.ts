import type {
  Evidence, Consent, Customer, Purpose, Role, Event, Rounding, What, Reason, ErrorCode, LinkWarning, LinkField, Hint, Suspicion, Touchpoint, ClaimOutcome, LedgerKind, EventOutcome, OrderState, CommissionState, WhyWithheld, PartnershipState, Platform, WebhookKind, ModerationAction, DiagnosisCode,
} from './words'

export type * from './words'

/** What sentby throws: `code` is stable and the same in every language, `message` says where and what. */
export interface SentbyError extends Error {
  code: ErrorCode
}

/** An amount: a safe whole number of minor units of an ISO 4217 currency. */
export interface Money {
  minor: number
  currency: string
}

/** A secret of at least 32 random bytes, with the id (1 to 255) that tokens name it by. */
export interface RootKey {
  id: number
  secret: Uint8Array
  /** From then on nothing sealed with it opens any more. */
  retires?: Date | null
}

/** Who is referred where: what a link or a token says. */
export interface Referral {
  affiliate?: string | null
  product?: string | null
  campaign?: string | null
  /** Tokens carry 16 lower-case hexadecimal digits, links carry any text. */
  clickId?: string | null
  /** The affiliate's own values `sub1` to `sub5`. */
  subIds?: Record<string, string>
  destination?: string | null
}

/** What a URL says, and which of the program's templates it fits, or which network the program names for its host. */
export interface Link {
  template: string
  referral: Referral
  network: string | null
}

/** What many URLs say: an array for each field asked for, one value a row, null where there is none. */
export type LinkColumns = { [field in LinkField]?: (string | null)[] }

/** What a URL says about the affiliate who shared it; `network` is null if it is no affiliate link. */
export interface Reading {
  host: string | null
  network: string | null
  template: string | null
  referral: Referral
  secondNetworks: readonly SecondNetwork[]
  warnings: readonly LinkWarning[]
}

/** A network whose ids stand in the URL of another one's link. */
export interface SecondNetwork {
  network: string
  referral: Referral
}

/** One thing that is odd about a link, and where: a range of bytes of its UTF-8 text. */
export interface Finding {
  code: LinkWarning
  sentence: string
  start: number
  end: number
}

/** What is known about an affiliate network: the templates of its links, and its defaults. */
export interface Network {
  id: string
  name: string
  host: readonly string[]
  opaque: readonly string[]
  any: readonly string[]
  configured: readonly string[]
  source: string
  defaultWindow: string | null
  defaultModel: string | null
  couponPrecedence: string | null
}

/** A parameter's name, and whether lists are known that strip it from URLs. */
export interface CarrierName {
  name: string
  stripped: boolean
}

/** Something that a program would better not do, and where it does it. */
export interface Advice {
  code: Hint
  place: string
  sentence: string
}

/** One recorded contact between a buyer and an affiliate. */
export interface Touch {
  affiliate: string
  at: Date
  evidence: Evidence
  product?: string | null
  campaign?: string | null
  clickId?: string | null
  coupon?: string | null
  /** `unknown` unless set. */
  consent?: Consent
  /** False for an image, a frame or a prefetch. */
  navigated?: boolean
  /** Whether a signature was checked on the way here. */
  signed?: boolean
}

/** One position of an order. */
export interface Line {
  id: string
  product: string
  /** What the buyer pays for the line, tax included. */
  gross: Money
  /** The tax within `gross`. */
  tax: Money
  quantity?: number
  /** The shipping within `gross`. */
  shipping?: Money | null
  /** What the buyer would have paid more; not within `gross`. */
  discount?: Money | null
}

/** A sale: what the host knows when the buyer pays. */
export interface Order {
  id: string
  at: Date
  lines: readonly Line[]
  /** The number of this payment, 1 unless set. */
  payment?: number
  cartAt?: Date | null
  /** Keyed hashes of the buyer's e-mail address, customer id, payment instrument. */
  identities?: readonly string[]
  coupons?: readonly string[]
  /** Two capital letters. */
  country?: string | null
  customer?: Customer | null
  /** How many accounts the host knows of this buyer. */
  accounts?: number | null
  /** `sale` unless set; the lines of others have a gross of zero. */
  event?: Event
  /** When the first payment was made, for the payments after it. */
  firstAt?: Date | null
  /** The rate that a seller picked, as decimal text. */
  rate?: string | null
}

/** An affiliate and an integer weight; the share is the weight over the sum of all weights. */
export interface Credit {
  affiliate: string
  weight: number
  /** The touch's index among those given. */
  touch: number
  evidence: Evidence
  campaign?: string | null
}

/** What became of one touch, and why. */
export interface Verdict {
  reason: Reason
  affiliate: string
  evidence: Evidence
  at: Date
  windowMs?: number | null
  /** The index of the touch that this one lost to, if it lost to one. */
  by?: number | null
}

/** The answer for one order: who is credited, and what became of every touch. */
export interface Decision {
  order: string
  at: Date
  credits: readonly Credit[]
  verdicts: readonly Verdict[]
  /** Which rules decided: `program.version`. */
  version: string
  flags: readonly Flag[]
  /** Empty where all kinds of evidence name the same affiliate. */
  conflicts: readonly Witness[]
}

/** A decision, or one of the host's own, such as a sale by phone, which may lack what only sentby knows. */
export type OwnDecision = Omit<Decision, 'version' | 'flags' | 'conflicts'> & Partial<Decision>

/** Something that looks odd though it changed nothing, and which touches show it. */
export interface Flag {
  code: Suspicion
  touches: readonly number[]
}

/** Whom one kind of evidence names, where kinds disagree. */
export interface Witness {
  evidence: Evidence
  affiliate: string
  touch: number
  credited: boolean
}

/** One difference between two programs. */
export interface Change {
  place: string
  sentence: string
}

/** A third party's claim: who sent a buyer. */
export interface Claim {
  provider: string
  token?: string | null
  publisherId?: string | null
  campaignId?: string | null
  creativeId?: string | null
  subId?: string | null
  /** `last` unless set. */
  touchpoint?: Touchpoint
  sourceType?: string | null
  sourceUrl?: string | null
  issuedAt?: Date | null
  expiresAt?: Date | null
  /** Texts, numbers and truth values as JSON writes them, by name. */
  metadata?: Readonly<Record<string, string>>
}

/** A claim that a host stored, and under which idempotency key it came. */
export interface StoredClaim {
  key: string
  claim: Claim
}

/** What became of a claim, and why. */
export interface ClaimReceipt {
  outcome: ClaimOutcome
  claim?: Claim | null
  detail?: string | null
}

/** One signed amount for one recipient: positive for a sale, negative for a refund. */
export interface Entry {
  line: string
  role: Role
  amount: Money
  recipient?: string | null
  rule?: string | null
  refund?: string | null
}

/** What everyone is owed for one order; the entries of a sale add up to its gross, always. */
export interface Commission {
  order: string
  at: Date
  entries: readonly Entry[]
  payment?: number
  /** `sale` unless set. */
  event?: Event
  /** How amounts were rounded; `half_away` unless set. */
  rounding?: Rounding
  /** Why: those of a line and recipient add up to their entries. */
  grounds?: readonly Ground[]
}

/** One addend of somebody's part of a sale: which rule, of which base, at which rate. */
export interface Ground {
  line: string
  role: Role
  what: What
  base: Money
  amount: Money
  recipient?: string | null
  rule?: string | null
  /** Decimal text. */
  percent?: string | null
}

/** An amount that the buyer got back, of one line or of the whole order. */
export interface Refund {
  id: string
  amount: Money
  line?: string | null
}

/** What a token of ours says: verified. */
export interface Opened {
  referral: Referral
  issuedAt: Date
  expiresAt: Date
  keyId: number
}

/** What a token says, not verified: show it, log it, never credit by it. */
export interface Unverified {
  purpose: Purpose
  keyId: number
  issuedAt: Date
  lifetimeHours: number
  referral: Referral
}

/** Which cookie: its name, the site that it belongs to, and how long it lives. */
export interface CookieSpec {
  site: string
  /** `__Host-sentby` unless set. */
  name?: string
  /** 9600 (400 days) unless set. */
  lifetimeHours?: number
  /** True unless set; false is for a development machine. */
  secure?: boolean
}

/** What a Cookie header held: the touches of the valid cookie, and why others were refused. */
export interface CookieReading {
  touches: readonly Touch[]
  rejected?: readonly string[]
}

/** Something that happened, as a ledger takes it; which fields a kind needs stands with LedgerKind. */
export interface LedgerEvent {
  /** The host's id: the same again is a replay, or, with other content, a conflict. */
  id: string
  /** When it happened. */
  at: Date
  /** What happened. */
  kind: LedgerKind
  /** The order's id. */
  order?: string | null
  /** The number of the payment; 1 if absent. */
  payment?: number | null
  /** What everyone is owed, as it was computed then. */
  commission?: Commission | null
  /** How much was refunded, adjusted or paid out. */
  amount?: Money | null
  /** The line that a refund is for. */
  line?: string | null
  /** The event that this one is about: a chargeback, a payout. */
  of?: string | null
  /** Whom it concerns. */
  recipient?: string | null
  /** The new state of a partnership. */
  state?: PartnershipState | null
  /** Whether the account is verified. */
  verified?: boolean | null
  /** A line for people. */
  note?: string | null
}

/** An event that was recorded and could not be followed to the letter. */
export interface Problem {
  /** The event's id. */
  event: string
  /** The code, one of the errors'. */
  code: string
  /** One line for people. */
  detail: string
}

/** What became of an event, and what is wrong with its order. */
export interface Receipt {
  /** What became of it. */
  outcome: EventOutcome
  /** What cannot be as the events of the order say. */
  problems?: readonly Problem[]
}

/** One signed amount on somebody's account. */
export interface LedgerEntry {
  /** The event that it comes from. */
  event: string
  /** When that happened. */
  at: Date
  /** What that was. */
  kind: LedgerKind
  /** Positive for what is earned, negative for what is taken back or paid out. */
  amount: Money
  /** The order's id. */
  order?: string | null
  /** The number of the payment. */
  payment?: number | null
  /** The order line. */
  line?: string | null
  /** What the recipient is; none for a payout. */
  role?: Role | null
  /** Whose account; none for tax and fee. */
  recipient?: string | null
  /** The name of the rule. */
  rule?: string | null
}

/** What one recipient has in one currency: earned + adjusted = pending + available + paid out. */
export interface Balance {
  /** Whose it is. */
  recipient: string
  /** What orders brought, less what was taken back. */
  earned: Money
  /** What manual transactions gave, less what they took. */
  adjusted: Money
  /** What is on hold, or not approved yet. */
  pending: Money
  /** What may be paid out; negative where more was taken back than is left. */
  available: Money
  /** What was paid out, without what came back. */
  paidOut: Money
}

/** What happened on one recipient's account in a stretch of time, in one currency. */
export interface Statement {
  /** Whose it is. */
  recipient: string
  /** The first moment. */
  start: Date
  /** The first moment after it. */
  end: Date
  /** What was on the account before. */
  opening: Money
  /** What came and went. */
  entries: readonly LedgerEntry[]
  /** What is on the account after. */
  closing: Money
}

/** One payment to make. */
export interface Payout {
  /** An id for the event; a second run at the same time proposes the same. */
  id: string
  /** Who is paid. */
  recipient: string
  /** How much. */
  amount: Money
}

/** Money that stays where it is. */
export interface Withheld {
  /** Whose it is. */
  recipient: string
  /** How much is available; negative where they owe it. */
  amount: Money
  /** Why it is not paid. */
  why: WhyWithheld
}

/** What a payout run found. */
export interface PayoutRun {
  /** The time of the run. */
  at: Date
  /** Whom to pay. */
  payouts: readonly Payout[]
  /** Whose money stays, and why. */
  withheld: readonly Withheld[]
}

/** One recipient's part of a payment. */
export interface Share {
  /** What the recipient is. */
  role: Role
  /** Who. */
  recipient: string
  /** What is left of it. */
  amount: Money
  /** How far it is. */
  state: CommissionState
}

/** How far one payment of an order is, and everyone's part of it. */
export interface OrderStatus {
  /** The order's id. */
  order: string
  /** The number of the payment. */
  payment: number
  /** How far it is. */
  state: OrderState
  /** When the buyer paid, or ordered. */
  at: Date
  /** The parts of affiliates, their parents and partners. */
  shares: readonly Share[]
  /** What cannot be as the events say. */
  problems: readonly Problem[]
}

/** The first place where a ledger is not what the events say. */
export interface Difference {
  /** Where, with ids. */
  place: string
  /** What the events say. */
  expected: string
  /** What the ledger has. */
  found: string
}

/** A webhook whose signature was right. */
export interface Webhook {
  /** Who sent it. */
  platform: Platform
  /** The id of its event: the same for every delivery of the same. */
  id: string
  /** What it tells. */
  kind: WebhookKind
  /** When it happened. */
  at: Date
  /** Whether the platform says that it is a test; tests become no events. */
  test?: boolean
  /** The order that was paid, is pending, or is a trial. */
  sale?: Order | null
  /** The order's id, whatever happened to it. */
  order?: string | null
  /** The number of the payment. */
  payment?: number
  /** What went back, by line where the platform says so. */
  refunds?: readonly Refund[]
  /** The affiliate as the platform names them. */
  affiliate?: string | null
  /** The affiliate's campaign. */
  campaign?: string | null
  /** What the platform says the affiliate earns, to compare with. */
  affiliateAmount?: Money | null
  /** A token of sentby's that travelled with the order, unverified: open it with the keys. */
  token?: string | null
  /** Every field as it came; what is no text is written as JSON. */
  fields?: Readonly<Record<string, string>>
  /** What sentby did not know or had to assume, with its place. */
  notes?: readonly string[]
}

/** One step of a partnership. */
export interface Moderation {
  /** The affiliate's id. */
  affiliate: string
  /** What is done. */
  action: ModerationAction
  /** From when on. */
  since: Date
  /** For this product alone; otherwise for all of the vendor's. */
  product?: string | null
}

/** Something that an affiliate's visitor did and that is not on the ledger. */
export interface Activity {
  /** A click, a lead or an impression; sales are on the ledger. */
  kind: Event
  /** The affiliate's id as it was found. */
  affiliate: string
  /** When it happened. */
  at: Date
  /** Who it was, as the host tells visitors apart. */
  visitor?: string | null
  /** The link that was used. */
  link?: string | null
}

/** From which day to which day a report goes. */
export interface ReportPeriod {
  /** The first day, as in 2026-03-01; from the beginning without one. */
  first?: string | null
  /** The last day, which is in the report; without one, there is no end. */
  last?: string | null
  /** Whose days: a name of the IANA database, or else the program's time zone. */
  timeZone?: string | null
}

/** What came of it in one currency. */
export interface Turnover {
  /** What buyers paid. A line that several affiliates share is split by their commissions. */
  revenue: Money
  /** What they got back, split alike. */
  refunds: Money
  /** What affiliates earned, second level and refunds included. */
  commission: Money
  /** The commission for each click, rounded; none without clicks. */
  perClick?: Money | null
}

/** What one affiliate brought, or all. */
export interface Standing {
  /** How many clicks. */
  clicks: number
  /** How many visitors clicked, each once. */
  visitors: number
  /** How many leads: registrations and bookings. */
  leads: number
  /** How many orders were paid for the first time. */
  sales: number
  /** The amounts, by currency. */
  turnover: readonly Turnover[]
  /** The affiliate; none in the total. */
  affiliate?: string | null
  /** Sales for each click in percent; none without clicks, or with more sales than clicks. */
  conversion?: string | null
}

/** What affiliates brought in a stretch of time. */
export interface Leaderboard {
  /** The affiliates, most sales first; from the first lead or sale on that was ever theirs. */
  rows: readonly Standing[]
  /** Everything, whether an affiliate brought it or nobody. */
  total: Standing
  /** The first moment; none from the beginning. */
  start?: Date | null
  /** The first moment after it; none without an end. */
  end?: Date | null
}

/** A state of a partnership and since when it holds. */
export interface Membership {
  /** The state. */
  state: PartnershipState
  /** Since when. */
  since: Date
  /** For this product alone. */
  product?: string | null
}

/** How a link was used. */
export interface LinkUse {
  /** The link. */
  link: string
  /** How many clicks. */
  clicks: number
  /** How many visitors clicked, each once. */
  visitors: number
  /** How many leads. */
  leads: number
  /** When it was used last. */
  last: Date
}

/** All that is known of one affiliate. */
export interface Profile {
  /** The affiliate's id as the program spells it. */
  affiliate: string
  /** Every state of the partnership, in order of time. */
  partnership: readonly Membership[]
  /** What they brought up to then. */
  standing: Standing
  /** The links that were used, most clicks first. */
  links: readonly LinkUse[]
  /** The payments that have a part for them, with that part alone. */
  orders: readonly OrderStatus[]
  /** What they have, by currency. */
  balances: readonly Balance[]
}

/** What an affiliate asks: why was I not paid, for this order, or in this time? */
export interface Question {
  /** The affiliate's id, as they typed it. */
  affiliate: string
  /** Now. */
  at: Date
  /** The number of the order that they ask about. */
  order?: string | null
  /** The order itself, if the host has it. */
  sale?: Order | null
  /** The touches that were recorded of its buyer. */
  touches?: readonly Touch[]
  /** The days that they ask about; all time without them. */
  period?: ReportPeriod
}

/** One thing that explains why somebody was paid or not: a code, a sentence, and what it rests on. */
export interface Diagnosis {
  /** The code. */
  code: DiagnosisCode
  /** The sentence for people. */
  sentence: string
  /** Of which affiliate it speaks: who asked, whom they may have meant, or who won. */
  affiliate?: string | null
  /** Of which product. */
  product?: string | null
  /** Of which order. */
  order?: string | null
  /** Since when, or until when. */
  at?: Date | null
  /** How much. */
  amount?: Money | null
  /** What became of the touch. */
  reason?: Reason | null
  /** The touch's index among those of the question. */
  touch?: number | null
}
