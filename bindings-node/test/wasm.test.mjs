// The WebAssembly module beside the native package: the same answers and errors, from bytes, a module, a response; and its size.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import * as native from '../index.mjs'
import { load } from '../wasm.mjs'

/** The most that it may weigh, gzipped. */
const SIZE_MAX = 1_000_000

const FILE = new URL('../sentby.wasm', import.meta.url)
const bytes = readFileSync(FILE)
const wasm = await load()
const NOW = new Date('2026-03-03T18:00:00Z')
const story = readFileSync(new URL('../../core/vectors/programs/story.toml', import.meta.url), 'utf8')
const root = [{ id: 1, secret: Buffer.from('32 random bytes from your vault.') }]

const outcome = (call) => {
  try {
    return call()
  } catch (error) {
    return { code: error.code }
  }
}

test('it imports nothing, and is not heavy', () => {
  const size = gzipSync(bytes, { level: 9 }).length
  console.log(`sentby.wasm: ${bytes.length} bytes, ${size} gzipped`)
  assert.ok(size <= SIZE_MAX, `${size} bytes gzipped`)
  assert.deepEqual(WebAssembly.Module.imports(new WebAssembly.Module(bytes)), [])
})

test('it loads from whatever a runtime has', async () => {
  for (const source of [bytes, new WebAssembly.Module(bytes), new Response(bytes), Promise.resolve(new Response(bytes)), FILE, FILE.href]) {
    assert.equal((await load(source)).read('https://www.copecart.com/products/521411d4/p/anna/').referral.affiliate, 'anna')
  }
})

test('one sale: the same objects as those of the native package', () => {
  const told = ({ Program, Keys, explain, touchOf, parseMoney }) => {
    const program = Program.fromToml(story)
    const keys = new Keys(root)
    const link = program.read('https://www.copecart.com/products/521411d4/p/anna/')
    const token = keys.seal(link.referral, 'profile', 'webinarhaus.example/lena', new Date('2026-03-01T09:00:00Z'))
    const opened = keys.open(token, 'profile', 'webinarhaus.example/lena', NOW)
    const bob = { affiliate: 'bob', at: new Date('2026-02-20T12:00:00Z'), evidence: 'cookie', campaign: undefined, product: null }
    const order = { id: 'A-1001', at: NOW, lines: [{ id: '1', product: '521411d4', gross: parseMoney('1190.00', 'EUR'), tax: parseMoney('190.00', 'EUR') }] }
    const touches = [touchOf(opened), bob]
    const decision = program.attribute(order, touches)
    const commission = program.commission(order, decision)
    const cookie = keys.setCookie({ site: 'a.example' }, [bob], 'granted', NOW)
    const reading = keys.readCookie({ site: 'a.example' }, cookie.split(';')[0], NOW)
    return { link, token, opened, decision, commission, cookie, reading, text: explain(decision), print: program.fingerprint(order, touches, decision), version: program.version, vendor: program.vendor }
  }
  assert.deepEqual(told(wasm), told(native))
})

test('what is wrong is refused alike', () => {
  const made = ({ Program, Keys }) => ({ program: Program.fromToml(story), keys: new Keys(root) })
  const line = { id: '1', product: '521411d4', gross: { minor: 100, currency: 'EUR' }, tax: { minor: 0, currency: 'EUR' } }
  const order = { id: 'A-1', at: NOW, lines: [line] }
  const calls = [
    (s) => s.Program.fromToml('sentby = 2'), (s) => s.Program.fromJson('{'), (s) => new s.Keys([]), (s) => new s.Keys([{ id: 1, secret: Buffer.alloc(32) }]),
    (s) => s.peek('hello'), (s) => s.read('no url'), (s) => s.parseMoney('1.234', 'EUR'), (s) => s.parseMoney('1', 'XXQ'),
    (_, { keys }) => keys.open('hello', 'link', 'a', NOW), (_, { keys }) => keys.seal({ affiliate: '' }, 'link', 'a', NOW), (_, { keys }) => keys.seal({ affiliate: 'a' }, 'link', 'a', new Date(NaN)),
    (_, { program }) => program.attribute({ ...order, lines: [] }, []), (_, { program }) => program.attribute({ ...order, id: '' }, []),
    (_, { program }) => program.attribute({ ...order, at: new Date(NaN) }, []), (_, { program }) => program.attribute({ ...order, lines: [{ ...line, gross: { minor: 1.5, currency: 'EUR' } }] }, []),
    (_, { program }) => program.attribute({ ...order, lines: [{ ...line, gross: { minor: -1, currency: 'EUR' } }] }, []), (_, { program }) => program.attribute(order, 5), (_, { program }) => program.read(7),
    (_, { keys }) => keys.setCookie({ site: 'a', name: 'a b' }, [{ affiliate: 'a', at: NOW, evidence: 'cookie' }], 'granted', NOW), (s) => s.allocate(NaN, [1]),
  ]
  const [a, b] = [made(native), made(wasm)]
  for (const call of calls) {
    const wanted = outcome(() => call(native, a))
    assert.equal(typeof wanted.code, 'string', call)
    assert.deepEqual(outcome(() => call(wasm, b)), wanted, String(call))
  }
})

test('programs are let go again', async () => {
  const { Program } = await load(bytes)
  for (let n = 0; n < 20_000; n++) {
    Program.fromToml(story)
    if (n % 2000 === 0) await new Promise((resolve) => setTimeout(resolve, 5))
  }
  assert.equal(Program.fromToml(story).vendor, 'webinarhaus')
})

test('long and odd texts', () => {
  const long = `https://www.copecart.com/products/521411d4/p/anna/?a=${'x'.repeat(1 << 20)}`
  assert.deepEqual(outcome(() => wasm.read(long)), outcome(() => native.read(long)))
  for (const text of ['\u0000', '\ud800', '\u{1F600}', '"\\\n', '']) {
    const url = `https://www.copecart.com/products/521411d4/p/anna/?x=${text}`
    assert.deepEqual(outcome(() => wasm.readLenient(url)), outcome(() => native.readLenient(url)), JSON.stringify(text))
  }
})
