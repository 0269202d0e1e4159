'use strict'
const { BODY_MAX, Tracker, headerOf, problemOf, statusOf } = require('./web.cjs')

/** A plugin that puts the visit on `request.sentby`, its cookie on the reply, and the calls on `fastify.sentby`. */
async function sentby(fastify, options) {
  const tracker = new Tracker(options)
  fastify.decorateRequest('sentby', null)
  fastify.addHook('onRequest', async (request, reply) => {
    const origin = () => `${request.protocol}://${request.headers.host ?? 'localhost'}`
    const visit = tracker.visit({ method: request.method, target: request.raw.url, origin, header: headerOf(request), request })
    request.sentby = visit
    if (visit.setCookie !== null) {
      reply.header('set-cookie', visit.setCookie)
      if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'private')
    }
  })
  fastify.decorate('sentby', {
    get program() {
      return tracker.program
    },
    decorate: (url, visit) => tracker.decorate(url, visit),
    attribute: (visit, order, more) => tracker.attribute(visit, order, more),
    /** A plugin of one route, whose body stays raw: verifies a platform's webhook, hands it to `book`, and answers. */
    webhook: (url, platform, secret, book) => async (inner) => {
      inner.removeAllContentTypeParsers()
      inner.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: BODY_MAX }, (_request, body, done) => done(null, body))
      inner.post(url, { bodyLimit: BODY_MAX }, async (request, reply) => {
        let webhook
        try {
          webhook = tracker.webhook(platform, secret, headerOf(request), request.body ?? Buffer.alloc(0))
        } catch (error) {
          return reply.code(statusOf(error)).type('text/plain').send(`${problemOf(error).detail}\n`)
        }
        await book(webhook, request)
        return reply.type('text/plain').send('OK')
      })
    },
  })
}

// The decorators are for the whole application, not for this plugin alone.
sentby[Symbol.for('skip-override')] = true
sentby[Symbol.for('fastify.display-name')] = 'sentby'

module.exports = { sentby }
