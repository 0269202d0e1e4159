// The adapters in the frameworks that they are for, over real HTTP: what a visitor sends is read, or honestly nobody; nothing ends the process.
import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { createServer, request as httpRequest } from 'node:http'
import { after, describe, test } from 'node:test'
import { serve } from '@hono/node-server'
import express from 'express'
import Fastify from 'fastify'
import { Hono } from 'hono'
import * as sentby from '../index.mjs'
import { sentby as forExpress } from '../express.mjs'
import { sentby as forFastify } from '../fastify.mjs'
import { sentby as forFetch } from '../fetch.mjs'

const { Keys, Program, parseMoney } = sentby
const express4 = createRequire(import.meta.url)('express4')

const SECRET = 'the secret of the platform'
const SITE = 'webinarhaus.example'
const NOW = new Date('2026-03-03T18:00:00Z')
const program = Program.fromToml(readFileSync(new URL('../../core/vectors/programs/story.toml', import.meta.url), 'utf8'))
const keys = new Keys([{ id: 1, secret: Buffer.from('32 random bytes from your vault.') }])

const orderOf = (coupon) => ({
  id: 'A-1',
  at: NOW,
  lines: [{ id: '1', product: '521411d4', gross: parseMoney('1190.00', 'EUR'), tax: parseMoney('190.00', 'EUR') }],
  coupons: coupon ? [coupon] : [],
})

const options = (cookieOf, seen) => ({
  program,
  keys,
  site: SITE,
  origin: `https://${SITE}`,
  cookie: { name: 'sentby_test', secure: false },
  now: () => NOW,
  consent: (request) => ({ granted: true, denied: false })[/consent=(\w+)/.exec(cookieOf(request) ?? '')?.[1]] ?? null,
  onProblem: (problem) => seen.push(problem.code),
})

/** What a page tells of a visit, for the tests. */
const told = ({ link, touches, latest, carrier, consent, problems }) => ({ link: link?.template ?? null, touches, latest, carrier, consent, problems })
const decided = ({ decision, problems }) => ({ credits: decision.credits, problems })

const listening = (server) => new Promise((resolve) => server.on('listening', () => resolve(`http://127.0.0.1:${server.address().port}`)))

const servers = {
  async express(seen, booked, framework = express) {
    const app = framework()
    const tracker = forExpress(options((request) => request.headers.cookie, seen))
    app.post('/hooks/copecart', tracker.webhook('copecart', SECRET, (webhook) => void booked.push(webhook)))
    app.use(tracker)
    app.get('/webinar/:campaign', (request, response) => void response.json(told(request.sentby)))
    app.get('/buy', (request, response) => void response.send(tracker.decorate('https://shop.example/checkout?product=1#pay', request.sentby)))
    app.post('/order', framework.urlencoded({ extended: true }), (request, response) => {
      response.json(decided(tracker.attribute(request.sentby, orderOf(request.body.coupon), { carrier: request.body.xa })))
    })
    const server = app.listen(0, '127.0.0.1')
    return { base: await listening(server), close: () => server.close() }
  },
  express4(seen, booked) {
    return servers.express(seen, booked, express4)
  },
  async fastify(seen, booked) {
    const app = Fastify()
    await app.register(forFastify, options((request) => request.headers.cookie, seen))
    await app.register(app.sentby.webhook('/hooks/copecart', 'copecart', SECRET, (webhook) => void booked.push(webhook)))
    app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) => done(null, new URLSearchParams(body)))
    app.get('/webinar/:campaign', (request) => told(request.sentby))
    app.get('/buy', (request) => app.sentby.decorate('https://shop.example/checkout?product=1#pay', request.sentby))
    app.post('/order', (request) => {
      const xa = request.body.getAll('xa')
      return decided(app.sentby.attribute(request.sentby, orderOf(request.body.get('coupon')), { carrier: xa.length > 1 ? xa : xa[0] }))
    })
    const base = await app.listen({ port: 0, host: '127.0.0.1' })
    return { base, close: () => app.close() }
  },
  async hono(seen, booked) {
    const app = new Hono()
    const tracker = forFetch(options((request) => request.headers.get('cookie'), seen))
    app.get('/webinar/:campaign', (c) => tracker.handle(c.req.raw, (visit) => c.json(told(visit))))
    app.get('/buy', (c) => tracker.handle(c.req.raw, (visit) => c.text(tracker.decorate('https://shop.example/checkout?product=1#pay', visit))))
    app.post('/order', async (c) => {
      const { xa, coupon } = await c.req.parseBody({ all: true })
      return c.json(decided(tracker.attribute(tracker.visit(c.req.raw), orderOf(coupon), { carrier: xa })))
    })
    app.post('/hooks/copecart', (c) => tracker.webhook(c.req.raw, 'copecart', SECRET, (webhook) => void booked.push(webhook)))
    const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' })
    return { base: await listening(server), close: () => server.close() }
  },
}

