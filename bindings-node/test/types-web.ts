// Compiled, never run: the adapters in the frameworks' own types.
import express from 'express'
import Fastify from 'fastify'
import { Hono } from 'hono'
import { Keys, Program, type Order } from '../index'
import { sentby as forExpress } from '../express'
import { sentby as forFastify } from '../fastify'
import { load } from '../wasm'
import { sentby as forFetch, type Attribution, type Visit } from '../fetch'

const options = { program: Program.fromToml(''), keys: new Keys([]), site: 'shop.example' }
declare const order: Order

const app = express()
const tracker = forExpress({ ...options, consent: (request) => (request.headers.cookie === undefined ? null : true) })
app.use(tracker)
app.post('/hooks', tracker.webhook('copecart', 's', (webhook) => webhook.id))
app.get('/', (request, response) => {
  const visit: Visit = request.sentby
  const { decision }: Attribution = tracker.attribute(visit, order, { carrier: request.body.xa })
  response.json(decision.credits)
})

const fastify = Fastify()
void fastify.register(forFastify, { ...options, onProblem: ({ code }) => console.log(code) })
void fastify.register(fastify.sentby.webhook('/hooks', 'digistore24', 's', () => {}))
fastify.get('/', (request) => fastify.sentby.decorate('https://a.example', request.sentby))

const hono = new Hono()
const attribution = forFetch({ ...options, program: () => options.program, consent: (request) => request.headers.has('cookie') })
hono.get('/', (c) => attribution.handle(c.req.raw, (visit) => c.text(visit.latest?.affiliate ?? '')))
// @ts-expect-error: no platform of that name
hono.post('/', (c) => attribution.webhook(c.req.raw, 'elsewhere', 's', () => {}))
// @ts-expect-error: a site is needed
forFetch({ program: options.program, keys: options.keys })

export const inAnEdgeRuntime = async (module: WebAssembly.Module): Promise<string> => {
  const { Keys: WasmKeys, Program: WasmProgram, explain } = await load(module)
  const program = WasmProgram.fromToml('')
  const { issuedAt } = new WasmKeys([]).open('', 'mail', 'a', new Date())
  return explain(program.attribute(order, [])) + issuedAt.toISOString() + program.vendor
}
