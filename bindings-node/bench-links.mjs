// Reading 100,000 mixed links from Node, beside its own parser. Medians of 9 rounds.
//
// node bindings-node/bench-links.mjs
import { readColumn } from './index.mjs'

/** The same links as in core/benches/links.rs. */
function mixedLinks(count) {
  let state = 42
  const below = (limit) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return (state >>> 8) % limit
  }
  const heads = [
    (a, p) => `https://www.copecart.com/products/${p.toString(16).padStart(8, '0')}/p/user${a}/?x=1`,
    (a, p) => `https://www.digistore24.com/redir/${p}/user${a}/spring${below(10)}?ds24tr=key${below(1000)}`,
    (a, p) => `https://www.awin1.com/cread.php?awinmid=${p}&awinaffid=${a}&clickref=c${below(1000)}&ued=https%3A%2F%2Fwww.shop${below(100)}.example%2Fdeals%2F`,
    (a, p) => `https://go.shop${below(9)}.example/c/${a}/${below(1000)}/${p}?subId1=newsletter&u=https%3A%2F%2Fshop.example%2Fitem%3Fid%3D${p}`,
    (a, p) => `https://www.dpbolvw.net/click-${a}-${p}?sid=mail${below(1000)}&url=https%3A%2F%2Fshop.example%2F`,
    (a, p) => `https://shop${below(100)}.example/products/blue-shoes-${p}?irgwc=1&irclickid=XyZ${a}${p}&tid=IR-affiliate-${a}`,
    (a, p) => `https://click.linksynergy.com/deeplink?id=kXQk6ivF${a}&mid=${p}&u1=sub${below(1000)}&murl=https%3A%2F%2Fwww.newegg.example%2Fp%2F${p}`,
    (a, p) => `https://www.amazon.com/dp/B${String(p).padStart(9, '0')}?tag=site${a}-20&linkCode=ogi&th=1&psc=1`,
    (a, p) => `https://brand${below(100)}.example/pricing/plans/${p}?ref=home&lang=en&session=0123456789abcdef${a}`,
    (a, p) => `https://blog${below(100)}.example/2026/11/why-we-like-webinars-${p}.html?page=${a}`,
  ]
  return Array.from({ length: count }, () => {
    const [a, p] = [below(100_000), below(1_000_000)]
    let link = heads[below(10)](a, p)
    for (const name of ['utm_source', 'utm_medium', 'utm_campaign', 'gclid']) {
      if (below(2) === 1) link += `&${name}=value${below(1000)}-${below(1_000_000)}`
    }
    return link
  })
}

const links = mixedLinks(100_000)
const jobs = [
  ['new URL, hostname, pathname and searchParams', () => {
    let total = 0
    for (const link of links) {
      const url = new URL(link)
      total += url.hostname.length + url.pathname.length
      for (const [name, value] of url.searchParams) total += name.length + value.length
    }
    return total
  }],
  ['readColumn, 4 arrays', () => readColumn(links, ['host', 'product', 'affiliate', 'campaign'])],
]
const times = jobs.map(() => [])
for (let round = 0; round < 9; round++) {
  jobs.forEach(([, job], n) => {
    const start = process.hrtime.bigint()
    job()
    times[n].push(Number(process.hrtime.bigint() - start) / links.length)
  })
}
const medians = times.map((row) => row.sort((a, b) => a - b)[4])
console.log(`${links.length} links, ${Math.round(links.join('').length / links.length)} bytes each on average`)
jobs.forEach(([name], n) => console.log(`  ${name.padEnd(58)} ${medians[n].toFixed(1).padStart(9)} ns a link  ${(medians[n] / medians[0]).toFixed(2).padStart(5)} ×`))
