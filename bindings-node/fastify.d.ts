import type { Book, Platform, Tracker, TrackerOptions, Visit } from './web'

export type { Attribution, AttributeOptions, Book, Tracker, TrackerOptions, Visit, VisitProblem } from './web'

/** What stands on `fastify.sentby`; the visit is `request.sentby`. */
export interface FastifyTracker extends Tracker {
  /** A plugin of one route, whose body stays raw: `fastify.register(fastify.sentby.webhook('/hooks/copecart', 'copecart', secret, book))`. */
  webhook(url: string, platform: Platform, secret: string, book: Book<[any]>): (fastify: any) => Promise<void>
}

declare module 'fastify' {
  interface FastifyInstance {
    sentby: FastifyTracker
  }
  interface FastifyRequest {
    /** Where the visitor came from. */
    sentby: Visit
  }
}

/** A plugin for Fastify 5: `await fastify.register(sentby, options)`. */
export declare function sentby(fastify: any, options: TrackerOptions<any>): Promise<void>