const get = async (url, headers = {}) => {
  const response = await fetch(url, { headers })
  assert.equal(response.status, 200, url)
  return { ...(await response.json()), cookie: response.headers.getSetCookie(), caching: response.headers.get('cache-control') }
}

const hook = (more = {}) =>
  JSON.stringify({
    event_type: 'payment.made', payment_status: 'paid', transaction_type: 'sale', transaction_id: 'T-1', transaction_date: '2026-03-03T18:00:00Z',
    order_id: 'A-1', transaction_amount: '1190.00', transaction_vat_amount: '190.00', transaction_currency: 'EUR', product_id: '521411d4', affiliate: 'anna', ...more,
  })
const signed = (body) => ({ 'x-copecart-signature': createHmac('sha256', SECRET).update(body).digest('base64'), 'content-type': 'application/json' })

for (const [name, start] of Object.entries(servers)) {
  describe(name, async () => {
    const seen = []
    const booked = []
    const { base, close } = await start(seen, booked)
    after(close)
    const landing = `${base}/webinar/masterclass?partner=anna&click=00c0ffee00c0ffee`

    test('a landing with consent leaves a touch, a carrier and a cookie; the next visit reads it', async () => {
      const first = await get(landing, { cookie: 'consent=granted' })
      assert.equal(first.consent, 'granted')
      assert.deepEqual(first.latest, { affiliate: 'anna', at: NOW.toISOString(), evidence: 'parameter', product: null, campaign: 'masterclass', clickId: '00c0ffee00c0ffee', consent: 'granted', navigated: true })
      assert.match(first.cookie.join(), /^sentby_test=[0-9a-z]+;.*HttpOnly/)
      assert.equal(first.caching, 'private')
      assert.equal(keys.open(first.carrier, 'link', SITE, NOW).referral.affiliate, 'anna')
      const again = await get(`${base}/webinar/masterclass`, { cookie: `theme=dark; consent=granted; ${first.cookie[0].split(';')[0]}` })
      assert.equal(again.latest.affiliate, 'anna')
      assert.equal(again.latest.evidence, 'cookie')
      assert.deepEqual(again.cookie, [], 'nothing new, nothing set')
      assert.equal(keys.open(again.carrier, 'link', SITE, NOW).referral.affiliate, 'anna')
      const token = await get(`${base}/webinar/masterclass?xa=${first.carrier}`)
      assert.equal(token.latest.evidence, 'token')
      assert.equal(token.carrier, first.carrier)
    })

    test('without an answer, with a refusal and under GPC: the carrier names affiliate and product alone, and no cookie is set', async () => {
      for (const [headers, consent] of [[{}, 'unknown'], [{ cookie: 'consent=denied' }, 'denied'], [{ cookie: 'consent=granted', 'sec-gpc': '1' }, 'gpc']]) {
        const visit = await get(landing, headers)
        assert.equal(visit.consent, consent)
        assert.deepEqual(visit.cookie, [])
        assert.equal(keys.open(visit.carrier, 'link', SITE, NOW).referral.clickId, null)
        assert.equal(visit.latest.clickId, null)
      }
    })

    test('frames, images and what a browser loads ahead are no visits', async () => {
      for (const headers of [{ 'sec-fetch-dest': 'iframe' }, { 'sec-fetch-dest': 'image' }, { 'sec-fetch-dest': 'document', 'sec-purpose': 'prefetch;prerender' }, { purpose: 'prefetch' }]) {
        const visit = await get(landing, { cookie: 'consent=granted', ...headers })
        assert.equal(visit.latest.navigated, false)
        assert.deepEqual(visit.cookie, [])
      }
      assert.equal((await get(landing, { 'sec-fetch-dest': 'document' })).latest.navigated, true)
    })

    test('whatever else comes in is nobody, with a code', async () => {
      const expired = keys.seal({ affiliate: 'anna' }, 'link', SITE, new Date('2020-01-01T00:00:00Z'))
      const foreign = keys.seal({ affiliate: 'anna' }, 'link', 'other.example', NOW)
      const cases = [
        ['?xa=hello', 'token_length'], [`?xa=${expired}`, 'token_expired'], [`?xa=${foreign}`, 'token_forged'], [`?xa=${keys.seal({ affiliate: 'anna' }, 'profile', SITE, NOW)}`, 'token_purpose'], ['?xa=%FF%FE', 'token_length'],
        ['?xa=' + 'a'.repeat(8000), 'token_length'], ['?partner=%0d%0aset-cookie:%20evil=1', null], ['?__proto__=x&constructor=y&xa=__proto__', 'token_length'],
        ['?xa[]=a&xa[b]=c', null], ['?partner=' + 'x'.repeat(300), null], ['?xa=', null],
      ]
      for (const [query, code] of cases) {
        const visit = await get(`${base}/webinar/masterclass${query}`, { cookie: 'consent=granted' })
        assert.equal(visit.latest, null, query)
        assert.deepEqual(visit.cookie, [], query)
        if (code !== null) assert.deepEqual(visit.problems.map((problem) => problem.code), [code], query)
      }
      assert.ok(seen.includes('token_expired'), 'the host hears of it')
      assert.equal({}.x, undefined)
      const cookies = ['sentby_test=', 'sentby_test=xyz', 'sentby_test=' + 'a'.repeat(6000), 'sentby_test=%00; sentby_test=é', '; = ;;sentby_test', 'sentby_test']
      for (const cookie of cookies) {
        const visit = await get(`${base}/webinar/masterclass`, { cookie: `consent=granted; ${cookie}` })
        assert.equal(visit.latest, null, cookie)
      }
      const twice = keys.seal({ affiliate: 'anna' }, 'link', SITE, NOW)
      const visit = await get(`${base}/webinar/masterclass?xa=hello&xa=${twice}`)
      assert.ok(visit.latest === null || visit.latest.affiliate === 'anna', 'one of the two, and no crash')
    })

    test('the purchase link carries the visit, and everything else in it stays', async () => {
      const { carrier } = await get(landing)
      const text = await (await fetch(`${base}/buy?xa=${carrier}`)).text()
      assert.equal(text, `https://shop.example/checkout?product=1&xa=${carrier}#pay`)
      assert.equal(await (await fetch(`${base}/buy`)).text(), 'https://shop.example/checkout?product=1#pay')
    })

    test('the order is decided over the form, the cookie and the coupon', async () => {
      const order = async (form, headers = {}) => {
        const response = await fetch(`${base}/order`, { method: 'POST', body: new URLSearchParams(form), headers })
        assert.equal(response.status, 200, JSON.stringify(form))
        return response.json()
      }
      const token = keys.seal({ affiliate: 'anna' }, 'mail', SITE, new Date('2026-03-01T09:00:00Z'))
      const bob = { affiliate: 'bob', at: new Date('2026-02-20T12:00:00Z'), evidence: 'cookie' }
      const [cookie] = keys.setCookie({ site: SITE, name: 'sentby_test', secure: false }, [bob], 'granted', bob.at).split(';')
      const credited = (answer) => answer.credits.map((credit) => `${credit.affiliate} ${credit.evidence}`)
      assert.deepEqual(credited(await order({ xa: token }, { cookie: `consent=granted; ${cookie}` })), ['anna token'])
      assert.deepEqual(credited(await order({}, { cookie: `consent=granted; ${cookie}` })), ['bob cookie'])
      assert.deepEqual(credited(await order({ coupon: 'anna10' }, { cookie })), ['anna coupon'])
      assert.deepEqual(credited(await order({ coupon: 'NOBODY' })), [])
      const bad = await order({ xa: 'hello' })
      assert.deepEqual(bad.problems.map((problem) => problem.code), ['token_length'])
      assert.deepEqual(bad.credits, [])
      const many = await order([['xa', token], ['xa', token]])
      assert.deepEqual([many.credits, many.problems.map((problem) => problem.code)], [[], ['type_invalid']])
    })

    test('a webhook is verified over its raw body, and booked', async () => {
      const post = (body, headers) => fetch(`${base}/hooks/copecart`, { method: 'POST', body, headers })
      const body = hook({ note: '\u00e4 \u{1F600}', ['__proto__']: { polluted: true } }) + ' '
      assert.equal((await post(body, signed(body))).status, 200)
      assert.equal(booked.at(-1).id, 'copecart/T-1/payment')
      assert.ok(Object.hasOwn(booked.at(-1).fields, '__proto__'), 'a field of any name is kept')
      assert.equal(Object.getPrototypeOf(booked.at(-1).fields), Object.prototype)
      assert.equal({}.polluted, undefined)
      const count = booked.length
      const changed = await post(body.replace('1190.00', '9190.00'), signed(body))
      assert.deepEqual([changed.status, (await changed.text()).includes('signature')], [401, true])
      assert.equal((await post(body, { 'content-type': 'application/json' })).status, 401)
      for (const [text, status] of [['{"event_type":', 400], ['[]', 400], ['', 400]]) assert.equal((await post(text, signed(text))).status, status, text)
      const long = hook({ note: 'x'.repeat(2 << 20) })
      assert.equal((await post(long, signed(long))).status, 413)
      assert.equal(booked.length, count, 'nothing of that was booked')
    })
  })
}

