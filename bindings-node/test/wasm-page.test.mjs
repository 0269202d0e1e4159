// `sentby/wasm` in a page of a real Chromium: the same answers as the package's. Needs sentby.wasm (bindings-wasm/build.sh) and a chromium.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { test } from 'node:test'
import { chromium } from 'playwright-core'
import * as sentby from '../index.mjs'

const file = (name) => readFileSync(new URL(name, import.meta.url))
const story = String(file('../../core/vectors/programs/story.toml'))
const FILES = { '/wasm.mjs': ['text/javascript', file('../wasm.mjs')], '/sentby.wasm': ['application/wasm', file('../sentby.wasm')], '/': ['text/html', '<!doctype html><title>Page</title><p>…'] }

/** The story, by the calls of the package or of the module: runs here and in the page. */
function tell({ Program, Keys, explain, formatMoney, peek, read, touchOf }, story) {
  const program = Program.fromToml(story)
  const keys = new Keys([{ id: 1, secret: new TextEncoder().encode('32 random bytes from your vault.') }])
  const tapped = new Date('2026-03-01T09:00:00Z')
  const bought = new Date('2026-03-03T18:00:00Z')
  const { referral } = program.read('https://www.copecart.com/products/521411d4/p/anna/')
  const token = keys.seal(referral, 'profile', 'webinarhaus.example/lena', tapped)
  const anna = touchOf(keys.open(token, 'profile', 'webinarhaus.example/lena', bought))
  const bob = { affiliate: 'bob', at: new Date('2026-02-20T12:00:00Z'), evidence: 'cookie' }
  const order = { id: 'A-1001', at: bought, lines: [{ id: '1', product: '521411d4', gross: { minor: 119000, currency: 'EUR' }, tax: { minor: 19000, currency: 'EUR' } }] }
  const decision = program.attribute(order, [anna, bob])
  const amounts = program.commission(order, decision).entries.map((entry) => formatMoney(entry.amount))
  let refused
  try {
    keys.open(token, 'mail', 'webinarhaus.example/lena', bought)
  } catch (error) {
    refused = error.code
  }
  const said = [peek(token), read('https://www.digistore24.com/redir/1/bob/x'), decision, amounts, refused, program.fingerprint(order, [anna, bob], decision), explain(decision)]
  return JSON.stringify(said)
}

FILES['/story.mjs'] = ['text/javascript', `export ${tell}`]

test('the module tells the story in a page', async () => {
  const server = createServer((request, response) => {
    const [type, body] = FILES[request.url] ?? []
    if (type === undefined) return void response.writeHead(404).end()
    response.setHeader('content-type', type)
    response.setHeader('content-security-policy', "default-src 'none'; connect-src 'self'; script-src 'self' 'wasm-unsafe-eval'")
    response.end(body)
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  })
  try {
    const page = await browser.newPage()
    const errors = []
    page.on('pageerror', (error) => errors.push(error.message))
    await page.goto(`http://127.0.0.1:${server.address().port}/`)
    const told = await page.evaluate(async (story) => {
      const [{ load }, { tell }] = await Promise.all([import('/wasm.mjs'), import('/story.mjs')])
      return tell(await load(), story)
    }, story)
    assert.deepEqual(JSON.parse(told), JSON.parse(tell(sentby, story)))
    assert.ok(told.includes('token_purpose') && told.includes('anna by token, 2 days 9 hours before the order'), told)
    assert.deepEqual(errors, [])
  } finally {
    await browser.close()
    server.close()
  }
})
