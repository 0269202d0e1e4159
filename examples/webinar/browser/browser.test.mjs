// The story in a real browser: a phone and a PC that share nothing but what the links carry.
// Needs a chromium (CHROMIUM, default /usr/bin/chromium); screenshots go to SHOTS (default ./shots).
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))
const SHOTS = process.env.SHOTS ?? fileURLToPath(new URL('shots/', import.meta.url))
const PHONE = {
  viewport: { width: 390, height: 844 },
  deviceScaleFactor: 2,
  isMobile: true,
  hasTouch: true,
  userAgent: 'Mozilla/5.0 (Linux; Android 16; Pixel 10) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Mobile Safari/537.36',
}
const PC = { viewport: { width: 1280, height: 900 } }

let server, base, browser

before(async () => {
  mkdirSync(SHOTS, { recursive: true })
  server = spawn('cargo', ['run', '--release', '--quiet', '-p', 'webinar', '--', '--port', '0'], { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'] })
  base = await new Promise((resolve, reject) => {
    let text = ''
    server.stdout.on('data', (chunk) => {
      text += chunk
      const found = /The pages are at (http:\/\/\S+?)\/ /.exec(text)
      if (found) resolve(found[1])
    })
    server.on('exit', (code) => reject(new Error(`the server ended with ${code}\n${text}`)))
  })
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  })
})

after(async () => {
  await browser?.close()
  server?.kill('SIGINT')
})

async function visit(context, url, errors) {
  const page = await context.newPage()
  page.on('pageerror', (error) => errors.push(String(error)))
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()))
  page.on('response', (response) => response.status() >= 400 && errors.push(`${response.status()} ${response.url()}`))
  await page.goto(url)
  return page
}

const shot = (page, name) => page.screenshot({ path: `${SHOTS}/${name}.png`, fullPage: true })

const fits = async (page) => {
  const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
  assert.equal(over, 0, `${page.url()} scrolls sideways`)
}