test('what a host gets wrong is told when the server starts', () => {
  const right = { program, keys, site: SITE }
  for (const [wrong, place] of [
    [{ program: null }, '/program'], [{ keys: {} }, '/keys'], [{ site: '' }, '/site'], [{ site: undefined }, '/site'], [{ now: 5 }, '/now'],
    [{ origin: 'shop.example' }, '/origin'], [{ origin: 'https://shop.example/path' }, '/origin'], [{ consent: true }, '/consent'],
  ]) {
    assert.throws(() => forFetch({ ...right, ...wrong }), (error) => error.code === 'type_invalid' && error.message.startsWith(place), JSON.stringify(wrong))
  }
  assert.throws(() => forFetch({ ...right, cookie: { name: 'a b' } }), (error) => typeof error.code === 'string')
  assert.throws(() => forExpress(), (error) => error.code === 'type_invalid')
})

test("a host's own functions that throw make the visit nobody's, and no error", () => {
  const throws = () => {
    throw new Error('the database is away')
  }
  const token = keys.seal({ affiliate: 'anna' }, 'link', SITE, NOW)
  const url = `https://${SITE}/webinar/masterclass?partner=anna&xa=${token}`
  const heard = []
  const base = { program, keys, site: SITE, now: () => NOW, onProblem: (problem) => heard.push(problem.code) }
  const one = forFetch({ ...base, consent: throws }).visit(new Request(url))
  assert.deepEqual([one.consent, one.latest.affiliate, one.setCookie], ['unknown', 'anna', null])
  assert.equal(forFetch({ ...base, program: throws }).visit(new Request(url)).latest, null)
  assert.equal(forFetch({ ...base, audience: throws }).visit(new Request(url)).latest.evidence, 'parameter')
  assert.equal(forFetch({ ...base, now: () => new Date(NaN) }).visit(new Request(url)).latest, null)
  assert.ok(heard.includes('host_error'))
})

