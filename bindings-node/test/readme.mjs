import { readFileSync } from 'node:fs'
import { Keys, Program, explain, formatMoney, parseMoney, touchOf } from 'sentby'

const program = Program.fromToml(readFileSync('core/vectors/programs/story.toml', 'utf8'))
const keys = new Keys([{ id: 1, secret: Buffer.from('32 random bytes from your vault.') }])

// On the phone: Lena taps Anna's link and registers. The attendee's profile keeps a token.
const tapped = new Date('2026-03-01T09:00:00Z')
const link = program.read('https://www.copecart.com/products/521411d4/p/anna/')
const token = keys.seal(link.referral, 'profile', 'webinarhaus.example/lena', tapped)

// On the PC, two days later, in another browser: the purchase link brings the token, an old cookie says Bob.
const bought = new Date('2026-03-03T18:00:00Z')
const anna = touchOf(keys.open(token, 'profile', 'webinarhaus.example/lena', bought))
const bob = { affiliate: 'bob', at: new Date('2026-02-20T12:00:00Z'), evidence: 'cookie' }

const line = { id: '1', product: '521411d4', gross: parseMoney('1190.00', 'EUR'), tax: parseMoney('190.00', 'EUR') }
const order = { id: 'A-1001', at: bought, lines: [line] }
const decision = program.attribute(order, [anna, bob])
process.stdout.write(explain(decision))
for (const { role, recipient, amount } of program.commission(order, decision).entries) {
  console.log(`${role.padEnd(9)} ${(recipient ?? '').padEnd(12)} ${`${formatMoney(amount)} EUR`.padStart(12)}`)
}
