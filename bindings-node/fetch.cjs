'use strict'
const { BODY_MAX, Tracker, statusOf } = require('./web.cjs')

const headerOf = (request) => (name) => request.headers.get(name) ?? undefined

/** The bytes of a request, at most so many. */
async function bytes(request, most) {
  const parts = []
  let size = 0
  for await (const part of request.body ?? []) {
    size += part.byteLength
    if (size > most) throw Object.assign(new Error(`/body: is over ${most} bytes`), { code: 'too_large' })
    parts.push(part)
  }
  return Buffer.concat(parts)
}

/**
 * Attribution for servers that turn a `Request` into a `Response`.
 */
function sentby(options) {
  const tracker = new Tracker(options)
  return {
    get program() {
      return tracker.program
    },
    visit(request) {
      const url = new URL(request.url)
      return tracker.visit({ method: request.method, target: url.pathname + url.search, origin: url.origin, header: headerOf(request), request })
    },
    /** The response with the visit's cookie; a response that carries one is for this visitor alone. */
    keep(response, visit) {
      // What is no answer of this server (status 0, or an upgrade) cannot be made anew.
      if (visit.setCookie === null || response.status < 200) return response
      const headers = new Headers(response.headers)
      headers.append('set-cookie', visit.setCookie)
      if (!headers.has('cache-control')) headers.set('cache-control', 'private')
      return new Response(response.body, { status: response.status, statusText: response.statusText, headers })
    },
    async handle(request, handler) {
      const visit = this.visit(request)
      return this.keep(await handler(visit), visit)
    },
    decorate: (url, visit) => tracker.decorate(url, visit),
    attribute: (visit, order, more) => tracker.attribute(visit, order, more),
    /** Verifies a platform's webhook and answers it: 200 once `book` is done, 4xx for what is no webhook of the platform. */
    async webhook(request, platform, secret, book) {
      let webhook
      try {
        webhook = tracker.webhook(platform, secret, headerOf(request), await bytes(request, BODY_MAX))
      } catch (error) {
        return new Response(`${error.message}\n`, { status: statusOf(error) })
      }
      await book(webhook)
      return new Response('OK')
    },
  }
}

module.exports = { sentby }
