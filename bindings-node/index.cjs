'use strict'
const native = require('./native.cjs')

/** How many rows are handed over as one text. */
const ROWS = 32768

/**
 * What many URLs say. Engines hand over one long text much faster than many short ones, and split it as fast; what cannot be joined
 * takes the plain way, and so does what is wrong, for its error.
 */
function readColumn(urls, fields, lenient) {
  if (!Array.isArray(urls) || !urls.every((url) => typeof url === 'string' || url === null)) {
    return native.readColumn(urls, fields, lenient)
  }
  const columns = {}
  for (let start = 0; start === 0 || start < urls.length; start += ROWS) {
    const rows = urls.slice(start, start + ROWS)
    const texts = native.readJoined(rows.join('\n'), rows.length, fields, lenient)
    const more = texts ?? native.readColumn(rows, fields, lenient)
    for (const field of Object.keys(more)) {
      const values = texts === null ? more[field] : more[field].split('\n')
      const column = (columns[field] ??= [])
      // No value is empty: an empty one is missing.
      for (let row = 0; row < values.length; row++) column.push(values[row] === '' ? null : values[row])
    }
  }
  return columns
}

/** The plain way of `open` for whatever is no valid Date: its error says so. */
const { open, openJoined } = native.Keys.prototype
delete native.Keys.prototype.openJoined

native.Keys.prototype.open = function (text, purpose, audience, now) {
  const millis = now instanceof Date ? now.getTime() : NaN
  if (Number.isNaN(millis)) return open.call(this, text, purpose, audience, now)
  const [issued, expires, keyId, affiliate, product, clickId] = openJoined.call(this, text, purpose, audience, millis).split('\n')
  return {
    referral: { affiliate: affiliate || null, product: product || null, campaign: null, clickId: clickId || null, subIds: {}, destination: null },
    issuedAt: new Date(Number(issued)),
    expiresAt: new Date(Number(expires)),
    keyId: Number(keyId),
  }
}

const { readJoined, ...rest } = native
module.exports = { ...rest, readColumn }
