// Runs every case of core/vectors through the Node package; with SENTBY_WASM=1, those of the calls that it has through the WebAssembly module.
import assert from 'node:assert/strict'
import { readFileSync, readdirSync } from 'node:fs'
import { test } from 'node:test'

const isWasm = process.env.SENTBY_WASM === '1'
const sentby = isWasm ? await (await import('../wasm.mjs')).load() : await import('../index.mjs')
const { Keys, Ledger, Program, allocate, explainCommission, parseMoney, peek } = sentby

const VECTORS = new URL('../../core/vectors/', import.meta.url)
const COUNTS = { claim: 75, commission: 97, cookie: 51, decision: 142, desk: 106, identity: 47, ledger: 54, link: 107, money: 41, network: 252, program: 114, settlement: 85, token: 95, tools: 103, webhook: 150 }

const camel = (name) => name.replace(/_([a-z])/g, (_, letter) => letter.toUpperCase())
const rename = (record) => Object.fromEntries(Object.entries(record).map(([name, value]) => [camel(name), value]))
const time = (millis) => (millis == null ? null : new Date(millis))

const plain = ({ clickId, subIds, ...referral }) => ({ ...referral, click_id: clickId, sub_ids: subIds })

const outcome = (call) => {
  try {
    return call()
  } catch (error) {
    if (typeof error.code !== 'string') throw error
    return { error: error.code }
  }
}

const touch = (value) => ({ ...rename(value), at: time(value.at) })
const order = (value) => ({ ...rename(value), at: time(value.at), cartAt: time(value.cart_at), firstAt: time(value.first_at) })
const keysOf = (file, c) =>
  new Keys(file.keys[c.keys].map((k) => ({ id: k.id, secret: Buffer.from(k.secret_hex, 'hex'), retires: time(k.retires) })))
const programOf = (file, c) => Program.fromJson(JSON.stringify(file.programs[c.program]))
const ids = ({ affiliate, product, clickId }) => ({ affiliate, product, click_id: clickId })
const rows = (entries) => entries.map((e) => ({ line: e.line, role: e.role, recipient: e.recipient, minor: e.amount.minor, rule: e.rule }))

function settle(file, c) {
  const program = programOf(file, c)
  const commissionOf = (sale, earlier) => {
    const o = order(sale.order)
    const credits = sale.credits.map((credit, n) => ({ ...credit, touch: n, evidence: 'cookie' }))
    const decision = { order: o.id, at: o.at, credits, verdicts: [] }
    return earlier ? program.commissionAfter(o, decision, earlier) : program.commission(o, decision)
  }
  const earlier = c.earlier && []
  for (const before of c.earlier ?? []) {
    earlier.push(before.refunds.reduce((commission, refund) => program.refund(commission, refund), commissionOf(before, earlier)))
  }
  const sale = commissionOf(c, earlier)
  let commission = sale
  for (const { op, id, amount, line, of, expect } of c.refunds) {
    const calls = {
      refund: () => program.refund(commission, { id, amount, line }),
      reverse: () => program.reverse(commission, id),
      restore: () => program.restore(commission, of, id),
    }
    const got = outcome(() => {
      const next = calls[op]()
      const entries = rows(next.entries.slice(commission.entries.length))
      commission = next
      return { entries }
    })
    assert.deepEqual(got, expect)
  }
  const got = { entries: rows(sale.entries) }
  if (c.expect.grounds) {
    got.grounds = sale.grounds.map(({ line, role, recipient, rule, what, base, percent, amount }) => ({
      line, role, recipient, rule, what, base: base.minor, percent, minor: amount.minor,
    }))
  }
  if (c.expect.explain) got.explain = explainCommission(commission)
  return got
}

const event = ({ commission, ...value }) => ({
  ...value,
  at: time(value.at),
  ...(commission && { commission: { ...commission, at: time(commission.at) } }),
})

