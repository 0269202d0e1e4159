// The core as WebAssembly, for edge runtimes and pages: the same calls and shapes as the native package, for links, carriers, decisions and
// settlements. `sentby.wasm` imports nothing, so it runs wherever WebAssembly does.

/** What the module calls by other names, and which of its numbers are times. */
const TIMES = new Set(['at', 'cart_at', 'first_at', 'issued_at', 'expires_at'])
/** Fields whose own keys are the host's words, not names of fields. */
const MAPS = new Set(['sub_ids'])

const camel = (name) => name.replace(/_([a-z])/g, (_, letter) => letter.toUpperCase())
const snake = (name) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

const fail = (code, place, text) => {
  throw Object.assign(new Error(`${place}: ${text}`), { code })
}

/** Half a pair of surrogates is no character; it reads as U+FFFD, as the engine itself writes it. */
const wellFormed = (text) => (/[\ud800-\udfff]/.test(text) ? new TextDecoder().decode(new TextEncoder().encode(text)) : text)

/** What a host gives, as the module takes it. What is null counts as left out. */
function give(value, place, isMap = false) {
  if (value instanceof Date) return Number.isNaN(+value) ? fail('time_invalid', place, 'is an invalid Date') : +value
  if (typeof value === 'string') return wellFormed(value)
  if (typeof value === 'number') return Number.isSafeInteger(value) ? value : fail('number_invalid', place, `${value} is no safe whole number`)
  if (Array.isArray(value)) return value.map((item, n) => give(item ?? null, `${place}/${n}`))
  if (typeof value === 'bigint' || typeof value === 'function' || typeof value === 'symbol') fail('type_invalid', place, `is a ${typeof value}`)
  if (typeof value !== 'object' || value === null) return value
  const fields = Object.entries(value).filter(([, field]) => field !== null && field !== undefined)
  return Object.fromEntries(fields.map(([name, field]) => {
    const own = isMap ? name : snake(name)
    return [own, give(field, `${place}/${name}`, MAPS.has(own))]
  }))
}

/** What the module answers, as the package has it. */
function take(value, isMap = false) {
  if (Array.isArray(value)) return value.map((item) => take(item))
  if (typeof value !== 'object' || value === null || isMap) return value
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [
    camel(name),
    TIMES.has(name) && typeof field === 'number' ? new Date(field) : take(field, MAPS.has(name)),
  ]))
}

const cookie = (spec) => ({ name: '__Host-sentby', lifetimeHours: 9600, secure: true, ...spec })
const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')

/** The bytes, a compiled module, a response, or a URL of it; by default the file beside this one. */
export async function load(source = new URL('./sentby.wasm', import.meta.url)) {
  let code = await source
  if (code instanceof URL || typeof code === 'string') {
    const url = new URL(code, import.meta.url)
    code = url.protocol === 'file:' ? await (await import('node:fs/promises')).readFile(url) : await fetch(url)
  }
  if (typeof Response === 'function' && code instanceof Response) code = await code.arrayBuffer()
  const instance = code instanceof WebAssembly.Module ? await WebAssembly.instantiate(code) : (await WebAssembly.instantiate(code)).instance
  return surface(instance.exports)
}

