'use strict'
// What every adapter does: read a visit, hand the affiliate on, decide at the checkout. Nothing here throws because of what a visitor sent.
const { clearCookie, consent: consentOf, touchOf } = require('./index.cjs')

/** What may travel in a URL or a form. A profile's token stays in the profile. */
const PURPOSES = ['link', 'mail']

/** An error as what it means to a host: a code and a text. */
const problemOf = (error) => ({ code: error?.code ?? 'host_error', detail: String(error?.message ?? error) })

/**
 * `touchWithin` and `referralWithin` of the package, without crossing the boundary twice for a field or two. A test compares them with those.
 */
const within = (touch, consent) => {
  if (consent === 'granted') return { ...touch, consent }
  if (consent === 'unknown' && touch.consent === 'granted') return touch
  return { ...touch, consent, clickId: null }
}
const referralWithin = (referral, consent) => (consent === 'granted' ? referral : { ...referral, clickId: null, subIds: {}, destination: null })

/** Every answer with and without the browser's signal, asked once. */
const CONSENT = new Map([true, false, null].map((answer) => [answer, [consentOf(answer, false), consentOf(answer, true)]]))

/** Whether a URL can hold a parameter: asked before the boundary is crossed for nothing. */
const mayHold = (url, name) => url.includes('?') && (url.includes(name) || url.includes('%'))

/** What a request says of its visitor. The carrier is sealed when it is asked for: most pages never do. */
class Visit {
  #carrier

  constructor(known, carrier) {
    Object.assign(this, known)
    this.#carrier = carrier
    Object.freeze(this)
  }

  get carrier() {
    if (typeof this.#carrier === 'function') this.#carrier = this.#carrier()
    return this.#carrier
  }
}

/** The headers of a request as Node has them. */
const headerOf = (request) => (name) => {
  const value = request.headers[name]
  return Array.isArray(value) ? value.join('; ') : value
}

const isFunction = (value) => typeof value === 'function'

class Tracker {
  #program
  #keys
  #spec
  #options

