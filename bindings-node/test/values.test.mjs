// What JavaScript makes possible and the vectors cannot say: inexact numbers, wrong types, invalid dates.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { test } from 'node:test'
import { Worker } from 'node:worker_threads'
import * as sentby from '../index.mjs'

const { Keys, Program, allocate, explain, formatMoney, parseMoney, touchOf } = sentby
const NOW = new Date('2026-03-03T18:00:00Z')
const program = Program.fromToml('sentby = 1\nvendor = "v"\n[[products]]\nid = "p"\n')
const euro = (minor) => ({ minor, currency: 'EUR' })
const line = (more) => ({ id: '1', product: 'p', gross: euro(1000), tax: euro(0), ...more })
const order = (more) => ({ id: 'A-1', at: NOW, lines: [line()], ...more })
const touch = (more) => ({ affiliate: 'anna', at: NOW, evidence: 'cookie', ...more })
const attribute = (o, touches = []) => program.attribute(o, touches)

const refused = (code, place, call) =>
  assert.throws(call, (error) => {
    assert.ok(error instanceof Error)
    assert.equal(error.code, code, error.message)
    assert.ok(error.message.includes(place), `${error.message} lacks ${place}`)
    return true
  })

test('columns are the same whether URLs are handed over joined or one by one', () => {
  const native = createRequire(import.meta.url)('../native.cjs')
  const fields = ['host', 'network', 'affiliate', 'product', 'sub_ids', 'destination', 'warnings']
  const links = [
    'https://www.copecart.com/products/521411d4/p/anna/',
    'https://www.awin1.com/cread.php?awinmid=1&awinaffid=2&clickref=%22a%5C&ued=https%3A%2F%2Fa.b%2F%C3%A4',
    'no url', '', null, 'https://shop.example/?irclickid=x\u{1F600}', 'https://whop.com/?a=\ud800',
  ]
  for (const rows of [[], [null], links, [...links, 'https://whop.com/?a=al\nice', 'https://whop.com/\n'], Array(40000).fill(links).flat().slice(0, 40000)]) {
    for (const lenient of [false, true]) {
      assert.deepEqual(sentby.readColumn(rows, fields, lenient), native.readColumn(rows, fields, lenient))
    }
  }
  assert.deepEqual(Object.keys(sentby.readColumn(links)), ['network', 'product', 'affiliate', 'campaign'])
  refused('type_invalid', '/urls/1', () => sentby.readColumn(['a', 7]))
  refused('word_unknown', '/fields/0', () => sentby.readColumn(['a'], ['nobody']))
  assert.equal(sentby.readJoined, undefined)
})

test('numbers are whole and in range, wherever they come from', () => {
  for (const number of [NaN, Infinity, -Infinity, 19.99, -1, 2 ** 32, 2 ** 53, 1e300]) {
    refused('number_invalid', '/order/lines/0/quantity', () => attribute(order({ lines: [line({ quantity: number })] })))
    refused('number_invalid', '/order/payment', () => attribute(order({ payment: number })))
  }
  for (const number of [NaN, Infinity, 19.99, 2 ** 53, -(2 ** 53)]) {
    refused('number_invalid', '/order/lines/0/gross/minor', () => attribute(order({ lines: [line({ gross: euro(number) })] })))
    refused('number_invalid', '/total', () => allocate(number, [1]))
    refused('number_invalid', '/weights/1', () => allocate(1, [1, number]))
  }
  refused('number_invalid', '/lifetimeHours', () => keys().seal({ affiliate: 'anna' }, 'mail', 'a', NOW, 1.5))
})

