// A shop: its checkout takes the buyer whom a webinar sends, decides who is owed for them, and hears of refunds by webhook.
//
// `node shop.mjs [--port N]`; SENTBY_ROOT_KEY (64 hexadecimal digits) is the key that the webinar signs with, DATABASE a PostgreSQL URL or a file.
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import Fastify from 'fastify'
import { Keys, Program, parseMoney, webhookEvents } from 'sentby'
import { sentby } from 'sentby/fastify'
import { openStore } from './store.mjs'
import { ICON, STYLE, checkout, failed, front, order } from './pages.mjs'

const SITE = 'webinarhaus.example'
/** The secret shared with the platform. A real one comes from a vault. */
export const PLATFORM_SECRET = 'the secret of this example'
const PRODUCT = '521411d4'
const PRICE = parseMoney('1190.00', 'EUR')
const TAX = parseMoney('190.00', 'EUR')

const said = (request) => /(?:^|; )consent=(granted|denied)/.exec(request.headers.cookie ?? '')?.[1] ?? null
const ofAttendee = (attendee) => (attendee ? `${SITE}/${attendee}` : SITE)

/** The shop, ready to listen. */
export async function makeShop({ database, rootKey = randomBytes(32), now = () => new Date(), log = false } = {}) {
  const store = await openStore(database)
  const app = Fastify({ logger: log, bodyLimit: 1 << 16 })
  // Browsers accept `__Host-` cookies over TLS only; this example speaks plain HTTP on the loopback address.
  await app.register(sentby, {
    program: Program.fromToml(readFileSync(new URL('program.toml', import.meta.url), 'utf8')),
    keys: new Keys([{ id: 1, secret: rootKey }]),
    site: SITE,
    origin: 'http://127.0.0.1',
    cookie: { name: 'sentby_shop', secure: false },
    consent: (request) => ({ granted: true, denied: false })[said(request)] ?? null,
    // The webinar seals its purchase links for one attendee each.
    audience: (url) => ofAttendee(new URL(url).searchParams.get('attendee')),
    now,
  })
  app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) => done(null, new URLSearchParams(body)))
  app.addHook('onSend', async (_request, reply) => {
    reply.header('content-security-policy', "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
    reply.header('x-content-type-options', 'nosniff').header('referrer-policy', 'same-origin')
  })
  app.addHook('onClose', () => store.close())
  const page = (reply, text) => reply.type('text/html; charset=utf-8').send(text)
  app.setErrorHandler((error, request, reply) => {
    // What sentby refuses has a code and a place; anything else is the shop's own fault.
    const status = error.statusCode ?? (typeof error.code === 'string' && /^[a-z_]+$/.test(error.code) ? 400 : 500)
    if (status === 500) request.log.error(error)
    reply.code(status)
    return page(reply, failed(status === 500 ? 'Something went wrong' : 'That cannot be', status === 500 ? 'It is not your fault.' : error.message))
  })
  app.setNotFoundHandler((_request, reply) => page(reply.code(404), failed('No such page', 'There is nothing here.')))

  app.get('/style.css', (_request, reply) => reply.type('text/css').send(STYLE))
  app.get('/icon.svg', (_request, reply) => reply.type('image/svg+xml').send(ICON))
  app.get('/', async (request, reply) => page(reply, front(await store.orders(), said(request) === null)))

  app.post('/consent', (request, reply) => {
    const granted = request.body?.get('answer') === 'granted'
    reply.header('set-cookie', `consent=${granted ? 'granted; Max-Age=34560000' : 'denied'}; Path=/; SameSite=Lax`)
    const back = URL.canParse(request.headers.referer ?? '') ? new URL(request.headers.referer) : { pathname: '/', search: '' }
    return reply.redirect(back.pathname.replace(/^\/+/, '/') + back.search, 303)
  })

  const form = (request, more) => ({
    product: 'Sales masterclass, the whole course',
    price: PRICE,
    tax: TAX,
    parameter: app.sentby.program.parameter,
    asks: said(request) === null,
    ...more,
  })

  app.get('/checkout/:product', (request, reply) => {
    if (request.params.product !== PRODUCT) return reply.callNotFound()
    const { attendee = '', [app.sentby.program.parameter]: carrier } = request.query
    // The token as it came, which is the attendee's; else what the link or the cookie say.
    const own = typeof carrier === 'string' ? carrier : request.sentby.carrier
    return page(reply, checkout(form(request, { attendee: typeof attendee === 'string' ? attendee.slice(0, 64) : '', carrier: own ?? '' })))
  })

  app.post('/checkout/:product', async (request, reply) => {
    if (request.params.product !== PRODUCT) return reply.callNotFound()
    const field = (name, most) => (request.body?.get(name) ?? '').trim().slice(0, most)
    const [email, coupon, attendee] = [field('email', 200), field('coupon', 64), field('attendee', 64)]
    const carrier = field(app.sentby.program.parameter, 200)
    if (!/^[^@\s]+@[^@\s]+$/.test(email)) {
      return page(reply.code(400), checkout(form(request, { attendee, carrier, email, coupon, problem: 'Please give an e-mail address: the course is sent there.' })))
    }
    const id = await store.place(email, (id) => {
      const order = { id, at: now(), lines: [{ id: '1', product: PRODUCT, gross: PRICE, tax: TAX }], coupons: coupon === '' ? [] : [coupon] }
      const attribution = app.sentby.attribute(request.sentby, order, { carrier, audience: ofAttendee(attendee) })
      return { attribution: { order, ...attribution }, events: [{ id: `${id}-paid`, at: order.at, kind: 'payment', commission: attribution.commission }] }
    })
    return reply.redirect(`/order/${id}`, 303)
  })

  const found = async (request, reply) => (await store.order(request.params.id)) ?? reply.callNotFound()
  const statusOf = (id) => store.ledger.orders(app.sentby.program, now()).find((status) => status.order === id)?.state ?? 'unknown'
  app.get('/order/:id', async (request, reply) => {
    const sale = await found(request, reply)
    return sale.id ? page(reply, order(sale, store.ledger.entriesOf(sale.id), statusOf(sale.id))) : reply
  })
  app.get('/order/:id/json', async (request, reply) => {
    const sale = await found(request, reply)
    return sale.id ? { ...sale, entries: store.ledger.entriesOf(sale.id), status: statusOf(sale.id) } : reply
  })

  // The platform that moves the money tells of refunds and chargebacks. Told twice, booked once.
  await app.register(app.sentby.webhook('/hooks/copecart', 'copecart', PLATFORM_SECRET, (webhook) => (webhook.sale ? undefined : store.record(webhookEvents(webhook)))))
  return { app, store }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const place = process.argv.indexOf('--port')
  const port = place < 0 ? 8788 : Number(process.argv[place + 1])
  const { SENTBY_ROOT_KEY: key, DATABASE: database } = process.env
  if (key !== undefined && !/^[0-9a-f]{64}$/i.test(key)) throw new Error('SENTBY_ROOT_KEY is not 64 hexadecimal digits')
  if (!Number.isInteger(port)) throw new Error('--port needs a number')
  const { app } = await makeShop({ database, rootKey: key && Buffer.from(key, 'hex') })
  const base = await app.listen({ port, host: '127.0.0.1' })
  console.log(`The shop is at ${base}/ (Ctrl-C ends)`)
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => app.close())
}
