'use strict'
const { BODY_MAX, Tracker, headerOf, problemOf, statusOf } = require('./web.cjs')

/** The raw body: as a parser left it, or read here. */
function raw(request) {
  const kept = request.rawBody ?? request.body
  if (kept instanceof Uint8Array) return Promise.resolve(kept)
  if (request.readableEnded) return Promise.resolve(undefined)
  return new Promise((resolve, reject) => {
    const parts = []
    let size = 0
    request.on('data', (part) => {
      size += part.length
      // What is too long is read to its end, so that the sender hears the answer, but not kept.
      if (size <= BODY_MAX) parts.push(part)
    })
    request.on('end', () => {
      if (size <= BODY_MAX) resolve(Buffer.concat(parts))
      else reject(Object.assign(new Error(`/body: is over ${BODY_MAX} bytes`), { code: 'too_large' }))
    })
    request.on('error', reject)
    // After the end, this changes nothing.
    request.on('close', () => reject(Object.assign(new Error('/body: the sender went away'), { code: 'cancelled' })))
  })
}

/** Middleware that puts the visit on `req.sentby` and its cookie on the response. */
function sentby(options) {
  const tracker = new Tracker(options)
  const middleware = (request, response, next) => {
    const origin = () => `${request.protocol}://${request.headers.host ?? 'localhost'}`
    const visit = tracker.visit({ method: request.method, target: request.originalUrl, origin, header: headerOf(request), request })
    request.sentby = visit
    if (visit.setCookie !== null) {
      response.appendHeader('Set-Cookie', visit.setCookie)
      if (!response.hasHeader('Cache-Control')) response.setHeader('Cache-Control', 'private')
    }
    next()
  }
  return Object.defineProperties(middleware, {
    program: { get: () => tracker.program },
    decorate: { value: (url, visit) => tracker.decorate(url, visit) },
    attribute: { value: (visit, order, more) => tracker.attribute(visit, order, more) },
    webhook: {
      /** A route: verifies a platform's webhook, hands it to `book`, and answers. What `book` throws is the host's to handle. */
      value: (platform, secret, book) => (request, response, next) => {
        const done = (async () => {
          let webhook
          try {
            webhook = tracker.webhook(platform, secret, headerOf(request), await raw(request))
          } catch (error) {
            response.status(statusOf(error)).type('text/plain').send(`${problemOf(error).detail}\n`)
            return
          }
          await book(webhook, request)
          response.type('text/plain').send('OK')
        })()
        done.catch(next)
      },
    },
  })
}

module.exports = { sentby }
