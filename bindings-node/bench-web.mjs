// What the adapters cost, and the calls that they make, beside what a host would use instead. `node bindings-node/bench-web.mjs`
//
// Calls: medians of 41 rounds, all jobs of a comparison in each round. Requests: four at a time over kept connections, with and without the adapter
// in turns; what the server's process spent for one, and the difference of the medians.
import { createRequire } from 'node:module'
import { Agent, request as httpRequest } from 'node:http'
import { readFileSync } from 'node:fs'
import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import express from 'express'
import Fastify from 'fastify'
import { Keys, Program, read, readColumn } from './index.mjs'
import { sentby as forExpress } from './express.mjs'
import { sentby as forFastify } from './fastify.mjs'

const signature = createRequire(import.meta.url)('cookie-signature')
const { version } = createRequire(import.meta.url)('cookie-signature/package.json')
const now = new Date('2026-03-03T18:00:00Z')
const program = Program.fromToml(readFileSync(new URL('../core/vectors/programs/story.toml', import.meta.url), 'utf8'))
const keys = new Keys([{ id: 1, secret: Buffer.from('32 random bytes from your vault.') }])
const site = 'webinarhaus.example'
const token = keys.seal({ affiliate: 'anna', product: '521411d4' }, 'link', site, now)
const url = `https://webinarhaus.example/room?attendee=7f3a&xa=${token}`
const signed = signature.sign('anna|521411d4|00c0ffee00c0ffee|1772560800', 'a secret of the host')
const links = Array.from({ length: 10_000 }, (_, n) => `https://www.copecart.com/products/p${n}/p/anna${n % 97}/?utm_source=newsletter&sub=${n}`)
const spec = { site, name: 'sentby' }
const [cookie] = keys.setCookie(spec, [{ affiliate: 'anna', at: now, evidence: 'cookie' }], 'granted', now).split(';')
const header = `theme=dark; _ga=GA1.1.1234567890.1772560800; session=s%3Aabcdefghijklmnop.qrstuvwxyz0123456789; ${cookie}`
const without = header.replace('sentby=', 'another=')

/** What a host would write: the value of one cookie. */
const find = (text, name) => {
  const start = text.startsWith(`${name}=`) ? 0 : text.indexOf(`; ${name}=`) + 2
  if (start < 2 && !text.startsWith(`${name}=`)) return null
  const end = text.indexOf(';', start)
  return text.slice(start + name.length + 1, end < 0 ? undefined : end)
}

function compare(title, jobs, per = 1) {
  const time = (job, count) => {
    const start = process.hrtime.bigint()
    for (let n = 0; n < count; n++) job()
    return Number(process.hrtime.bigint() - start) / count
  }
  const counts = jobs.map(([, job]) => Math.max(1, Math.round(4_000_000 / (time(job, 20), time(job, 50)))))
  const times = jobs.map(() => [])
  for (let round = 0; round < 41; round++) jobs.forEach(([, job], n) => times[n].push(time(job, counts[n])))
  const medians = times.map((row) => row.sort((a, b) => a - b)[20] / per)
  console.log(`\n${title}`)
  jobs.forEach(([name], n) => console.log(`  ${name.padEnd(62)} ${medians[n].toFixed(0).padStart(7)} ns  ${(medians[n] / medians[0]).toFixed(2)} ×`))
}

const options = { program, keys, site, origin: `https://${site}`, cookie: { name: 'sentby', secure: false }, now: () => now, consent: () => true }
const apps = {
  async express(adapter) {
    const app = express()
    if (adapter) app.use(forExpress(options))
    app.get('/webinar/:campaign', (request, response) => void response.send('a page'))
    return new Promise((resolve) => {
      const server = app.listen(0, '127.0.0.1', () => resolve(server.address().port))
    })
  },
  async fastify(adapter) {
    const app = Fastify()
    if (adapter) await app.register(forFastify, options)
    app.get('/webinar/:campaign', (request, reply) => void reply.send('a page'))
    await app.listen({ port: 0, host: '127.0.0.1' })
    return app.server.address().port
  },
}