const ANSWERS = {
  balance: (program, ledger, { recipient, at }) =>
    ledger.balance(program, recipient, time(at)).map((b) => ({
      currency: b.earned.currency, earned: b.earned.minor, adjusted: b.adjusted.minor, pending: b.pending.minor,
      available: b.available.minor, paid_out: b.paidOut.minor,
    })),
  payout(program, ledger, { at }) {
    const { payouts, withheld } = ledger.payout(program, time(at))
    return {
      payouts: payouts.map(({ recipient, amount }) => ({ recipient, minor: amount.minor })),
      withheld: withheld.map(({ recipient, amount, why }) => ({ recipient, minor: amount.minor, why })),
    }
  },
  orders: (program, ledger, { at }) =>
    ledger.orders(program, time(at)).map(({ order, payment, state, shares }) => ({
      order, payment, state, shares: shares.map(({ role, recipient, amount, state }) => ({ role, recipient, minor: amount.minor, state })),
    })),
  entries: (_, ledger, { since }) =>
    ledger.entries(time(since)).map(({ event, kind, role, recipient, amount }) => ({ event, kind, role, recipient, minor: amount.minor })),
  statement: (_, ledger, { recipient, start, end }) =>
    ledger.statement(recipient, time(start), time(end)).map(({ opening, closing, entries }) => ({
      opening: opening.minor, closing: closing.minor, events: entries.map((e) => e.event),
    })),
  problems: (_, ledger) => ledger.problems().map(({ event, code }) => ({ event, code })),
  next_payout: (program, _, { at }) => +program.nextPayout(time(at)),
}

const place = (detail) => {
  const first = detail.split(': ')[0]
  return first.startsWith('/') && first !== detail ? first : ''
}
const told = (call) => {
  try {
    return call()
  } catch (error) {
    if (typeof error.code !== 'string') throw error
    return { error: error.code, place: place(error.message) }
  }
}
const minor = (amount) => amount?.minor ?? null
const at = (date) => (date == null ? null : +date)
const activity = (value) => ({ ...value, at: time(value.at) })
const standing = ({ affiliate, clicks, visitors, leads, sales, conversion, turnover }) => ({
  affiliate, clicks, visitors, leads, sales, conversion,
  turnover: turnover.map(({ revenue, refunds, commission, perClick }) => ({
    currency: revenue.currency, revenue: revenue.minor, refunds: refunds.minor, commission: commission.minor, per_click: minor(perClick),
  })),
})
const membership = ({ state, since, product }) => ({ state, since: +since, product })
const ledgerOf = (c) => {
  const ledger = new Ledger()
  for (const value of c.events) ledger.apply(event(value))
  return ledger
}

const DESK = {
  leaderboard: (program, c) =>
    told(() => {
      const { rows, total } = program.leaderboard(ledgerOf(c), c.activities.map(activity), rename(c.period))
      return { rows: rows.map(standing), total: standing(total) }
    }),
  profile(program, c) {
    const found = program.profile(ledgerOf(c), c.activities.map(activity), c.affiliate, time(c.at))
    return found && {
      affiliate: found.affiliate, states: found.partnership.map(membership), standing: standing(found.standing),
      links: found.links.map(({ last, ...link }) => ({ ...link, last: +last })),
      orders: found.orders.map(({ order, payment, state, shares }) => ({
        order, payment, state, shares: shares.map(({ role, amount, state }) => ({ role, minor: amount.minor, state })),
      })),
      balances: found.balances.map(({ available }) => ({ currency: available.currency, available: available.minor })),
    }
  },
  diagnose(program, c, file) {
    const { sale, touches, period, ...asked } = c.question
    const question = { ...asked, at: time(asked.at), sale: sale && order(sale), touches: touches.map(touch), period: rename(period) }
    const others = c.others.map((name) => programOf(file, { program: name }))
    return told(() =>
      program.diagnose(question, c.events && ledgerOf(c), others).map(({ code, affiliate, product, order, at: when, amount, reason, touch }) => ({
        code, affiliate, product, order, at: at(when), minor: minor(amount), reason, touch,
      })),
    )
  },
  moderate(program, c) {
    const steps = c.steps.map((step) =>
      told(() => {
        program = program.moderate({ ...step, since: time(step.since) })
        return null
      }),
    )
    const known = program.profile(new Ledger(), [], c.affiliate, new Date(0))
    const reason = (ask) => {
      const line = { id: '1', product: ask.product, gross: { minor: 100, currency: 'EUR' }, tax: { minor: 0, currency: 'EUR' } }
      const touches = [{ affiliate: c.affiliate, at: time(ask.at), evidence: 'manual' }]
      return program.attribute({ id: 'A-1', at: time(ask.at), lines: [line] }, touches).verdicts[0].reason
    }
    return { steps, states: known?.partnership.map(membership) ?? [], reasons: c.asks.map(reason) }
  },
}

