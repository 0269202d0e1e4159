// `sentby/browser` in a real Chromium, on pages as webinar tools make them: one keeps a parameter of its own, one keeps utm_* alone, one keeps
// nothing but the e-mail address. Needs a chromium (CHROMIUM, default /usr/bin/chromium); screenshots go to SHOTS (default test/shots).
import assert from 'node:assert/strict'
import { mkdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { after, before, beforeEach, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { chromium } from 'playwright-core'
import { Keys, Program } from '../index.mjs'

const SHOTS = process.env.SHOTS ?? fileURLToPath(new URL('shots/', import.meta.url))
const SCRIPT = readFileSync(new URL('../browser.js', import.meta.url))
const keys = new Keys([{ id: 1, secret: Buffer.from('32 random bytes from your vault.') }])
const seal = (affiliate) => keys.seal({ affiliate, product: '521411d4' }, 'link', 'webinarhaus.example', new Date('2026-03-01T09:00:00Z'))
const ANNA = seal('anna')
const BOB = seal('bob')

const servers = []
let browser, site, tool, shop, page, errors
/** What the last forms brought, by path. */
const received = new Map()

/** Pages by path, under the strictest policy that lets one's own scripts run. */
async function listen(pages) {
  const server = createServer((request, response) => {
    const url = new URL(request.url, 'http://127.0.0.1')
    const origins = servers.map((other) => `http://127.0.0.1:${other.address().port}`).join(' ')
    response.setHeader('content-security-policy', `default-src 'none'; script-src 'self'; style-src 'self'; frame-src 'self'; form-action ${origins}; base-uri 'none'`)
    if (url.pathname === '/favicon.ico') return void response.writeHead(204).end()
    if (url.pathname === '/sentby.js') return void response.setHeader('content-type', 'text/javascript').end(SCRIPT)
    if (url.pathname === '/style.css') return void response.setHeader('content-type', 'text/css').end('body{font:16px sans-serif;max-width:40rem;margin:2rem auto;padding:0 1rem}a,button,input{display:block;margin:1rem 0;padding:.6rem;font:inherit}iframe{display:none}')
    if (request.method === 'POST') {
      let body = ''
      request.on('data', (part) => (body += part)).on('end', () => {
        const fields = new URLSearchParams(body)
        received.set(url.pathname, fields)
        response.writeHead(303, { location: pages[`POST ${url.pathname}`](fields) }).end()
      })
      return
    }
    const make = pages[url.pathname]
    if (make === undefined) return void response.writeHead(404).end('no such page')
    if (url.pathname.endsWith('.js')) return void response.setHeader('content-type', 'text/javascript').end(make())
    response.setHeader('content-type', 'text/html; charset=utf-8')
    response.end(`<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><link rel="stylesheet" href="/style.css"><title>Page</title><body>${make(url)}</body></html>`)
  })
  servers.push(server)
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `127.0.0.1:${server.address().port}`
}

before(async () => {
  mkdirSync(SHOTS, { recursive: true })
  shop = await listen({ '/checkout': (url) => `<h1>Checkout</h1><p>${url.searchParams.get('xa')?.slice(0, 12) ?? 'nobody'}…</p>` })
  tool = await listen({
    // A tool that keeps one custom field and hands it on.
    'POST /register': (fields) => `/thanks?${new URLSearchParams({ custom_1: fields.get('custom_1') ?? '' })}`,
    '/thanks': () => `<h1>Thank you</h1><a id="buy" href="http://${shop}/checkout?p=1">Buy the course</a><script src="/sentby.js" data-names="custom_1" data-hosts="${shop}=xa"></script>`,
    // A tool that drops every parameter but utm_*.
    '/join': (url) => `<h1>Join</h1><form method="post" action="/join">${[...url.searchParams].filter(([name]) => name.startsWith('utm_')).map(([name, value]) => `<input type="hidden" name="${name}" value="${value}">`).join('')}<input name="email"><button>Join</button></form>`,
    'POST /join': (fields) => `/room?${new URLSearchParams([...fields].filter(([name]) => name.startsWith('utm_')))}`,
    '/room': () => `<h1>The webinar</h1><a id="buy" href="http://${shop}/checkout">Buy now</a><script src="/sentby.js" data-names="utm_content" data-hosts="${shop}=xa"></script>`,
  })
  const script = (more) => `<script src="/sentby.js" ${more}></script>`
  site = await listen({
    '/custom': () => `<h1>Register</h1><form method="post" action="http://${tool}/register"><input type="hidden" name="custom_1"><input name="email" type="email"><button>Register</button></form>${script('data-fields="custom_1 xa"')}`,
    '/utm': () => `<h1>Register</h1><a id="join" href="http://${tool}/join?utm_source=site&amp;utm_medium=a%20b#form">Join</a><a id="own" href="http://${tool}/join?utm_content=blue-button">Join</a>${script(`data-hosts="${tool}=utm_content"`)}`,
    '/email': () => `<h1>Register</h1><form method="post" action="/email"><input type="hidden" name="xa"><input name="email" type="email"><button>Register</button></form>${script('')}`,
    'POST /email': () => `http://${tool}/room`,
    '/sales': () => `<h1>Sales page</h1>
      <a id="buy" href="http://${shop}/checkout?p=1&amp;q=a%2Fb+c#top">Buy</a><a id="sealed" href="http://${shop}/checkout?xa=${BOB}">Buy</a><a id="empty" href="http://${shop}/checkout?xa=&amp;p=2">Buy</a>
      <a id="own" href="/more?x=1">More</a><a id="part" href="#part">Part</a><a id="mail" href="mailto:a@b.example?xa=1">Mail</a><a id="foreign" href="https://elsewhere.example/checkout?p=1">Else</a>
      <a id="near" href="http://${shop}.elsewhere.example/">Near</a><a id="user" href="http://${shop}@elsewhere.example/">User</a><a id="js" href="javascript:void 0">JS</a><a id="broken" href="http://[">Broken</a>
      <form><input name="xa" id="full" value="typed"><input name="other" id="other"></form>${script(`data-hosts="${shop}"`)}`,
    '/app': () => `<h1>App</h1><div id="view"></div><button id="go">Go</button><script src="/app.js"></script>${script(`data-hosts="${shop} self"`)}`,
    '/app.js': () => `go.onclick = () => { history.pushState({}, '', '/app/next'); setTimeout(() => { view.innerHTML = '<a id="late" href="http://${shop}/checkout">Buy</a><a id="in" href="/app/more">In</a><form><input type="hidden" name="xa" id="field"></form>' }, 50) }`,
    '/plain': () => `<a id="buy" href="http://${shop}/checkout">Buy</a>${script(`data-hosts="${shop}"`)}`,
    '/granted': () => `<a id="buy" href="http://${shop}/checkout">Buy</a>${script(`data-hosts="${shop}" data-consent="granted"`)}`,
    '/server': () => `<a id="buy" href="http://${shop}/checkout">Buy</a>${script(`data-hosts="${shop}" data-carrier="${ANNA}"`)}`,
    '/boxed': () => `<iframe id="box" sandbox="allow-scripts" src="/granted?xa=${ANNA}"></iframe>`,
  })
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  })
})

