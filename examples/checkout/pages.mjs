// The pages, as text. Everything that comes from outside goes through `html`, which escapes it.
import { explain, formatMoney } from 'sentby'

const escape = (value) => String(value).replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`)

/** A text that is markup already. */
class Markup {
  constructor(text) {
    this.text = text
  }
}

const show = (value) => (Array.isArray(value) ? value.map(show).join('') : value instanceof Markup ? value.text : value === null || value === undefined || value === false ? '' : escape(value))

export const html = (parts, ...values) => new Markup(parts.reduce((text, part, n) => text + show(values[n - 1]) + part))

const euro = (money) => `${formatMoney(money)} €`

const page = (title, body) =>
  html`<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title><link rel="stylesheet" href="/style.css"><link rel="icon" href="/icon.svg"></head>
<body><header><a class="brand" href="/">Webinarhaus shop</a></header><main>${body}</main></body></html>`.text

export const front = (orders, asks) =>
  page('Webinarhaus shop', html`${asks && consentBar()}
<h1>Courses</h1>
<section class="card row"><div><strong>Sales masterclass, the whole course</strong><p class="soft">Twelve lessons, exercises, and a conversation every month.</p></div>
<a class="button" href="/checkout/521411d4">Buy · 1190.00 €</a></section>
<h2>Orders</h2>
<section class="card">${orders.length === 0 ? html`<p class="soft">None so far. Come from a webinar, by a partner's link (<code>/checkout/521411d4?partner=anna</code>), or use a coupon.</p>` : html`<ul>${orders.map(({ id, buyer }) => html`<li><a href="/order/${id}">${id}</a> <span class="soft">${buyer}</span></li>`)}</ul>`}</section>`)

const consentBar = () => html`<section class="card banner"><p>May we remember which partner sent you? Without it, everything works as well.</p>
<form method="post" action="/consent"><button name="answer" value="granted">Allow</button> <button class="plain" name="answer" value="denied">No, thanks</button></form></section>`

export const checkout = ({ product, price, tax, attendee, parameter, carrier, asks, problem, email, coupon }) =>
  page('Checkout', html`${asks && consentBar()}
<h1>Checkout</h1>
${problem && html`<section class="card wrong" role="alert">${problem}</section>`}
<section class="card"><table><tr><td>${product}</td><td class="amount">${euro({ minor: price.minor - tax.minor, currency: price.currency })}</td></tr><tr><td>VAT</td><td class="amount">${euro(tax)}</td></tr><tr><td><strong>To pay</strong></td><td class="amount"><strong>${euro(price)}</strong></td></tr></table></section>
<form class="card" id="checkout" method="post">
<label for="email">E-mail</label><input id="email" name="email" type="email" required maxlength="200" value="${email}">
<label for="coupon">Coupon <span class="soft">(if you have one: ANNA10, BOB5)</span></label><input id="coupon" name="coupon" maxlength="64" autocomplete="off" value="${coupon}">
<input type="hidden" name="attendee" value="${attendee}"><input type="hidden" name="${parameter}" value="${carrier}">
<button>Pay ${euro(price)}</button><p class="soft">No money moves here.</p></form>`)

export const order = ({ id, buyer, decision, commission, fingerprint, touches, problems }, entries, status) => {
  const [headline, ...lines] = explain(decision).trim().split('\n')
  const touched = lines.filter((line) => /^\d+\. /.test(line))
  const remarks = [...lines.slice(touched.length), ...problems.map(({ detail }) => `not taken: ${detail}`)]
  const paid = entries.filter((entry) => entry.kind === 'payment')
  const others = entries.filter((entry) => entry.kind !== 'payment')
  const gross = paid.reduce((sum, entry) => sum + entry.amount.minor, 0)
  const open = entries.reduce((sum, entry) => sum + entry.amount.minor, 0)
  let left = 0
  const bars = paid.map(({ role, recipient, rule, amount }) => {
    const start = left
    left += amount.minor
    const part = (minor) => (gross === 0 ? 0 : (minor / gross) * 100).toFixed(2)
    return html`<div><strong>${recipient ?? role}</strong> <span class="soft">${recipient ? role : ''}</span></div>
<svg viewBox="0 0 100 6" preserveAspectRatio="none" role="img" aria-label="${role} ${euro(amount)}"><title>${rule ?? role}</title><rect width="100" height="6" class="track"></rect><rect x="${part(start)}" width="${part(amount.minor)}" height="6" class="${role}"></rect></svg><div class="amount">${euro(amount)}</div>`
  })
  return page(`Order ${id}`, html`<p class="soft">Order ${id} · ${buyer} · ${decision.at.toISOString()} · <span id="status">${status}</span></p>
