// The attacks on carriers that can differ in JavaScript: how texts cross the boundary, and what is shown of secrets.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inspect } from 'node:util'
import { Keys, peek } from '../index.mjs'

const NOW = new Date('2026-03-01T09:00:00Z')
const SECRET = Buffer.from('0123456789abcdef0123456789abcdef')
const keys = new Keys([{ id: 1, secret: SECRET }])
const AUDIENCE = 'webinarhaus.example/lena'
const TOKEN = keys.seal({ affiliate: 'anna', product: '521411d4' }, 'mail', AUDIENCE, NOW)

function refused(text) {
  try {
    keys.open(text, 'mail', AUDIENCE, NOW)
  } catch (error) {
    assert.equal(error.message, 'this carrier is not valid here')
    return error.code
  }
  assert.fail(`opened ${text.slice(0, 100)}`)
}

test('A1 to A5: forgeries', () => {
  for (let at = 0; at < TOKEN.length; at++) {
    refused(TOKEN.slice(0, at) + (TOKEN[at] === '0' ? '1' : '0') + TOKEN.slice(at + 1))
    refused(TOKEN.slice(0, at))
  }
  for (const junk of ['0', '~junk', '=', '&x=1', '\0', TOKEN]) {
    refused(TOKEN + junk)
    refused(junk + TOKEN)
  }
})

test('A15: letters that are no ASCII', () => {
  for (const odd of ['ä', '１', 'ı', '\u212a', '\ufeff', '\u200b', '😀', '\0', '\ud800', '\udc00']) {
    for (const at of [0, 1, 20, TOKEN.length]) refused(TOKEN.slice(0, at) + odd + TOKEN.slice(at))
  }
  // An engine's two-byte texts, ropes and slices are the same text.
  const wide = `é${TOKEN}`.slice(1)
  assert.equal(keys.open(wide, 'mail', AUDIENCE, NOW).referral.affiliate, 'anna')
  assert.equal(keys.open(TOKEN.slice(0, 30) + TOKEN.slice(30), 'mail', AUDIENCE, NOW).referral.affiliate, 'anna')
})

test('A16: names that mean something in JavaScript', () => {
  for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'NaN', 'null', '-anna', 'anna-']) {
    const token = keys.seal({ affiliate: name }, 'mail', AUDIENCE, NOW)
    const { referral } = keys.open(token, 'mail', AUDIENCE, NOW)
    assert.equal(referral.affiliate, name)
    assert.equal(peek(token.toUpperCase()).referral.affiliate, name)
    assert.equal(Object.getPrototypeOf(referral), Object.prototype)
    assert.equal(Object.getPrototypeOf(referral.subIds), Object.prototype)
  }
  assert.equal({}.affiliate, undefined)
  for (const name of ['..', '%00', 'a\0', 'a b', 'ä', '']) assert.throws(() => keys.seal({ affiliate: name }, 'mail', AUDIENCE, NOW), { code: /invalid|missing/ })
})

test('A18: long texts', () => {
  for (const size of [128, 129, 251, 252, 255, 256, 257, 4096, 1 << 20, 100 << 20]) {
    assert.match(refused(TOKEN.repeat(Math.ceil(size / TOKEN.length)).slice(0, size)), /^token_/)
    // Letters of two to four bytes around the length at which a text is read in two steps.
    if (size < 5000) for (const odd of ['é', '€', '😀']) assert.match(refused('a'.repeat(size) + odd), /^token_/)
  }
})

test('A22: weak keys', () => {
  for (const secret of [Buffer.alloc(0), Buffer.from('short'), SECRET.subarray(1), Buffer.alloc(32), Buffer.alloc(64, 255)]) assert.throws(() => new Keys([{ id: 1, secret }]), { code: /^key_/ })
  for (const secret of [String(SECRET), null, 32, [...SECRET], {}]) assert.throws(() => new Keys([{ id: 1, secret }]), { code: 'type_invalid' })
})

test('A24: nothing secret is shown', () => {
  for (const shown of [inspect(keys, { depth: 9, showHidden: true }), String(keys), JSON.stringify(keys), JSON.stringify(Object.getOwnPropertyDescriptors(keys))]) {
    assert.ok(!shown.includes('0123456789abcdef') && !shown.includes(SECRET.toString('hex')) && !shown.includes(SECRET.toString('base64')), shown)
  }
  assert.throws(() => keys.open(TOKEN, 'link', AUDIENCE, NOW), (error) => !inspect(error).includes(TOKEN.slice(0, 20)))
})

test('other calls on `open` than those of a Keys', () => {
  assert.throws(() => Keys.prototype.open.call({}, TOKEN, 'mail', AUDIENCE, NOW))
  for (const now of [null, undefined, 0, '2026', {}, new Date(NaN), { getTime: () => 1 }]) assert.throws(() => keys.open(TOKEN, 'mail', AUDIENCE, now), { code: /^(type|time)_invalid$/ })
  for (const text of [null, undefined, 0, {}, [TOKEN], Symbol('x')]) assert.throws(() => keys.open(text, 'mail', AUDIENCE, NOW), { code: 'type_invalid' })
})
