// A bounded load: so many orders, so many at a time, over real HTTP; then the ledger is verified. `node load.mjs [orders] [at a time]`
import { performance } from 'node:perf_hooks'
import { pathToFileURL } from 'node:url'
import { makeShop } from './shop.mjs'

/** Buys `orders` times, half of them by Anna's link, and says how long it took and what the ledger holds. */
export async function load({ orders = 1000, atATime = 16, database } = {}) {
  const { app, store } = await makeShop({ database })
  const base = await app.listen({ port: 0, host: '127.0.0.1' })
  let next = 0
  const slow = []
  const buyer = async () => {
    while (next < orders) {
      const n = next++
      const start = performance.now()
      const landed = await (await fetch(`${base}/checkout/521411d4${n % 2 === 0 ? '?partner=anna' : ''}`)).text()
      const carrier = /name="xa" value="(\w*)"/.exec(landed)?.[1] ?? ''
      const response = await fetch(`${base}/checkout/521411d4`, { method: 'POST', body: new URLSearchParams({ email: `buyer${n}@example.com`, xa: carrier }), redirect: 'manual' })
      if (response.status !== 303) throw new Error(`order ${n}: ${response.status} ${await response.text()}`)
      slow.push(performance.now() - start)
    }
  }
  const start = performance.now()
  await Promise.all(Array.from({ length: atATime }, buyer))
  const seconds = (performance.now() - start) / 1000
  const sum = (who) => store.ledger.entries().filter((entry) => entry.recipient === who).reduce((total, entry) => total + entry.amount.minor, 0)
  const result = { orders, seconds, difference: store.ledger.verify(await store.events()), size: store.ledger.size, anna: sum('anna'), vendor: sum('webinarhaus') }
  await app.close()
  slow.sort((a, b) => a - b)
  return { ...result, median: slow[slow.length >> 1], slowest: slow.at(-1) }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [orders, atATime] = process.argv.slice(2).map(Number)
  const { seconds, difference, median, slowest, ...rest } = await load({ orders, atATime, database: process.env.DATABASE })
  console.log(`${rest.orders} orders in ${seconds.toFixed(2)} s, ${(rest.orders / seconds).toFixed(0)} a second; page and order together ${median.toFixed(1)} ms in the middle, ${slowest.toFixed(0)} ms at most`)
  console.log(`ledger: ${rest.size} events, ${difference === null ? 'verified' : `DIFFERS at ${difference.place}`}; anna ${rest.anna} cents, webinarhaus ${rest.vendor} cents`)
  if (difference !== null) process.exitCode = 1
}
