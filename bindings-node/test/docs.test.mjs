// The guides for Node, as they are written: all JavaScript of a page, in its order, as one module; a failed `console.assert` is an error.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const FOLDER = new URL('.docs/', import.meta.url)

// What a page expects to be there.
const GIVEN = {
  webhooks: `
    import { createHmac } from 'node:crypto'
    import { Ledger, Program, webhookEvents, webhookTouch } from 'sentby'
    const program = Program.fromToml('sentby = 1\\nvendor = "v"\\nproducts = [{ id = "course" }]')
    const [ledger, secret, raw, touchesOf] = [new Ledger(), 'secret', (request, response, next) => next(), () => []]
    const routes = {}
    const app = { post: (path, ...handlers) => (routes[path] = handlers.at(-1)) }
  `,
}
// What must be true after it.
const AFTER = {
  webhooks: `
    const paid = { event_type: 'payment.made', payment_status: 'paid', payment_method: 'paypal', transaction_id: 'T-1', order_id: 'A-1', transaction_amount: '119.00', transaction_vat_amount: '19.00',
      transaction_currency: 'EUR', transaction_date: '2026-03-03T18:00:00Z', product_id: 'course', quantity: 1 }
    const body = Buffer.from(JSON.stringify(paid))
    const signature = createHmac('sha256', secret).update(body).digest('base64')
    let answer
    routes['/hooks/copecart']({ get: () => signature, body }, { send: (text) => (answer = text) })
    console.assert(answer === 'OK' && ledger.entriesOf('A-1').length > 0)
  `,
}

test('the pages with JavaScript are run', () => {
  const folder = new URL('../../docs/', import.meta.url)
  const pages = readdirSync(folder).filter((name) => name.endsWith('.md') && /^```js$/m.test(readFileSync(new URL(name, folder), 'utf8')))
  // start.md includes the README's example.
  assert.deepEqual(pages.sort(), ['checkout.md', 'start.md', 'webhooks.md', 'webinars.md'])
})

test('docs/webinars.md: the script has the attributes that it is given', () => {
  const [, html] = /^```html\n([^]*?)^```$/m.exec(readFileSync(new URL('../../docs/webinars.md', import.meta.url), 'utf8'))
  const script = readFileSync(new URL('../browser.js', import.meta.url), 'utf8')
  const attributes = [...html.matchAll(/data-(\w+)=/g)].map(([, name]) => name)
  assert.ok(attributes.length >= 2)
  for (const name of attributes) assert.match(script, new RegExp(`data\\.${name}\\b`))
})

test('docs/checkout.md: the module of an edge', { skip: !existsSync(new URL('../sentby.wasm', import.meta.url)) }, async () => {
  const [, code] = /^```ts\n([^]*?)^```$/m.exec(readFileSync(new URL('../../docs/checkout.md', import.meta.url), 'utf8'))
  // Node imports no WebAssembly without a flag; a worker's `import` is the compiled module.
  const imported = /import module from 'sentby\/sentby.wasm'.*/
  assert.match(code, imported)
  const compiled = "import { readFileSync } from 'node:fs'\nconst module = await WebAssembly.compile(readFileSync(new URL(import.meta.resolve('sentby/sentby.wasm'))))"
  await run('edge', `${code.replace(imported, compiled)}\nconsole.assert(Program.fromToml('sentby = 1\\nvendor = "v"').vendor === 'v' && Keys)`)
})

async function run(page, code) {
  mkdirSync(FOLDER, { recursive: true })
  const file = new URL(`${page}.mjs`, FOLDER)
  writeFileSync(file, `console.assert = (is, text) => { if (!is) throw new Error(text ?? 'an assertion of the page fails') }\n${code}`)
  const { stderr } = await promisify(execFile)(process.execPath, [fileURLToPath(file)])
  assert.equal(stderr, '')
  rmSync(FOLDER, { recursive: true })
}

for (const [page, least] of [['checkout', 5], ['webhooks', 1], ['webinars', 6]]) {
  test(`docs/${page}.md runs`, async () => {
    const text = readFileSync(new URL(`../../docs/${page}.md`, import.meta.url), 'utf8')
    const blocks = [...text.matchAll(/^```js\n([^]*?)^```$/gm)].map(([, code]) => code)
    assert.ok(blocks.length >= least, `${blocks.length} blocks`)
    await run(page, [GIVEN[page], ...blocks, AFTER[page]].filter(Boolean).join('\n'))
  })
}