function surface({ memory, sentby_input, sentby_call, sentby_output }) {
  const encoder = new TextEncoder()
  const decoder = new TextDecoder()

  const raw = (name, args) => {
    const bytes = encoder.encode(JSON.stringify({ name, args }))
    const room = sentby_input(bytes.length) >>> 0
    new Uint8Array(memory.buffer, room, bytes.length).set(bytes)
    const length = sentby_call() >>> 0
    const answer = JSON.parse(decoder.decode(new Uint8Array(memory.buffer, sentby_output() >>> 0, length)))
    if (answer.error) throw Object.assign(new Error(answer.error.detail), { code: answer.error.code })
    return answer.ok
  }
  const call = (name, names, ...args) => take(raw(name, names.map((own, n) => give(args[n] ?? null, `/${own}`))))
  const of = (kind, place, name, names, ...args) => take(raw(`${kind}.${name}`, [place, names.map((own, n) => give(args[n] ?? null, `/${own}`))]))
  const alone = (name, ...names) => (...args) => call(name, names, ...args)

  // What JavaScript lets go is let go in the module as well.
  const gone = new FinalizationRegistry(([what, place]) => raw('free', [what, place]))
  const places = new WeakMap()
  const placeOf = (thing, what) => places.get(thing) ?? fail('type_invalid', `/${what}`, `is no ${what} of this module`)

  class Keys {
    constructor(keys) {
      if (!Array.isArray(keys)) fail('type_invalid', '/keys', 'is no list')
      const place = raw('newKeys', [keys.map(({ id, secret, retires }, n) => ({ ...give({ id, retires }, `/keys/${n}`), secret: hex(secret) }))])
      places.set(this, place)
      gone.register(this, ['keys', place])
    }
  }
  class Program {
    constructor(form, text) {
      if (form !== 'toml' && form !== 'json') fail('type_invalid', '/form', 'a program is made by fromToml or fromJson')
      const [place, about] = raw('newProgram', [form, give(text, '/text')])
      places.set(this, place)
      gone.register(this, ['program', place])
      Object.defineProperties(this, Object.fromEntries(Object.entries(about).map(([name, value]) => [name, { value, enumerable: true }])))
    }
    static fromToml(text) {
      return new Program('toml', text)
    }
    static fromJson(text) {
      return new Program('json', text)
    }
    identity(keys, kind, value) {
      return of('program', placeOf(this, 'program'), 'identity', ['keys', 'kind', 'value'], placeOf(keys, 'keys'), kind, value)
    }
    diff(newer) {
      return of('program', placeOf(this, 'program'), 'diff', ['newer'], placeOf(newer, 'program'))
    }
  }
  const method = (Class, kind, name, names, change = (args) => args) => {
    Object.defineProperty(Class.prototype, name, {
      value(...args) {
        return of(kind, placeOf(this, kind), name, names, ...change(args))
      },
    })
  }
  const withCookie = ([spec, ...rest]) => [cookie(spec), ...rest]
  for (const [name, ...names] of [
    ['toJson'], ['couponOwner', 'coupon'], ['read', 'url'], ['link', 'referral'], ['decorate', 'url', 'referral'], ['carry', 'url', 'carrier'], ['carried', 'url'],
    ['lint'], ['attribute', 'order', 'touches'], ['fingerprint', 'order', 'touches', 'decision'], ['commission', 'order', 'decision'],
    ['commissionAfter', 'order', 'decision', 'earlier'], ['refund', 'commission', 'refund'], ['reverse', 'commission', 'id'], ['restore', 'commission', 'refund', 'id'],
  ]) method(Program, 'program', name, names)
  method(Keys, 'keys', 'seal', ['referral', 'purpose', 'audience', 'now', 'lifetimeHours'])
  method(Keys, 'keys', 'open', ['text', 'purpose', 'audience', 'now'])
  method(Keys, 'keys', 'shortCode', ['clickId', 'audience', 'now'])
  method(Keys, 'keys', 'openShortCode', ['text', 'audience', 'now'])
  method(Keys, 'keys', 'setCookie', ['spec', 'touches', 'consent', 'now'], withCookie)
  method(Keys, 'keys', 'readCookie', ['spec', 'header', 'now'], withCookie)
  method(Keys, 'keys', 'forgetCookie', ['spec', 'header', 'clickIds', 'now'], withCookie)

  return {
    Keys,
    Program,
    allocate: alone('allocate', 'total', 'weights'),
    carrierNames: alone('carrierNames'),
    clearCookie: (spec) => call('clearCookie', ['spec'], cookie(spec)),
    consent: alone('consent', 'answer', 'gpc'),
    explain: alone('explain', 'decision', 'messages'),
    explainCommission: alone('explainCommission', 'commission'),
    formatMoney: alone('formatMoney', 'money'),
    link: alone('link', 'network', 'referral'),
    lint: alone('lint', 'url'),
    messages: alone('messages', 'language'),
    parseMoney: alone('parseMoney', 'text', 'currency'),
    peek: alone('peek', 'text'),
    read: alone('read', 'url'),
    readLenient: alone('readLenient', 'url'),
    referralWithin: alone('referralWithin', 'referral', 'consent'),
    touchOf: alone('touchOf', 'opened'),
    touchWithin: alone('touchWithin', 'touch', 'consent'),
  }
}