<h1>Who sent this buyer? <span id="headline">${headline.slice(headline.indexOf('Z: ') + 3)}</span></h1>
<h2>Every touch, and what became of it</h2>
<section class="card" id="touches">${touched.length === 0 ? html`<p>No touch is known. The whole rest is the vendor's.</p>` : html`<ol>${touched.map((line) => html`<li>${line.replace(/^\d+\. /, '')}</li>`)}</ol>`}
${remarks.map((line) => html`<p class="soft">${line}</p>`)}</section>
<h2>Where the ${euro({ minor: gross, currency: 'EUR' })} go</h2>
<section class="card bars" id="waterfall">${bars}</section>
${others.length > 0 && html`<h2>Taken back</h2><section class="card"><table id="refunds">${others.map(({ event, role, recipient, amount }) => html`<tr><td>${event}</td><td>${recipient ?? role}</td><td class="amount">${euro(amount)}</td></tr>`)}</table></section>`}
<p id="open">Still settled: ${euro({ minor: open, currency: 'EUR' })}</p>
<p class="soft">${touches.length === 1 ? '1 touch' : `${touches.length} touches`}, ${commission.entries.length} entries. Fingerprint over rules, order, touches and result:<br><code>${fingerprint}</code></p>`)
}

export const failed = (title, text) => page(title, html`<h1>${title}</h1><p>${text}</p><p><a href="/">To the shop</a></p>`)

export const STYLE = `
:root { --ink: #1c2431; --soft: #5d6878; --line: #dfe4ea; --brand: #5b3d9e; }
* { box-sizing: border-box }
body { margin: 0; background: #f6f5f9; color: var(--ink); font: 16px/1.55 system-ui, "Segoe UI", Roboto, sans-serif }
header { background: #fff; border-bottom: 1px solid var(--line) } header a { display: block; max-width: 46rem; margin: auto; padding: .9rem 1.25rem; color: inherit; text-decoration: none; font-weight: 700 }
main { max-width: 46rem; margin: auto; padding: 1.5rem 1.25rem 4rem } h1 { font-size: 1.6rem; line-height: 1.25 } h2 { font-size: 1.1rem; margin-top: 2rem }
.card { display: block; background: #fff; border: 1px solid var(--line); border-radius: .75rem; padding: 1.25rem; margin: 1rem 0 } .row { display: flex; gap: 1rem; justify-content: space-between; align-items: center; flex-wrap: wrap }
.soft { color: var(--soft) } .banner { background: #fff8ea } .wrong { border-color: #b3261e; color: #8c1d18 }
label { display: block; font-weight: 600; margin: .75rem 0 .25rem } input:not([type=hidden]) { width: 100%; padding: .65rem .75rem; font: inherit; border: 1px solid #b9c2cd; border-radius: .5rem }
button, .button { display: inline-block; margin-top: 1rem; padding: .7rem 1.3rem; font: inherit; font-weight: 600; color: #fff; background: var(--brand); border: 1px solid var(--brand); border-radius: .5rem; text-decoration: none; cursor: pointer } .plain { background: #fff; color: var(--brand) }
:focus-visible { outline: 3px solid #b39ddb; outline-offset: 1px }
table { width: 100%; border-collapse: collapse } td { padding: .5rem; border-bottom: 1px solid var(--line) } tr:last-child td { border: 0 } .amount { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap }
.bars { display: grid; grid-template-columns: minmax(7rem, auto) 1fr auto; gap: .5rem .9rem; align-items: center } svg { width: 100%; height: 1.4rem } .track { fill: #eef1f4 }
.tax { fill: #97a3b3 } .fee { fill: #d59a4a } .affiliate { fill: #0b6e6e } .vendor { fill: #2f4d80 } .partner, .second_level { fill: #6c5fb0 }
@media (max-width: 40rem) { .bars { grid-template-columns: auto 1fr auto } .bars .soft { display: block } h1 { font-size: 1.35rem } }
code { font-size: .85em; overflow-wrap: anywhere } ol, ul { padding-left: 1.3rem } a { color: var(--brand) }`

export const ICON = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10"><circle cx="5" cy="5" r="4" fill="#5b3d9e"/></svg>'
