import type { Book, Platform, Tracker, TrackerOptions, Visit } from './web'

export type { Attribution, AttributeOptions, Book, Tracker, TrackerOptions, Visit, VisitProblem } from './web'

/** Attribution for servers that turn a `Request` into a `Response`: Hono, Next, Remix, Workers-style servers. */
export interface FetchTracker extends Tracker {
  /** What a request says of where its visitor came from. */
  visit(request: Request): Visit
  /** The response with the visit's cookie, if there is one. */
  keep(response: Response, visit: Visit): Response
  /** `visit`, your handler, and `keep`. */
  handle(request: Request, handler: (visit: Visit) => Response | Promise<Response>): Promise<Response>
  /** Verifies a platform's webhook and answers it: 200 once `book` is done, 4xx for what is no webhook of the platform. */
  webhook(request: Request, platform: Platform, secret: string, book: Book): Promise<Response>
}

export declare function sentby(options: TrackerOptions<Request>): FetchTracker
