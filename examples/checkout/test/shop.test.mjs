// The shop over HTTP: what a browser would not send, webhooks that are none, a restart, a bounded load; and the same on PostgreSQL where one is there.
import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { load } from '../load.mjs'
import { PLATFORM_SECRET, makeShop } from '../shop.mjs'

const rootKey = Buffer.from('32 random bytes from your vault.')

async function running(options) {
  const { app, store } = await makeShop({ rootKey, ...options })
  const base = await app.listen({ port: 0, host: '127.0.0.1' })
  const buy = (form, headers = {}) => fetch(`${base}/checkout/521411d4`, { method: 'POST', body: new URLSearchParams(form), headers, redirect: 'manual' })
  const bought = async (form) => {
    const response = await buy(form)
    assert.equal(response.status, 303, await response.text())
    return (await fetch(`${base}${response.headers.get('location')}/json`)).json()
  }
  return { app, store, base, buy, bought }
}

const hook = (base, body) => {
  const signature = createHmac('sha256', PLATFORM_SECRET).update(body).digest('hex')
  return fetch(`${base}/hooks/copecart`, { method: 'POST', body, headers: { 'content-type': 'application/json', 'x-copecart-signature': signature } })
}

const refund = (order, amount, id) =>
  JSON.stringify({
    event_type: 'payment.refunded', payment_status: 'successed_refunded', transaction_type: 'refund', transaction_id: id, transaction_date: '2030-01-01T00:00:00Z',
    order_id: order, transaction_amount: amount, transaction_vat_amount: '0', transaction_currency: 'EUR', product_id: '521411d4',
  })

test('whatever a form holds, an order is an order, and text stays text', async () => {
  const { app, base, buy, bought } = await running()
  const affiliates = (sale) => sale.decision.credits.map((credit) => credit.affiliate)
  assert.deepEqual(affiliates(await bought({ email: 'a@b.example', coupon: 'anna10' })), ['anna'])
  for (const form of [
    { email: 'a@b.example', xa: 'hello' }, { email: 'a@b.example', coupon: "'; DROP TABLE orders; --" }, { email: 'a@b.example', xa: 'x'.repeat(5000), attendee: '../..' },
    [['email', 'a@b.example'], ['xa', 'a'], ['xa', 'b'], ['__proto__', 'x'], ['constructor', 'y']],
  ]) assert.deepEqual(affiliates(await bought(form)), [])
  const shown = await buy({ email: '"><script>alert(1)</script>', coupon: '<b>' })
  assert.equal(shown.status, 400)
  const text = await shown.text()
  assert.ok(!text.includes('<script>') && !text.includes('"<b>'), text)
  assert.equal((await buy({})).status, 400)
  assert.equal((await fetch(`${base}/checkout/521411d4`, { method: 'POST' })).status, 400)
  assert.equal((await fetch(`${base}/checkout/521411d4`, { method: 'POST', body: 'x'.repeat(100_000), headers: { 'content-type': 'application/x-www-form-urlencoded' } })).status, 413)
  for (const path of ['/order/S-9999', '/order/%00', '/checkout/other', '/nowhere', '/order/S-9999/json']) assert.equal((await fetch(base + path)).status, 404, path)
  assert.equal((await fetch(`${base}/checkout/521411d4?xa=a&xa=b&attendee=a&attendee=b`)).status, 200)
  const page = await fetch(`${base}/`)
  assert.match(page.headers.get('content-security-policy'), /default-src 'none'/)
  const back = await fetch(`${base}/consent`, { method: 'POST', body: new URLSearchParams({ answer: 'granted' }), headers: { referer: 'https://evil.example//evil.example/x' }, redirect: 'manual' })
  assert.equal(back.headers.get('location'), '/evil.example/x', 'never to another host')
  assert.equal({}.x, undefined)
  await app.close()
})

test('refunds: told twice, booked once; too much, forged, of nobody', async () => {
  const { app, store, base, bought } = await running()
  const { id } = await bought({ email: 'a@b.example', coupon: 'ANNA10' })
  const open = () => store.ledger.entriesOf(id).reduce((sum, entry) => sum + entry.amount.minor, 0)
  assert.equal(open(), 119000)
  for (let n = 0; n < 3; n++) assert.equal((await hook(base, refund(id, '400.00', 'R-1'))).status, 200)
  assert.equal(open(), 79000)
  assert.equal((await hook(base, refund(id, '500.00', 'R-1'))).status, 400, 'the same id with another amount')
  assert.equal((await fetch(`${base}/hooks/copecart`, { method: 'POST', body: refund(id, '1.00', 'R-9') })).status, 401)
  assert.equal((await hook(base, refund('S-7777', '5.00', 'R-3'))).status, 200, 'it may come before its order')
  assert.equal(open(), 79000)
  assert.equal((await hook(base, refund(id, '9000.00', 'R-4'))).status, 200)
  assert.equal(open(), 0, 'never more than there was')
  assert.equal(store.ledger.verify(await store.events()), null)
  await app.close()
})

async function restart(database) {
  const first = await running({ database })
  const { id } = await first.bought({ email: 'a@b.example', coupon: 'BOB5' })
  await hook(first.base, refund(id, '100.00', 'R-1'))
  const before = first.store.ledger.snapshot()
  await first.app.close()
  const second = await running({ database })
  assert.deepEqual(second.store.ledger.snapshot(), before)
  assert.equal((await (await fetch(`${second.base}/order/${id}/json`)).json()).decision.credits[0].affiliate, 'bob')
  const next = await second.bought({ email: 'c@d.example' })
  assert.notEqual(next.id, id)
  await second.app.close()
}

test('a restart finds everything in the file', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sentby-shop-'))
  await restart(join(folder, 'shop.sqlite'))
  rmSync(folder, { recursive: true })
})

test('the same on PostgreSQL', { skip: process.env.TEST_POSTGRES ? false : 'TEST_POSTGRES names no database' }, async () => {
  const { default: pg } = await import('pg')
  const client = new pg.Client({ connectionString: process.env.TEST_POSTGRES })
  await client.connect()
  await client.query('DROP TABLE IF EXISTS orders, events')
  await client.end()
  await restart(process.env.TEST_POSTGRES)
})

test('a bounded load: every order has its number, its decision and its cents', async () => {
  const { difference, size, anna, vendor } = await load({ orders: 200, atATime: 16 })
  assert.equal(difference, null)
  assert.equal(size, 200)
  // 1190.00 of which 190.00 is tax and 59.31 the fee: half of the rest is Anna's where her link led.
  assert.equal(anna, 100 * 47034)
  assert.equal(vendor, 100 * 47035 + 100 * (47034 + 47035))
})