after(async () => {
  await browser?.close()
  servers.forEach((server) => server.close())
})

beforeEach(async () => {
  await page?.context().close()
  errors = []
  page = await (await browser.newContext({ viewport: { width: 600, height: 500 } })).newPage()
  page.on('pageerror', (error) => errors.push(String(error)))
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()))
})

const href = (id) => page.locator(`#${id}`).getAttribute('href')
const visit = (path) => page.goto(`http://${site}${path}`)
const opened = (token) => keys.open(token, 'link', 'webinarhaus.example', new Date('2026-03-03T18:00:00Z')).referral.affiliate

test('a tool with a custom field: form, thank-you page, checkout', async () => {
  await visit(`/custom?xa=${ANNA}`)
  assert.equal(await page.locator('[name=custom_1]').inputValue(), ANNA)
  await page.fill('[name=email]', 'lena@example.com')
  await page.screenshot({ path: `${SHOTS}/custom.png` })
  await page.click('button')
  assert.equal(received.get('/register').get('custom_1'), ANNA)
  assert.equal(await href('buy'), `http://${shop}/checkout?p=1&xa=${ANNA}`)
  await page.screenshot({ path: `${SHOTS}/thanks.png` })
  await page.click('#buy')
  assert.equal(opened(new URL(page.url()).searchParams.get('xa')), 'anna')
  assert.deepEqual(errors, [])
})

test('a tool that keeps utm_* alone', async () => {
  await visit(`/utm?xa=${ANNA}`)
  assert.equal(await href('join'), `http://${tool}/join?utm_source=site&utm_medium=a%20b&utm_content=${ANNA}#form`)
  assert.equal(await href('own'), `http://${tool}/join?utm_content=blue-button`, "a campaign's own value stays")
  await page.click('#join')
  await page.click('button')
  assert.equal(received.get('/join').get('utm_content'), ANNA)
  assert.equal(await href('buy'), `http://${shop}/checkout?xa=${ANNA}`)
  await page.goto(`http://${tool}/room?utm_content=blue-button`)
  assert.equal(await href('buy'), `http://${shop}/checkout`, 'a word of the campaign is no carrier')
  assert.deepEqual(errors, [])
})

test('a tool that keeps the e-mail address alone: the own form keeps the carrier beside it, and the server joins them', async () => {
  await visit(`/email?xa=${ANNA}`)
  await page.fill('[name=email]', ' Lena@Example.com ')
  await page.click('button')
  const form = received.get('/email')
  assert.equal(form.get('xa'), ANNA)
  const program = Program.fromToml('sentby = 1\nvendor = "v"\n[[products]]\nid = "p"\n')
  const stored = new Map([[program.identity(keys, 'email', form.get('email'))[0], form.get('xa')]])
  // What the tool tells later knows the address alone.
  assert.equal(opened(stored.get(program.identity(keys, 'email', 'lena@example.com')[0])), 'anna')
  assert.deepEqual(errors, [])
})

