// What a call costs from Node, beside the core's own time (`cargo bench -p sentby`). Medians of 41 rounds.
//
// node bindings-node/bench.mjs
import { createHmac, timingSafeEqual } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { Keys, Program, parseMoney } from './index.mjs'

const now = new Date('2026-03-03T18:00:00Z')
const audience = 'shop.example/4711'
const program = Program.fromToml(readFileSync(new URL('../core/vectors/programs/story.toml', import.meta.url), 'utf8'))
const secret = Buffer.from('0123456789abcdef0123456789abcdef')
const keys = new Keys([{ id: 1, secret }])
const token = keys.seal({ affiliate: 'anna', product: 'prod66', clickId: '00000000000003e8' }, 'mail', audience, now)
const line = { id: '1', product: '521411d4', gross: parseMoney('1190.00', 'EUR'), tax: parseMoney('190.00', 'EUR') }
const order = { id: 'A-1001', at: now, lines: [line] }
const touches = Array.from({ length: 8 }, (_, n) => ({
  affiliate: ['anna', 'bob', 'carl'][n % 3],
  at: new Date(+now - n * 400_000_000),
  evidence: ['cookie', 'token', 'click'][n % 3],
  clickId: (n + 1).toString(16).padStart(16, '0'),
}))
const decision = program.attribute(order, touches)
const url = 'https://www.copecart.com/products/521411d4/p/anna/?utm_source=newsletter&utm_medium=email'
const message = Buffer.alloc(46)
const tag = createHmac('sha256', secret).update(message).digest()

function compare(title, jobs) {
  const counts = jobs.map(([, job]) => {
    const start = process.hrtime.bigint()
    for (let n = 0; n < 2000; n++) job()
    return Math.max(1, Math.round((2_000_000 * 2000) / Number(process.hrtime.bigint() - start)))
  })
  const times = jobs.map(() => [])
  for (let round = 0; round < 41; round++) {
    jobs.forEach(([, job], n) => {
      const start = process.hrtime.bigint()
      for (let k = 0; k < counts[n]; k++) job()
      times[n].push(Number(process.hrtime.bigint() - start) / counts[n])
    })
  }
  const medians = times.map((row) => row.sort((a, b) => a - b)[20])
  console.log(`\n${title}`)
  jobs.forEach(([name], n) => console.log(`  ${name.padEnd(58)} ${medians[n].toFixed(1).padStart(9)} ns  ${(medians[n] / medians[0]).toFixed(2).padStart(5)} ×`))
}

compare("the binding's floor", [
  ['program.vendor (a getter)', () => program.vendor],
  ["program.couponOwner('X')", () => program.couponOwner('X')],
])
compare('opening a token', [
  ['createHmac and timingSafeEqual of node:crypto', () => timingSafeEqual(createHmac('sha256', secret).update(message).digest(), tag)],
  ['keys.open', () => keys.open(token, 'mail', audience, now)],
])
compare('reading a link', [
  ['new URL and searchParams', () => new URL(url).searchParams.get('utm_source')],
  ['program.read', () => program.read(url)],
])
compare('one decision over 8 touches, and its settlement', [
  ['program.attribute', () => program.attribute(order, touches)],
  ['program.commission', () => program.commission(order, decision)],
])