  constructor(options) {
    const { program, keys, site, cookie, now, consent, audience, origin, onProblem } = options ?? {}
    const wrong = (name, wanted) => {
      throw Object.assign(new TypeError(`/${name}: ${wanted}`), { code: 'type_invalid' })
    }
    if (!isFunction(program) && !isFunction(program?.attribute)) wrong('program', 'is no Program, and no function that returns one')
    if (!isFunction(keys?.open)) wrong('keys', 'is no Keys')
    if (typeof site !== 'string' || site === '') wrong('site', 'is no text; tokens and cookies belong to a site, such as "shop.example"')
    for (const [name, value] of Object.entries({ now, consent, audience, onProblem })) {
      if (value !== undefined && !isFunction(value)) wrong(name, 'is no function')
    }
    if (origin !== undefined && (!URL.canParse(origin) || new URL(origin).origin !== origin)) wrong('origin', 'is no origin, such as "https://shop.example"')
    this.#program = isFunction(program) ? program : () => program
    this.#keys = keys
    this.#spec = { site, ...cookie }
    this.#options = { now: now ?? (() => new Date()), consent, audience, origin, onProblem }
    // A cookie that cannot be is told now, not to the first visitor.
    clearCookie(this.#spec)
  }

  get program() {
    return this.#program()
  }

  /** What a request says of where its visitor came from. `request` is what the host's `consent` function is given. */
  visit({ method = 'GET', target, origin, header, request }) {
    const problems = []
    const attempt = (call, otherwise) => {
      try {
        return call()
      } catch (error) {
        problems.push(problemOf(error))
        return otherwise
      }
    }
    const { now: clock, audience, onProblem } = this.#options
    const now = attempt(clock, new Date())
    const gpc = header('sec-gpc') === '1'
    const answer = attempt(() => this.#options.consent?.(request) ?? null, null)
    const consent = attempt(() => CONSENT.get(answer)?.[gpc ? 1 : 0] ?? consentOf(answer, gpc), gpc ? 'gpc' : 'unknown')
    const base = this.#options.origin ?? (isFunction(origin) ? attempt(origin, 'http://localhost') : origin)
    const url = attempt(() => (target.startsWith('/') ? base + target : target), base)
    const isLanding = method === 'GET' || method === 'HEAD'
    // What a page loads in a frame or as an image, or a browser ahead of time, is no visit.
    const dest = header('sec-fetch-dest')
    const navigated = (dest === undefined || dest === 'document') && !/prefetch|prerender/.test(header('sec-purpose') ?? header('purpose') ?? '')
    const touches = attempt(() => this.#cookieTouches(header('cookie'), consent, now, problems), [])
    let fresh = 0
    let carrier = null
    let link = null
    if (isLanding) {
      const program = attempt(() => this.#program(), null)
      link = program && attempt(() => program.read(url), null)
      if (link?.referral.affiliate) {
        const referral = referralWithin(link.referral, consent)
        carrier = attempt(() => this.#keys.seal(referral, 'link', this.#spec.site, now), null)
        if (carrier !== null) {
          const { affiliate, product, campaign, clickId } = referral
          touches.push({ affiliate, at: now, evidence: 'parameter', product, campaign, clickId, consent, navigated })
          fresh++
        }
      }
      const token = program && mayHold(url, program.parameter) ? attempt(() => program.carried(url), null) : null
      if (token !== null) {
        const opened = attempt(() => this.#open(token, audience?.(url) ?? this.#spec.site, now), null)
        if (opened !== null) {
          touches.push(within({ ...touchOf(opened), navigated }, consent))
          carrier ??= token
          fresh++
        }
      }
    }
    if (touches.length > 1) touches.sort((a, b) => a.at - b.at)
    const latest = touches.at(-1) ?? null
    if (carrier === null && latest !== null) carrier = () => this.#sealTouch(latest, consent)
    const setCookie = fresh > 0 && navigated ? attempt(() => this.#keys.setCookie(this.#spec, touches, consent, now), null) : null
    for (const problem of problems) onProblem?.(problem, request)
    return new Visit({ now, consent, link, touches: Object.freeze(touches), latest, setCookie, problems: Object.freeze(problems) }, carrier)
  }

  /** Looking for the name costs a tenth of handing the header over, and most headers lack it. */
  #cookieTouches(header, consent, now, problems) {
    if (header === undefined || !header.includes(this.#spec.name ?? '__Host-sentby')) return []
    const { touches, rejected = [] } = this.#keys.readCookie(this.#spec, header, now)
    for (const code of rejected) problems.push({ code, detail: `/cookie: ${code}` })
    return touches.map((touch) => within(touch, consent))
  }

  /** A token of any purpose that a URL may carry; the error is that of the purpose that it was sealed for. */
  #open(token, audience, now) {
    let error
    for (const purpose of PURPOSES) {
      try {
        return this.#keys.open(token, purpose, audience, now)
      } catch (refused) {
        if (error === undefined || refused.code !== 'token_purpose') error = refused
      }
    }
    throw error
  }

  /** As of the touch, so that it keeps its time; null for what no token can hold. */
  #sealTouch({ affiliate, product, clickId, at }, consent) {
    try {
      return this.#keys.seal(referralWithin({ affiliate, product, clickId }, consent), 'link', this.#spec.site, at)
    } catch {
      return null
    }
  }

  /** The URL with what the visit carries; as it was, if it carries nothing. */
  decorate(url, visit) {
    return visit.carrier === null ? url : this.program.carry(url, visit.carrier)
  }

  /**
   * Decides an order: the visit's touches, the carrier that a form brought, and the coupons become touches. An order that is no order
   * is an error; whatever the visitor sent is none.
   */
  attribute(visit, order, { carrier, audience } = {}) {
    const program = this.program
    const touches = [...visit.touches]
    const problems = []
    if (carrier !== undefined && carrier !== null && carrier !== '') {
      try {
        touches.push(within(touchOf(this.#open(carrier, audience ?? this.#spec.site, order.at)), visit.consent))
      } catch (error) {
        problems.push(problemOf(error))
      }
    }
    for (const coupon of order.coupons ?? []) {
      const affiliate = program.couponOwner(coupon)
      if (affiliate !== null) touches.push({ affiliate, at: order.at, evidence: 'coupon', coupon })
    }
    const decision = program.attribute(order, touches)
    return { decision, commission: program.commission(order, decision), touches, fingerprint: program.fingerprint(order, touches, decision), problems }
  }

  /** A platform's webhook from the raw body, or the error that says what is wrong with it. */
  webhook(platform, secret, header, body, received = this.#options.now()) {
    if (!(body instanceof Uint8Array)) {
      const text = '/body: is not raw bytes; the signature covers them as they came, so take them before any parser'
      throw Object.assign(new TypeError(text), { code: 'type_invalid' })
    }
    const signature = platform === 'copecart' ? header('x-copecart-signature') ?? '' : ''
    return this.program.webhook(platform, secret, signature, Buffer.from(body.buffer, body.byteOffset, body.byteLength), received)
  }
}

/** The most bytes of a webhook that are read: far above any that is known. */
const BODY_MAX = 1 << 20

/** Whether it was the sender's fault: then the answer is 4xx, and the sender need not try again. */
const statusOf = (error) => (error?.code === 'too_large' ? 413 : error?.code === 'signature_invalid' ? 401 : 400)

module.exports = { Tracker, BODY_MAX, headerOf, problemOf, statusOf, within, referralWithin }