test('a megabyte of cookies is read in time', () => {
  const [own] = keys.setCookie({ site: SITE }, [{ affiliate: 'anna', at: NOW, evidence: 'cookie' }], 'granted', NOW).split(';')
  const header = `${'theme=dark; '.repeat(87_000)}${own}`
  const start = performance.now()
  const visit = forFetch({ program, keys, site: SITE, now: () => NOW, consent: () => true }).visit(new Request(`https://${SITE}/`, { headers: { cookie: header } }))
  assert.equal(visit.latest.affiliate, 'anna')
  assert.ok(performance.now() - start < 5000)
})

test('behind a proxy the origin is what the host says, whatever the headers say', async () => {
  const seen = {}
  const tracker = forExpress({ program, keys, site: SITE, now: () => NOW, origin: `https://${SITE}` })
  const server = createServer((request, response) => {
    Object.assign(request, { originalUrl: request.url, protocol: 'http' })
    tracker(request, response, () => response.end(JSON.stringify({ affiliate: request.sentby.latest?.affiliate ?? null })))
  }).listen(0, '127.0.0.1')
  const base = await listening(server)
  const ask = (headers) =>
    new Promise((resolve) => {
      httpRequest(`${base}/webinar/m?partner=anna`, { headers }, (response) => {
        let text = ''
        response.on('data', (part) => (text += part)).on('end', () => resolve(JSON.parse(text)))
      }).end()
    })
  assert.equal((await ask({ host: 'evil.example', 'x-forwarded-host': 'worse.example' })).affiliate, 'anna')
  assert.equal((await ask({ host: '\u00e4[:::' })).affiliate, 'anna')
  server.close()
  assert.deepEqual(seen, {})
})