const RUN = {
  desk: (file, c) => DESK[c.op](programOf(file, c), c, file),
  webhook: (file, c) =>
    told(() => {
      const program = programOf(file, c)
      const w = program.webhook(c.platform, c.secret, c.signature, Buffer.from(c.body), time(c.received))
      const { kind, id, test, order, payment, sale, affiliate, campaign, token } = w
      const commission = sale && program.commission(sale, program.attribute(sale, []))
      assert.equal(sentby.webhookTouch(w)?.affiliate ?? null, affiliate)
      return {
        kind, id, test, at: +w.at, order, payment, affiliate, campaign, token,
        sale: sale && {
          at: +sale.at, payment: sale.payment, country: sale.country, first_at: at(sale.firstAt),
          lines: sale.lines.map(({ gross, tax, shipping, discount, ...line }) => ({
            ...line, gross: gross.minor, tax: tax.minor, shipping: minor(shipping), discount: minor(discount),
          })),
        },
        refunds: w.refunds.map(({ id, line, amount }) => ({ id, line, minor: amount.minor })),
        affiliate_amount: w.affiliateAmount, notes: w.notes.map(place),
        events: sentby.webhookEvents(w, commission).map(({ id, kind, line, amount, of }) => ({ id, kind, line, minor: minor(amount), of })),
      }
    }),
  ledger(file, c) {
    const program = programOf(file, c)
    const ledger = new Ledger()
    const receipts = c.events.map((value) =>
      outcome(() => {
        const { outcome, problems } = ledger.apply(event(value))
        return { outcome, problems: problems.map((problem) => problem.code) }
      }),
    )
    assert.equal(ledger.verify(c.events.filter((_, n) => !receipts[n].error).map(event)), null)
    const answersOf = (ledger) => c.asks.map((ask) => ANSWERS[ask.ask](program, ledger, ask))
    const answers = answersOf(ledger)
    assert.deepEqual(answersOf(Ledger.restore(ledger.snapshot())), answers)
    return { receipts, answers }
  },
  token(file, c) {
    const keys = keysOf(file, c)
    const now = time(c.now)
    switch (c.op) {
      case 'open': {
        const o = keys.open(c.text, c.purpose, c.audience, now)
        return { ...ids(o.referral), issued_at: +o.issuedAt, expires_at: +o.expiresAt, key_id: o.keyId }
      }
      case 'peek': {
        const p = peek(c.text)
        return { ...ids(p.referral), purpose: p.purpose, key_id: p.keyId, issued_at: +p.issuedAt, lifetime_hours: p.lifetimeHours }
      }
      case 'seal': {
        const referral = { affiliate: c.affiliate, product: c.product, clickId: c.click_id }
        return { text: keys.seal(referral, c.purpose, c.audience, now, c.lifetime_hours) }
      }
      case 'short_code':
        return { text: keys.shortCode(c.click_id, c.audience, now) }
      case 'open_short_code':
        return { click_id: keys.openShortCode(c.text, c.audience, now) }
    }
  },
  cookie(file, c) {
    const keys = keysOf(file, c)
    const spec = rename(c.spec)
    if (c.op === 'read') {
      const reading = keys.readCookie(spec, c.header, time(c.now))
      const touches = reading.touches.map((t) => ({ affiliate: t.affiliate, at: +t.at, product: t.product, click_id: t.clickId }))
      return { touches, rejected: reading.rejected }
    }
    if (c.op === 'forget') return { set_cookie: keys.forgetCookie(spec, c.header, c.click_ids, time(c.now)) }
    const touches = c.touches.map((t) => ({ ...touch(t), evidence: 'parameter' }))
    return { set_cookie: keys.setCookie(spec, touches, c.consent, time(c.now)) }
  },
  decision(file, c) {
    const program = programOf(file, c)
    const o = order(c.order)
    const touches = c.touches.map(touch)
    const d = program.attribute(o, touches)
    return {
      credits: d.credits.map(({ affiliate, weight, touch }) => ({ affiliate, weight, touch })),
      verdicts: d.verdicts.map(({ reason, by }) => ({ reason, by })),
      flags: d.flags,
      conflicts: d.conflicts,
      version: d.version,
      fingerprint: program.fingerprint(o, touches, d),
      explain: sentby.explain(d),
      explain_de: sentby.explain(d, sentby.messages('de')),
    }
  },
  claim(_, c) {
    if (c.op === 'touch') {
      const t = sentby.claimTouch(sentby.claimFromJson(c.text), time(c.now))
      if (t === null) return null
      const { clickId, at, ...rest } = t
      return { ...rest, at: +at, click_id: clickId }
    }
    const stored = c.stored.map(({ key, text }) => ({ key, claim: sentby.claimFromJson(text) }))
    const { outcome, claim, detail } = sentby.receiveClaim(c.text, c.key, stored, time(c.now))
    // The code of a rejection, and its place if it has one.
    const [code, place] = (detail ?? '').split(': ')
    const why = outcome !== 'reject' ? null : place.startsWith('/') ? `${code}: ${place}` : code
    return { outcome, claim: claim === null ? null : sentby.claimToJson(claim), why }
  },
  tools(_, c) {
    if (c.op === 'lint') return Program.fromToml(c.text).lint().map(({ code, place }) => ({ code, place }))
    return Program.fromToml(c.old).diff(Program.fromToml(c.new))
  },
  settlement: settle,
  commission: settle,
  money: (_, c) =>
    c.op === 'parse' ? { minor: parseMoney(c.text, c.currency).minor } : { parts: allocate(c.total, c.weights) },
  link(file, c) {
    const program = programOf(file, c)
    if (c.op === 'link') return { url: program.link(rename(c.referral)) }
    if (c.op === 'decorate') return { url: program.decorate(c.url, rename(c.referral)) }
    if (c.op === 'carry') return { url: program.carry(c.url, c.carrier) }
    if (c.op === 'carried') return { carrier: program.carried(c.url) }
    if (c.op === 'advice') return { advice: program.lint().map(({ code, place }) => ({ code, place })) }
    const link = program.read(c.url)
    return link && { network: link.network, template: link.template, referral: plain(link.referral) }
  },
  identity(file, c) {
    return { identities: programOf(file, c).identity(keysOf(file, c), c.kind, c.value) }
  },
  network(_, c) {
    if (c.op === 'link') return { url: sentby.link(c.network, rename(c.referral)) }
    if (c.op === 'lint') return { findings: sentby.lint(c.url).map(({ code, start, end }) => ({ code, start, end })) }
    const reading = c.op === 'read' ? sentby.read(c.url) : sentby.readLenient(c.url)
    const second = reading.secondNetworks.map(({ network, referral }) => ({ network, referral: plain(referral) }))
    return { network: reading.network, referral: plain(reading.referral), second_networks: second, warnings: reading.warnings }
  },
  program(_, c) {
    try {
      c.form === 'toml' ? Program.fromToml(c.text) : Program.fromJson(c.text)
      return { error: null }
    } catch (error) {
      assert.ok(error.message.includes(c.expect.place), error.message)
      return { error: error.code, place: c.expect.place }
    }
  },
}

test('every vector file is run', () => {
  const found = readdirSync(VECTORS).filter((name) => name.endsWith('.json') && !['api.json', 'codes.json'].includes(name))
  assert.deepEqual(found.sort(), Object.keys(COUNTS).map((name) => `${name}.json`).sort())
})

/** What the module leaves to servers: the ledger, the desk, platforms and claims. */
const SERVERS = ['claim', 'desk', 'ledger', 'webhook']

for (const [name, count] of Object.entries(COUNTS).filter(([name]) => !isWasm || !SERVERS.includes(name))) {
  test(`${name} vectors`, async (t) => {
    const file = JSON.parse(readFileSync(new URL(`${name}.json`, VECTORS), 'utf8'))
    assert.deepEqual([file.cases.length, file.count], [count, count], 'number of cases')
    for (const c of file.cases) {
      await t.test(`${c.id}: ${c.about}`, () => assert.deepEqual(outcome(() => RUN[name](file, c)), c.expect))
    }
  })
}
