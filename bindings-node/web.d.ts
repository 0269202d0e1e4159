import type { Commission, Consent, CookieSpec, Decision, Keys, Link, Order, Platform, Program, Touch, Webhook } from './index'

/** Something that a visitor sent and that was not taken: a token that is over, a cookie of another site. Nothing failed. */
export interface VisitProblem {
  /** The same code as in every language, such as `token_expired`; `host_error` for what one of your functions threw. */
  code: string
  /** What is wrong, with its place. */
  detail: string
}

/** Where a visitor came from, as far as one request and its cookie say. */
export interface Visit {
  now: Date
  consent: Consent
  /** What the URL says, if it is an affiliate link of the program. */
  link: Link | null
  /** Everything that is known of this visitor, the oldest first: from the cookie, the URL, its token. */
  touches: readonly Touch[]
  /** The latest touch. Who is credited is decided at the order, by the program's rules. */
  latest: Touch | null
  /** The token that hands this visit on: for a hidden field, or a purchase link. */
  carrier: string | null
  /** The cookie that the adapter sets; null without consent, or if nothing is new. */
  setCookie: string | null
  problems: readonly VisitProblem[]
}

/** What an adapter needs to know. */
export interface TrackerOptions<Request> {
  /** The vendor's rules, or a function that returns those in force. */
  program: Program | (() => Program)
  keys: Keys
  /** The site that tokens and cookies belong to, such as `shop.example`. The same for all servers that shall understand one another. */
  site: string
  /** Name, lifetime and `secure` of the cookie. */
  cookie?: Partial<Omit<CookieSpec, 'site'>>
  /** The visitor's answer about tracking: true, false, or null while there is none. Left out, no cookie is ever set. */
  consent?: (request: Request) => boolean | null | undefined
  /** For whom a token in the URL was sealed, if not for the site: such as `shop.example/` and the attendee whom the URL names. */
  audience?: (url: string) => string | null | undefined
  /** The public origin, such as `https://shop.example`. Behind a proxy, say it: headers can be forged. */
  origin?: string
  /** The clock. */
  now?: () => Date
  /** Hears of every problem of a visit. */
  onProblem?: (problem: VisitProblem, request: Request) => void
}

/** What the checkout adds to an order. */
export interface AttributeOptions {
  /** The token that the order form brought. Whatever it is, it cannot fail the order. */
  carrier?: unknown
  /** For whom it was sealed, if not for the site. */
  audience?: string
}

/** An order decided and settled: store all of it with the order. */
export interface Attribution {
  decision: Decision
  commission: Commission
  /** What was decided over: the visit's touches, that of the carrier, those of coupons. */
  touches: readonly Touch[]
  fingerprint: string
  /** Why the carrier was not taken, if it was not. */
  problems: readonly VisitProblem[]
}

/** The calls that all adapters have. */
export interface Tracker {
  /** The rules in force. */
  readonly program: Program
  /** A URL with what the visit carries; as it was, if it carries nothing. */
  decorate(url: string, visit: Visit): string
  /** Decides an order and computes what everyone is owed. Throws what `Program.attribute` throws for an order that is none. */
  attribute(visit: Visit, order: Order, options?: AttributeOptions): Attribution
}

/** Takes a verified webhook: books its events, once, however often it comes. */
export type Book<More extends unknown[] = []> = (webhook: Webhook, ...more: More) => unknown

export type { Platform }