test('what the adapters do in JavaScript is what the package does', () => {
  const { within, referralWithin } = createRequire(import.meta.url)('../web.cjs')
  const some = (list) => list.flatMap((value) => [value, null])
  for (const consent of ['granted', 'denied', 'unknown', 'gpc']) {
    for (const clickId of some(['00c0ffee00c0ffee'])) {
      for (const own of ['granted', 'denied', 'unknown', 'gpc']) {
        const touch = { affiliate: 'anna', at: NOW, evidence: 'token', product: null, campaign: 'c', clickId, coupon: null, consent: own, navigated: true, signed: true }
        assert.deepEqual(within(touch, consent), sentby.touchWithin(touch, consent))
      }
      const referral = { affiliate: 'anna', product: 'p', campaign: null, clickId, subIds: { sub1: 'x' }, destination: 'https://a.example/' }
      assert.deepEqual(referralWithin(referral, consent), sentby.referralWithin(referral, consent))
    }
  }
})

test('a response of any kind keeps what it is', async () => {
  const tracker = forFetch({ program, keys, site: SITE, now: () => NOW, consent: () => true })
  const visit = tracker.visit(new Request(`https://${SITE}/webinar/masterclass?partner=anna`))
  assert.notEqual(visit.setCookie, null)
  for (const [response, status] of [[Response.redirect('https://a.example/', 303), 303], [new Response(null, { status: 204 }), 204], [new Response(null, { status: 304 }), 304], [Response.error(), 0]]) {
    const kept = tracker.keep(response, visit)
    assert.equal(kept.status, status)
    if (status > 0) assert.equal(kept.headers.getSetCookie().length, 1)
  }
  const own = tracker.keep(new Response('x', { headers: { 'cache-control': 'no-store', 'set-cookie': 'a=1' } }), visit)
  assert.deepEqual([own.headers.get('cache-control'), own.headers.getSetCookie().length], ['no-store', 2])
})

test('a body that a parser took, or a sender who leaves, is told', async () => {
  const app = express()
  const tracker = forExpress({ program, keys, site: SITE })
  app.use(express.json())
  app.post('/hook', tracker.webhook('copecart', SECRET, () => assert.fail('nothing to book')))
  const server = app.listen(0, '127.0.0.1')
  const base = await listening(server)
  const answer = await fetch(`${base}/hook`, { method: 'POST', body: hook(), headers: signed(hook()) })
  assert.equal(answer.status, 400)
  assert.match(await answer.text(), /raw bytes/)
  const leaving = httpRequest(`${base}/hook`, { method: 'POST', headers: { 'content-type': 'text/plain', 'content-length': '1000' } })
  leaving.on('error', () => {})
  leaving.write('half')
  await new Promise((resolve) => setTimeout(resolve, 50))
  leaving.destroy()
  await new Promise((resolve) => setTimeout(resolve, 50))
  assert.equal((await fetch(`${base}/hook`, { method: 'POST', body: hook(), headers: signed(hook()) })).status, 400, 'it still answers')
  server.close()
})