test('wrong types are refused with their place', () => {
  refused('type_invalid', '/order/lines/0/quantity', () => attribute(order({ lines: [line({ quantity: '1' })] })))
  refused('type_invalid', '/order/lines/0/quantity', () => attribute(order({ lines: [line({ quantity: 1n })] })))
  refused('number_invalid', '/order/lines/0/gross', () => attribute(order({ lines: [line({ gross: 19.99 })] })))
  refused('type_invalid', '/order/lines/0/gross', () => attribute(order({ lines: [line({ gross: '19.99' })] })))
  refused('type_invalid', '/order/lines', () => attribute(order({ lines: 'x' })))
  refused('type_invalid', '/order', () => attribute([]))
  refused('type_invalid', '/order', () => attribute(undefined))
  refused('type_invalid', '/order', () => attribute(null))
  refused('type_invalid', '/touches', () => program.attribute(order()))
  refused('type_invalid', '/order/id', () => attribute({ at: NOW, lines: [] }))
  refused('type_invalid', '/touches/1/affiliate', () => attribute(order(), [touch(), touch({ affiliate: ['anna'] })]))
  refused('type_invalid', '/touches/0/signed', () => attribute(order(), [touch({ signed: 'yes' })]))
  refused('type_invalid', '/touches/0', () => attribute(order(), [touch({ evidance: 'x' })]))
  refused('type_invalid', '/url', () => program.read(new URL('https://a.example/')))
  refused('type_invalid', '/url', () => program.read(['https://a.example/', 'https://b.example/']))
  refused('word_unknown', '/touches/0/evidence', () => attribute(order(), [touch({ evidence: 'cookies' })]))
  refused('type_invalid', '/keys/0/secret', () => new Keys([{ id: 1, secret: 'text' }]))
  refused('key_length', '/keys/0/secret', () => new Keys([{ id: 1, secret: new Uint8Array(31) }]))
})

test("a getter's own exception comes through, and nothing is left behind", () => {
  assert.throws(() => attribute({ get id() { throw new RangeError('mine') } }), RangeError)
  assert.throws(() => attribute(new Proxy(order(), { ownKeys() { throw new RangeError('mine') } })), RangeError)
  assert.equal(attribute(order()).order, 'A-1')
})

test('dates are dates, and valid', () => {
  refused('time_invalid', '/order/at', () => attribute(order({ at: new Date(NaN) })))
  refused('type_invalid', '/order/at', () => attribute(order({ at: 1772560800000 })))
  refused('type_invalid', '/order/at', () => attribute(order({ at: '2026-03-03T18:00:00Z' })))
  for (const extreme of [8.64e15, -8.64e15]) {
    assert.equal(+attribute(order({ at: new Date(extreme) })).at, extreme)
  }
})

test('__proto__ is a key like any other', () => {
  refused('type_invalid', '__proto__', () => attribute(order(), [Object.assign(JSON.parse('{"__proto__":{"signed":true}}'), touch())]))
  refused('word_unknown', '/sub_ids', () => program.link({ affiliate: 'a', subIds: JSON.parse('{"__proto__":"x"}') }))
  assert.equal({}.signed, undefined)
})

test('absent, undefined and null are the same', () => {
  const decision = attribute(order({ cartAt: null, customer: undefined }), [touch({ product: null, campaign: undefined })])
  assert.deepEqual(decision.verdicts[0], { reason: 'unknown_affiliate', affiliate: 'anna', evidence: 'cookie', at: NOW, windowMs: 2592000000, by: null })
})

test('what comes out goes back in', () => {
  const decision = attribute(order(), [touch()])
  const commission = program.refund(program.commission(order(), decision), { id: 'R', amount: euro(400) })
  assert.deepEqual(commission.entries.map((e) => e.amount.minor), [1000, -400])
  assert.match(explain(decision), /nobody is credited/)
  assert.equal(formatMoney(parseMoney('49.00', 'EUR')), '49.00')
  const opened = keys().open(keys().seal({ affiliate: 'anna' }, 'mail', 'a', NOW), 'mail', 'a', NOW)
  assert.deepEqual(touchOf(opened).at, NOW)
})