test('one sale across a phone and a PC', async () => {
  const errors = []
  const phone = await browser.newContext(PHONE)
  const pc = await browser.newContext(PC)

  // On the PC, an older link of Bob's, with consent: a cookie.
  let page = await visit(pc, `${base}/webinar/sales-masterclass?partner=bob`, errors)
  await shot(page, '1-pc-consent')
  await page.getByRole('button', { name: 'Allow' }).click()
  assert.ok((await pc.cookies()).some((cookie) => cookie.name === 'sentby_dev' && cookie.httpOnly))
  await page.close()

  // On the phone, Anna's link; no cookie is allowed there.
  page = await visit(phone, `${base}/webinar/sales-masterclass?partner=anna`, errors)
  await fits(page)
  await shot(page, '2-phone-registration')
  await page.getByRole('button', { name: 'No, thanks' }).click()
  assert.ok(!(await phone.cookies()).some((cookie) => cookie.name === 'sentby_dev'), 'no cookie without consent')
  await page.goto(`${base}/webinar/sales-masterclass?partner=anna`)
  await page.getByLabel('Your first name').fill('Lena <b>')
  await page.getByLabel('Your e-mail address').fill('lena@example.org')
  await page.getByRole('button', { name: 'Save my seat' }).click()
  await page.waitForURL(/\/mail\//)
  await fits(page)
  await shot(page, '3-phone-mail')
  const room = await page.locator('#room').getAttribute('href')
  assert.match(await page.locator('#buy').getAttribute('href'), /[?&]xa=[0-9a-z]{55,128}$/)

  // On the PC, the webinar from the e-mail, the purchase, the decision.
  page = await visit(pc, room, errors)
  assert.ok((await page.getByRole('heading', { level: 1 }).textContent()).includes('Lena <b>'), 'text is escaped')
  await shot(page, '4-pc-webinar')
  await page.getByRole('link', { name: 'Buy the course' }).click()
  await shot(page, '5-pc-checkout')
  await page.getByRole('button', { name: 'Pay 1190.00 €' }).click()
  await page.waitForURL(/\/why\//)
  await shot(page, '6-pc-why')
  assert.equal(await page.locator('#headline').textContent(), 'Who sent this buyer? anna 100 %')
  const verdicts = await page.locator('#verdicts .tag').allTextContents()
  assert.deepEqual(verdicts.sort(), ['credited', 'outranked'])
  assert.deepEqual(await page.locator('#conflicts .tag').allTextContents(), ['anna', 'bob'])
  assert.deepEqual(await page.locator('#conflicts .tag.yes').allTextContents(), ['anna'])
  assert.equal(await page.locator('#flags').count(), 0)
  const waterfall = await page.locator('#waterfall .amount').allTextContents()
  assert.deepEqual(waterfall, ['190.00 €', '59.31 €', '470.34 €', '470.35 €', '1190.00 €'])

  // A partial refund, then one that is too much, then the rest.
  await page.getByLabel(/Refund an amount/).fill('400.00')
  await page.getByRole('button', { name: 'Refund' }).click()
  await shot(page, '7-pc-refund')
  assert.equal(await page.locator('#open').textContent(), 'Still settled: 790.00 €')
  const why = page.url()
  await page.goto(why)
  await page.getByLabel(/Refund an amount/).fill('790.00')
  await page.getByRole('button', { name: 'Refund' }).click()
  assert.equal(await page.locator('#open').textContent(), 'Still settled: 0.00 €')
  assert.equal(await page.locator('#refund').count(), 0)

  page = await visit(phone, why, errors)
  await fits(page)
  await shot(page, '8-phone-why')
  page = await visit(pc, `${base}/`, errors)
  await shot(page, '9-pc-desk')
  assert.deepEqual(errors, [])
})

test('a coupon against a link is credited, and shown as odd', async () => {
  const errors = []
  const phone = await browser.newContext(PHONE)
  const page = await visit(phone, `${base}/webinar/sales-masterclass?partner=anna`, errors)
  await page.getByLabel('Your first name').fill('Max')
  await page.getByLabel('Your e-mail address').fill('max@example.org')
  await page.getByRole('button', { name: 'Save my seat' }).click()
  await page.waitForURL(/\/mail\//)
  await page.goto(await page.locator('#buy').getAttribute('href'))
  await page.getByLabel(/coupon/i).fill('bob5')
  await page.getByRole('button', { name: 'Pay 1190.00 €' }).click()
  await page.waitForURL(/\/why\//)
  await fits(page)
  await shot(page, '10-phone-why-odd')
  assert.deepEqual(await page.locator('#flags .tag').allTextContents(), ['coupon_alone'])
  assert.deepEqual(await page.locator('#conflicts .tag').allTextContents(), ['bob', 'anna'])
  const pc = await visit(await browser.newContext(PC), page.url(), errors)
  await shot(pc, '11-pc-why-odd')
  assert.deepEqual(errors, [])
})

test('a mail link moves nobody else’s order, and nonsense is nobody', async () => {
  const errors = []
  const pc = await browser.newContext(PC)
  const register = async (name, partner) => {
    const page = await visit(pc, `${base}/webinar/sales-masterclass?partner=${partner}`, errors)
    await page.getByLabel('Your first name').fill(name)
    await page.getByLabel('Your e-mail address').fill(`${name}@example.org`)
    await page.getByRole('button', { name: 'Save my seat' }).click()
    await page.waitForURL(/\/mail\//)
    const buy = new URL(await page.locator('#buy').getAttribute('href'))
    await page.close()
    return buy
  }
  const mia = await register('mia', 'anna')
  await register('ann', '%00') // mangled, and registered all the same
  const tom = await register('tom', 'javascript%3Aalert(1)')
  assert.equal(tom.searchParams.get('xa'), null, 'what is no id gets no carrier')
  tom.searchParams.set('xa', mia.searchParams.get('xa')) // Mia's leaked link
  const page = await visit(pc, tom.href, errors)
  await page.getByRole('button', { name: /Pay/ }).click()
  await page.waitForURL(/\/why\//)
  assert.equal(await page.locator('#headline').textContent(), 'Who sent this buyer? nobody is credited')
  await shot(page, '10-pc-nobody')
  assert.deepEqual(errors, [])
})

test('the vendor\u2019s desk', async () => {
  const errors = []
  const pc = await browser.newContext(PC)
  const phone = await browser.newContext(PHONE)
  const page = await visit(pc, `${base}/`, errors)
  const narrow = await visit(phone, `${base}/`, errors)
  const see = async (path, name) => {
    await page.goto(`${base}${path}`)
    await fits(page)
    await shot(page, name)
    await narrow.goto(`${base}${path}`)
    await fits(narrow)
    await shot(narrow, `${name}-phone`)
  }
  const rowOf = (table, text) => page.locator(`${table} tr`).filter({ hasText: text })
  const texts = (locator) => locator.allTextContents().then((all) => all.map((text) => text.trim()))

  // Orders with their status.
  await see('/', '20-orders')
  assert.match(await rowOf('#orders', 'A-1001').textContent(), /refunded/)
  assert.match(await rowOf('#orders', 'A-1002').textContent(), /bob[^]*completed[^]*470\.34 €[^]*approved/)
  assert.match(await rowOf('#orders', 'CC-7').textContent(), /carl[^]*refunded/)

  // Affiliates: one is invited and approved, one is suspended, at once.
  await page.goto(`${base}/desk/affiliates`)
  await page.getByLabel('Invite an affiliate').fill('emil')
  await page.getByRole('button', { name: 'Invite', exact: true }).click()
  assert.match(await rowOf('#affiliates', 'emil').textContent(), /invited/)
  await page.getByRole('button', { name: 'Approve emil' }).click()
  assert.match(await rowOf('#affiliates', 'emil').textContent(), /approved/)
  await page.getByRole('button', { name: 'Suspend carl' }).click()
  await see('/desk/affiliates', '21-affiliates')
  assert.match(await rowOf('#affiliates', 'carl').textContent(), /suspended/)
  await page.goto(`${base}/webinar/sales-masterclass?partner=carl`)
  await page.getByLabel('Your first name').fill('Ola')
  await page.getByLabel('Your e-mail address').fill('ola@example.org')
  await page.getByRole('button', { name: 'Save my seat' }).click()
  await page.waitForURL(/\/mail\//)
  await page.goto(await page.locator('#buy').getAttribute('href'))
  await page.getByRole('button', { name: 'Pay 1190.00 €' }).click()
  await page.waitForURL(/\/why\//)
  assert.deepEqual(await texts(page.locator('#verdicts .tag')), ['suspended'])
  const lost = page.url().split('/').pop()

  // The leaderboard of March, in Berlin: three sales, two of them given back.
  await page.goto(`${base}/desk/leaderboard`)
  await page.getByLabel('First day').fill('2026-03-01')
  await page.getByLabel('Last day').fill('2026-03-31')
  await page.getByLabel('Time zone').fill('Europe/Berlin')
  await page.getByRole('button', { name: 'Show' }).click()
  const march = new URL(page.url())
  await see(march.pathname + march.search, '22-leaderboard')
  const total = await texts(page.locator('#total td'))
  assert.deepEqual([total[4], ...total.slice(6, 9)], ['3', '3570.00 €', '2380.00 €', '470.34 €'])
  assert.equal(await page.locator('#chart .track').count(), 3)
  await page.getByLabel('Name contains').fill('BO')
  await page.getByRole('button', { name: 'Show' }).click()
  assert.deepEqual(await texts(page.locator('#board a')), ['bob'])
  await page.getByLabel('Time zone').fill('Europe/Bonn')
  await page.getByRole('button', { name: 'Show' }).click()
  assert.match(await page.getByRole('alert').textContent(), /no time zone/)

  // An affiliate, the ledger, its export.
  await see('/desk/affiliates/anna', '23-affiliate')
  assert.match(await rowOf('#orders', 'A-1001').textContent(), /refunded/)
  assert.ok((await texts(page.locator('#links code'))).some((link) => link.includes('partner=anna')))
  await see('/desk/ledger', '24-ledger')
  assert.match(await page.locator('#verified').textContent(), /verified/)
  await page.getByLabel(/Event, order/).fill('CC-7')
  await page.getByRole('button', { name: 'Find' }).click()
  assert.equal(await page.locator('#entries tr').count(), 9)
  const csv = await (await pc.request.get(`${base}/desk/export/ledger.csv`)).text()
  assert.ok(csv.startsWith('event,at,kind,order,payment,line,role,recipient,rule,amount,currency,minor\r\n'))
  assert.equal(JSON.parse(await (await pc.request.get(`${base}/desk/export/ledger.json`)).text()).length, csv.trim().split('\r\n').length - 1)

  // Payouts: who is not verified is not paid; nobody is paid twice.
  await page.goto(`${base}/desk/payouts`)
  assert.match(await rowOf('#withheld', 'bob').textContent(), /not_verified[^]*470\.34 €/)
  await page.getByRole('button', { name: 'bob is verified' }).click()
  assert.match(await rowOf('#due', 'bob').textContent(), /470\.34 €/)
  await see('/desk/payouts', '25-payouts')
  await page.getByRole('button', { name: 'Make these payouts' }).click()
  assert.equal(await page.locator('#due').count(), 0)
  await page.getByRole('button', { name: 'Arrived' }).click()
  assert.match(await rowOf('#made', 'bob').textContent(), /arrived/)
  await see('/desk/payouts', '26-payouts-made')
  await page.goto(`${base}/`)
  assert.match(await rowOf('#orders', 'A-1002').textContent(), /bob[^]*paid/)

  // The statement, on paper too.
  await see('/desk/statement/bob?month=2026-03', '27-statement')
  assert.equal(await page.locator('.closing').textContent(), '470.34 €')
  await page.emulateMedia({ media: 'print' })
  assert.ok(!(await page.locator('header').isVisible()))
  await shot(page, '28-statement-print')
  await page.emulateMedia({ media: 'screen' })

  // Why not? In their own words.
  await page.goto(`${base}/desk/why-not`)
  await page.getByLabel(/Affiliate, as/).fill('Bob')
  await page.getByLabel(/Order/).fill('A-1001')
  await page.getByRole('button', { name: 'Find out' }).click()
  assert.deepEqual(await texts(page.locator('#found .tag')), ['unknown_affiliate', 'near_match', 'another_won'])
  const asked = new URL(page.url())
  await see(asked.pathname + asked.search, '29-why-not')
  await page.goto(`${base}/desk/why-not?affiliate=carl&order=${lost}`)
  assert.deepEqual(await texts(page.locator('#found .tag')), ['suspended', 'refused'])
  await see('/desk/why-not?affiliate=bob&month=2026-03', '30-why-not-month')
  assert.ok((await texts(page.locator('#found .tag'))).includes('earned'))
  assert.deepEqual(errors, [])
})
