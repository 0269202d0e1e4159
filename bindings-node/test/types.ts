// Compiled, never run: the types say what the package does.
import { Keys, Program, explain, formatMoney, type Decision, type Evidence, type Order, type SentbyError, type Touch } from '../index'

const program: Program = Program.fromToml('')
const touches: Touch[] = [{ affiliate: 'anna', at: new Date(), evidence: 'token', signed: true }]
const order: Order = { id: 'A-1', at: new Date(), lines: [{ id: '1', product: 'p', gross: { minor: 1, currency: 'EUR' }, tax: { minor: 0, currency: 'EUR' } }] }
const decision: Decision = program.attribute(order, touches)
const text: string = explain(decision) + formatMoney(program.commission(order, decision).entries[0]!.amount)
const keys = new Keys([{ id: 1, secret: new Uint8Array(32), retires: null }])
const cookie: string | null = keys.setCookie({ site: 'a.example' }, touches, 'granted', new Date())
const link = program.read('https://a.example/')
const affiliate: string | null | undefined = link?.referral.affiliate
// @ts-expect-error: not a kind of evidence
const evidence: Evidence = 'cookies'
// @ts-expect-error: a time is a Date
program.attribute({ ...order, at: 1 }, touches)
// @ts-expect-error: not a purpose
keys.open('', 'post', 'a', new Date())
export const code = (error: SentbyError): string => error.code
export default [text, cookie, affiliate, evidence]