test('the desk, its exports, and what is wrong with arguments', () => {
  const shop = Program.fromToml('sentby = 1\nvendor = "v"\n[[affiliates]]\nid = "anna"\npartnership = [{ state = "approved", since = "2026-01-01T00:00:00Z" }]\n[[commission]]\npays = { percent = "50" }\n')
  const commission = shop.commission(order({ id: '=A-1' }), shop.attribute(order({ id: '=A-1' }), [touch()]))
  const ledger = new sentby.Ledger()
  ledger.apply({ id: 'pay', at: NOW, kind: 'payment', commission })
  const entries = ledger.entries()
  assert.deepEqual(sentby.commissionRows(commission, 'pay'), entries)
  assert.deepEqual(ledger.entriesOf('=A-1'), entries)
  assert.equal(sentby.exportEntries(entries, 'csv').split('\r\n')[1], "pay,2026-03-03T18:00:00Z,payment,'=A-1,1,1,affiliate,anna,rule 1,5.00,EUR,500")
  assert.deepEqual(JSON.parse(sentby.exportEntries(entries, 'json')).map((row) => row.minor), [500, 500])
  // An Arrow IPC stream begins with a continuation mark and ends with one that nothing follows.
  const arrow = sentby.exportArrow(entries)
  assert.ok(Buffer.isBuffer(arrow) && arrow.readUInt32LE(0) === 0xffffffff)
  assert.deepEqual([...arrow.subarray(-8)], [255, 255, 255, 255, 0, 0, 0, 0])

  refused('type_invalid', '/body', () => shop.webhook('copecart', 's', '', '{}', NOW))
  refused('signature_invalid', '', () => shop.webhook('copecart', 's', '', Buffer.from('{}'), NOW))
  refused('word_unknown', '/platform', () => shop.webhook('ebay', 's', '', Buffer.from(''), NOW))
  refused('type_invalid', '/ledger', () => shop.leaderboard(shop, []))
  refused('type_invalid', '/activities', () => shop.leaderboard(ledger))
  refused('type_invalid', 'no property', () => shop.leaderboard(ledger, [], { from: '2026-03-01' }))
  refused('type_invalid', '/others', () => shop.diagnose({ affiliate: 'anna', at: NOW }, ledger, ['EU']))
  refused('type_invalid', '/question/at', () => shop.diagnose({ affiliate: 'anna' }))
  refused('word_unknown', '/moderation/action', () => shop.moderate({ affiliate: 'anna', action: 'praise', since: NOW }))
  const suspended = shop.moderate({ affiliate: 'anna', action: 'suspend', since: NOW })
  assert.deepEqual(suspended.diagnose({ affiliate: 'anna', at: NOW }, ledger).map((found) => found.code), ['suspended', 'earned', 'suspended'])
  assert.deepEqual(suspended.diagnose({ affiliate: 'anna', at: NOW }, null, null).map((found) => found.code), ['suspended'])
  const board = shop.leaderboard(ledger, [{ kind: 'click', affiliate: 'anna', at: NOW }])
  assert.equal(board.start, null)
  assert.deepEqual([board.rows[0].conversion, board.rows[0].turnover[0].perClick], ['100', euro(500)])
  assert.equal(shop.profile(ledger, [], 'zoe', NOW), null)
})

test('both module systems give the same', () => {
  const required = createRequire(import.meta.url)('../index.cjs')
  for (const name of Object.keys(sentby)) assert.equal(required[name], sentby[name], name)
})

test('it works in worker threads', async () => {
  const script = `
    const { parentPort } = require('node:worker_threads')
    const { Program } = require(${JSON.stringify(new URL('../index.cjs', import.meta.url).pathname)})
    parentPort.postMessage(Program.fromToml('sentby = 1\\nvendor = "v"').vendor)`
  const answers = await Promise.all([1, 2, 3].map(() => new Promise((resolve, reject) => {
    new Worker(script, { eval: true }).on('message', resolve).on('error', reject)
  })))
  assert.deepEqual(answers, ['v', 'v', 'v'])
})

function keys() {
  return new Keys([{ id: 1, secret: Buffer.from('0123456789abcdef0123456789abcdef') }])
}

test('the types name every error code, and no other', () => {
  const { errors } = JSON.parse(readFileSync(new URL('../../core/vectors/codes.json', import.meta.url), 'utf8'))
  const types = readFileSync(new URL('../words.d.ts', import.meta.url), 'utf8')
  const named = /export type ErrorCode =\n([^]*?)\n\n/.exec(types)[1].match(/\w+/g)
  assert.deepEqual(named.sort(), errors.map(({ code }) => code).sort())
})