function measureCalls() {
  console.log(`Node ${process.version}, cookie-signature ${version}`)
  compare('opening a token (goal: ≤ 0.25 ×)', [
    ['new URL, searchParams, cookie-signature unsign', () => new URL(url).searchParams.get('xa') && signature.unsign(signed, 'a secret of the host')],
    ['program.carried and keys.open', () => keys.open(program.carried(url), 'link', site, now)],
    ['keys.open alone', () => keys.open(token, 'link', site, now)],
  ])
  compare('reading 10,000 links, each (goal: ≤ 0.25 ×)', [
    ['new URL and searchParams', () => links.forEach((link) => { const { pathname, searchParams } = new URL(link); searchParams.get('sub'); pathname.split('/') })],
    ['readColumn', () => readColumn(links)],
    ['readColumn, affiliate alone', () => readColumn(links, ['affiliate'])],
    ['read, one by one', () => links.forEach((link) => read(link))],
  ], links.length)
  compare("one cookie in a header", [
    ['indexOf and slice, unverified', () => find(header, 'sentby')],
    ['keys.readCookie', () => keys.readCookie(spec, header, now)],
    ['keys.readCookie of a header without it', () => keys.readCookie(spec, without, now)],
    ["includes, which the adapters ask first", () => without.includes('sentby=')],
  ])
}

/** What a server's process spent, in microseconds. */
const spent = (server) => new Promise((resolve) => server.once('message', resolve).send('spent'))

/** Servers are processes of their own, and say what they spent: the client's work, and waiting, are not theirs. */
async function measureRequests() {
  const agent = new Agent({ keepAlive: true, maxSockets: 4 })
  const get = (port, path, headers) =>
    new Promise((resolve, reject) => {
      httpRequest({ port, path, headers, agent, host: '127.0.0.1' }, (response) => response.resume().on('end', resolve)).on('error', reject).end()
    })
  for (const name of Object.keys(apps)) {
    const servers = [false, true].map((adapter) => fork(fileURLToPath(import.meta.url), [name, String(adapter)]))
    const ports = await Promise.all(servers.map((server) => new Promise((resolve, reject) => server.once('message', resolve).once('error', reject))))
    console.log(`\nprocessor time of a request to ${name} (goal: ≤ 30 µs more)`)
    for (const [what, path, headers] of [
      ['no link, no cookie', '/webinar/spring', {}],
      ["a partner's link: touch, carrier, cookie set", '/webinar/spring?partner=anna', {}],
      ['the cookie of an earlier visit', '/webinar/spring', { cookie: header }],
    ]) {
      const times = [[], []]
      const some = (port, count) => Promise.all(Array.from({ length: 4 }, async () => { for (let n = 0; n < count / 4; n++) await get(port, path, headers) }))
      for (const port of ports) await some(port, 4000)
      for (let round = 0; round < 21; round++) {
        for (const [n, port] of ports.entries()) {
          const start = await spent(servers[n])
          await some(port, 400)
          times[n].push((await spent(servers[n]) - start) / 400)
        }
      }
      const [before, after] = times.map((row) => row.sort((a, b) => a - b)[10])
      console.log(`  ${what.padEnd(46)} ${before.toFixed(1)} µs without, ${after.toFixed(1)} µs with: ${(after - before).toFixed(1)} µs more`)
    }
    servers.forEach((server) => server.kill())
  }
  agent.destroy()
}

if (process.send === undefined) {
  measureCalls()
  await measureRequests()
} else {
  const [name, adapter] = process.argv.slice(2)
  process.send(await apps[name](adapter === 'true'))
  process.on('message', () => {
    const { user, system } = process.cpuUsage()
    process.send(user + system)
  })
}
