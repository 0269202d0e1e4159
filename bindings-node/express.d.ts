import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Book, Platform, Tracker, TrackerOptions, Visit } from './web'

export type { Attribution, AttributeOptions, Book, Tracker, TrackerOptions, Visit, VisitProblem } from './web'

declare global {
  namespace Express {
    interface Request {
      /** Where the visitor came from. */
      sentby: Visit
    }
  }
}

type Handler = (request: IncomingMessage & any, response: ServerResponse & any, next: (error?: unknown) => void) => void

/** Middleware for Express 4 and 5. */
export interface ExpressTracker extends Tracker {
  (request: IncomingMessage & any, response: ServerResponse & any, next: (error?: unknown) => void): void
  /**
   * A route that verifies a platform's webhook. The raw body is taken from `request.rawBody`, from `express.raw()`, or read;
   * put the route before `express.json()`.
   */
  webhook(platform: Platform, secret: string, book: Book<[IncomingMessage & any]>): Handler
}

export declare function sentby(options: TrackerOptions<IncomingMessage & any>): ExpressTracker