test('links: those of the named hosts get the parameter, everything else stays to the byte', async () => {
  await visit(`/sales?xa=${ANNA}`)
  assert.equal(await href('buy'), `http://${shop}/checkout?p=1&q=a%2Fb+c&xa=${ANNA}#top`)
  assert.equal(await href('sealed'), `http://${shop}/checkout?xa=${BOB}`, 'what the server sealed for the buyer is better')
  assert.equal(await href('empty'), `http://${shop}/checkout?p=2&xa=${ANNA}`)
  const untouched = {
    own: '/more?x=1', part: '#part', mail: 'mailto:a@b.example?xa=1', foreign: 'https://elsewhere.example/checkout?p=1',
    near: `http://${shop}.elsewhere.example/`, user: `http://${shop}@elsewhere.example/`, js: 'javascript:void 0', broken: 'http://[',
  }
  for (const [id, wanted] of Object.entries(untouched)) assert.equal(await href(id), wanted)
  assert.equal(await page.locator('#full').inputValue(), 'typed')
  assert.equal(await page.locator('#other').inputValue(), '')
  assert.deepEqual(errors, [])
})

test('single-page navigation, and what comes later', async () => {
  await visit(`/app?xa=${ANNA}`)
  await page.click('#go')
  await page.waitForSelector('#late')
  assert.ok(page.url().endsWith('/app/next'))
  assert.equal(await href('late'), `http://${shop}/checkout?xa=${ANNA}`)
  assert.equal(await href('in'), `/app/more?xa=${ANNA}`)
  assert.equal(await page.locator('#field').inputValue(), ANNA)
  // A framework sets the address anew; another carrier comes by the address bar.
  await page.evaluate((to) => document.querySelector('#late').setAttribute('href', to), `http://${shop}/checkout?p=9`)
  await page.waitForFunction(() => document.querySelector('#late').href.includes('p=9&xa='))
  await page.evaluate((token) => history.pushState({}, '', `/app?xa=${token}`), BOB)
  await page.evaluate(() => document.body.append('changed'))
  await page.waitForFunction((token) => document.querySelector('#late').href.endsWith(token), BOB)
  assert.equal(await href('late'), `http://${shop}/checkout?p=9&xa=${BOB}`)
  assert.equal(await page.locator('#field').inputValue(), BOB)
  assert.deepEqual(errors, [])
})

test('nothing is stored without consent, nothing stays after it is withdrawn, and no cookie ever', async () => {
  const stored = () => page.evaluate(() => sessionStorage.getItem('sentby'))
  const answer = (yes) => page.evaluate((detail) => dispatchEvent(new CustomEvent('sentby:consent', { detail })), yes)
  await visit(`/plain?xa=${ANNA}`)
  assert.equal(await stored(), null)
  await answer(true)
  assert.equal(await stored(), ANNA)
  await visit('/granted')
  assert.equal(await href('buy'), `http://${shop}/checkout?xa=${ANNA}`, 'kept within the visit')
  await visit('/plain')
  assert.equal(await href('buy'), `http://${shop}/checkout`, 'not read before the answer')
  await answer(true)
  assert.equal(await href('buy'), `http://${shop}/checkout?xa=${ANNA}`)
  await answer(false)
  assert.equal(await stored(), null)
  await answer('yes')
  assert.equal(await stored(), null, 'true alone is consent')
  assert.deepEqual(await page.context().cookies(), [])
  assert.deepEqual(errors, [])
})

test('the server may say the carrier; a foreign text is none; storage that is forbidden ends nothing', async () => {
  await visit('/server')
  assert.equal(await href('buy'), `http://${shop}/checkout?xa=${ANNA}`)
  await visit(`/server?xa=${BOB}`)
  assert.equal(await href('buy'), `http://${shop}/checkout?xa=${BOB}`)
  for (const text of ['hello', '"><script>alert(1)</script>', '%FF', 'javascript:alert(1)', `${ANNA}!`, '', 'a'.repeat(100_000).slice(0, 7000)]) {
    await visit(`/plain?xa=${encodeURIComponent(text)}`)
    assert.equal(await href('buy'), `http://${shop}/checkout`, text)
  }
  assert.deepEqual(errors, [])
  await visit('/boxed')
  const frame = page.frameLocator('#box')
  await frame.locator('#buy').waitFor({ state: 'attached' })
  assert.equal(await frame.locator('#buy').getAttribute('href'), `http://${shop}/checkout?xa=${ANNA}`)
})

test('the script is small', () => {
  const size = gzipSync(SCRIPT, { level: 9 }).length
  console.log(`browser.js: ${SCRIPT.length} bytes, ${size} gzipped`)
  assert.ok(size <= 2048, `${size} bytes gzipped`)
})
