// The story over two applications in a real browser: the webinar on a phone, the shop on a PC, and the platform that refunds.
// Needs a chromium (CHROMIUM, default /usr/bin/chromium); screenshots go to SHOTS (default ./shots).
import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'
import { PLATFORM_SECRET } from '../shop.mjs'
import { start } from '../start.mjs'

const SHOTS = process.env.SHOTS ?? fileURLToPath(new URL('../shots/', import.meta.url))
const PHONE = {
  viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true,
  userAgent: 'Mozilla/5.0 (Linux; Android 16; Pixel 10) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Mobile Safari/537.36',
}
const PC = { viewport: { width: 1280, height: 900 } }
let both, browser
const errors = []

before(async () => {
  mkdirSync(SHOTS, { recursive: true })
  both = await start()
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  })
})

after(async () => {
  await browser?.close()
  await both?.stop()
})

async function open(profile, url) {
  const page = await (await browser.newContext(profile)).newPage()
  page.on('pageerror', (error) => errors.push(String(error)))
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()))
  page.on('response', (response) => response.status() >= 400 && errors.push(`${response.status()} ${response.url()}`))
  await page.goto(url)
  return page
}

const shot = async (page, name) => {
  const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
  assert.equal(over, 0, `${page.url()} scrolls sideways`)
  await page.screenshot({ path: `${SHOTS}/${name}.png`, fullPage: true })
}

const refund = (order, amount, id, at) => {
  const body = JSON.stringify({
    event_type: 'payment.refunded', payment_status: 'successed_refunded', transaction_type: 'refund', transaction_id: id, transaction_date: at,
    order_id: order, transaction_amount: amount, transaction_vat_amount: '0', transaction_currency: 'EUR', product_id: '521411d4',
  })
  const signature = createHmac('sha256', PLATFORM_SECRET).update(body).digest('base64')
  return fetch(`${both.shop}/hooks/copecart`, { method: 'POST', body, headers: { 'content-type': 'application/json', 'x-copecart-signature': signature } })
}

test('registered on the phone, bought on the PC at another address, refunded by the platform', async () => {
  const phone = await open(PHONE, `${both.webinar}/webinar/sales-masterclass?partner=anna`)
  await phone.getByRole('button', { name: 'No, thanks' }).click()
  await phone.goto(`${both.webinar}/webinar/sales-masterclass?partner=anna`)
  await phone.fill('[name=name]', 'Lena')
  await phone.fill('[name=email]', 'lena@example.com')
  await phone.locator('form#register button, form[action="/register"] button').click()
  await shot(phone, '1-phone-mail')
  const room = await phone.locator('a[href*="/room/"]').first().getAttribute('href')

  // On the PC, where an older link of Bob's at the shop left a cookie.
  const pc = await open(PC, `${both.shop}/checkout/521411d4?partner=bob`)
  await pc.getByRole('button', { name: 'Allow' }).click()
  await pc.goto(`${both.shop}/checkout/521411d4?partner=bob`)
  assert.ok((await pc.context().cookies()).some((cookie) => cookie.name === 'sentby_shop' && cookie.httpOnly))
  await pc.goto(new URL(room, both.webinar).href)
  await pc.click('#buy')
  assert.ok(pc.url().startsWith(both.shop), pc.url())
  await shot(pc, '2-pc-checkout')
  await pc.fill('[name=email]', 'lena@example.com')
  await pc.getByRole('button', { name: 'Pay' }).click()
  await pc.waitForURL('**/order/*')
  await shot(pc, '3-pc-decided')
  assert.equal(await pc.locator('#headline').textContent(), 'anna 100 %')
  const touches = await pc.locator('#touches li').allTextContents()
  assert.ok(touches.some((line) => line.startsWith('anna by token') && line.includes('credited')), touches.join('\n'))
  assert.ok(touches.some((line) => line.startsWith('bob by cookie') && line.includes('outranked')), touches.join('\n'))
  const id = pc.url().split('/').at(-1)
  const settled = await (await fetch(`${pc.url()}/json`)).json()
  const owed = (role) => settled.entries.filter((entry) => entry.role === role).reduce((sum, entry) => sum + entry.amount.minor, 0)
  assert.deepEqual([owed('tax'), owed('fee'), owed('affiliate'), owed('vendor')], [19000, 5931, 47034, 47035])

  // The platform refunds a part, tells it twice, then the rest.
  const told = new Date().toISOString()
  for (const [amount, transaction] of [['400.00', 'R-1'], ['400.00', 'R-1'], ['790.00', 'R-2']]) {
    const answer = await refund(id, amount, transaction, told)
    assert.equal(answer.status, 200, await answer.text())
  }
  await pc.reload()
  assert.equal(await pc.locator('#open').textContent(), 'Still settled: 0.00 €')
  await shot(pc, '4-pc-refunded')
  assert.equal(both.store.ledger.verify(await both.store.events()), null)

  // A coupon is the stronger sign; without anything the vendor keeps the rest.
  const other = await open(PHONE, `${both.shop}/checkout/521411d4`)
  await other.fill('[name=email]', 'max@example.com')
  await other.fill('[name=coupon]', 'bob5')
  await other.getByRole('button', { name: 'Pay' }).click()
  await other.waitForURL('**/order/*')
  assert.equal(await other.locator('#headline').textContent(), 'bob 100 %')
  await shot(other, '5-phone-coupon')
  await other.goto(`${both.shop}/`)
  await shot(other, '6-phone-shop')
  assert.deepEqual(errors, [])
})
