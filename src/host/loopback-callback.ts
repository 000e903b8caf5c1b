import { timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Failure } from '../model/failure.ts'

export interface CallbackOptions {
  /** Where the answer goes, `/oauth/callback` for example; any other path is told that there is nothing. */
  readonly path: string
  /** How long to wait for the person. */
  readonly timeoutMs: number
  /** What the browser shows once the answer is in; one sentence, as text. */
  readonly page: string
  /**
   * The `state` (or, in SAML, the `RelayState`) that went out. An answer without it is somebody else's and is turned
   * away, and the wait goes on. Absent: whoever asks checks by itself that the answer is theirs.
   */
  readonly state?: string
  /**
   * HTML of a form's fields, for an answer that no redirect brings. A GET of the path with the right `state` is then
   * shown the form, and only what is posted is an answer.
   */
  readonly form?: string
  /** 0 or absent: a free port. */
  readonly port?: number
}

export interface Callback {
  /** `http://127.0.0.1:<port><path>` */
  readonly redirectUri: string
  /** What the browser brought: the query of a GET, the form of a POST. Rejects with `login-needed` when time is up. */
  readonly answer: Promise<URLSearchParams>
  /** Stops listening; an answer that is still awaited is rejected with `interrupted`. Safe to call again. */
  readonly close: () => Promise<void>
}

const mostBody = 512 * 1024

/**
 * Listens on 127.0.0.1 for the one answer that a browser brings back from a login (RFC 8252, section 7.3). Takes one
 * answer, shows `page`, and stops. The name in Host must be this machine's, so that no web page can pose as the place
 * that was asked; nothing of the answer is ever shown or logged.
 */
export async function awaitCallback(options: CallbackOptions): Promise<Callback> {
  const { promise, resolve, reject } = Promise.withResolvers<URLSearchParams>()
  // A caller that fails before it waits must not end the process.
  promise.catch(() => undefined)
  const server = createServer({ maxHeaderSize: 64 * 1024, requestTimeout: 10_000 }, (request, response) => {
    receive(options, request).then(
      (answer) => {
        if (answer === undefined) return showForm(response, options)
        show(response, 200, options.page)
        response.once('close', () => void close())
        resolve(answer)
      },
      (error: unknown) =>
        show(response, error instanceof Refusal ? error.status : 400, 'This is not the answer that was waited for.'),
    )
  })
  const timer = setTimeout(() => {
    reject(
      new Failure('login-needed', 'Nobody came back from the browser in time.', { hint: 'Run the command again.' }),
    )
    void close()
  }, options.timeoutMs)
  const closed = Promise.withResolvers<void>()
  let closing = false
  function close(): Promise<void> {
    clearTimeout(timer)
    reject(new Failure('interrupted', 'The login was given up.'))
    if (!closing) {
      closing = true
      server.close(() => closed.resolve())
      server.closeIdleConnections()
      setTimeout(() => server.closeAllConnections(), 500).unref()
    }
    return closed.promise
  }
  await new Promise<void>((listening, failed) => {
    server.once('error', failed)
    server.listen(options.port ?? 0, '127.0.0.1', listening)
  }).catch((cause: unknown) => {
    clearTimeout(timer)
    throw new Failure('network', `Port ${options.port ?? 0} of 127.0.0.1 cannot be listened on.`, {
      hint: 'Another program listens there; end it, or wait until its login is over.',
      cause,
    })
  })
  return { redirectUri: `http://127.0.0.1:${portOf(server.address())}${options.path}`, answer: promise, close }
}

const portOf = (address: AddressInfo | string | null): number =>
  typeof address === 'object' && address !== null ? address.port : 0

class Refusal extends Error {
  readonly status: number

  constructor(status: number) {
    super('refused')
    this.status = status
  }
}

/** The answer; undefined for who is to be shown the form. */
async function receive(
  { path, state, form }: CallbackOptions,
  request: IncomingMessage,
): Promise<URLSearchParams | undefined> {
  if (!/^(?:127\.0\.0\.1|localhost|\[::1\]):\d{1,5}$/i.test(request.headers.host ?? '')) throw new Refusal(403)
  const url = URL.parse(request.url ?? '', 'http://127.0.0.1')
  if (url?.pathname !== path) throw new Refusal(404)
  const answer = await answerIn(request, url)
  if (state !== undefined && !sameText(answer.get('state') ?? answer.get('RelayState') ?? '', state))
    throw new Refusal(400)
  return form !== undefined && request.method === 'GET' ? undefined : answer
}

async function answerIn(request: IncomingMessage, url: URL): Promise<URLSearchParams> {
  if (request.method === 'GET') return url.searchParams
  if (request.method !== 'POST') throw new Refusal(405)
  if (!/^application\/x-www-form-urlencoded\b/i.test(request.headers['content-type'] ?? '')) throw new Refusal(415)
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request) {
    size += chunk.length
    if (size > mostBody) throw new Refusal(413)
    chunks.push(chunk)
  }
  return new URLSearchParams(Buffer.concat(chunks).toString('utf8'))
}

function sameText(given: string, expected: string): boolean {
  const one = Buffer.from(given)
  const other = Buffer.from(expected)
  return one.length === other.length && timingSafeEqual(one, other)
}

const escaped = (text: string): string => text.replace(/[&<>"']/g, (symbol) => `&#${symbol.charCodeAt(0)};`)

function show(response: ServerResponse, status: number, text: string): void {
  respond(response, status, `<p>${escaped(text)}</p>`, "'none'")
}

function showForm(response: ServerResponse, { path, state = '', form = '' }: CallbackOptions): void {
  const hidden = `<input type="hidden" name="state" value="${escaped(state)}">`
  respond(response, 200, `<form method="post" action="${escaped(path)}">${hidden}${form}</form>`, "'self'")
}

function respond(response: ServerResponse, status: number, html: string, formAction: string): void {
  response.writeHead(status, {
    'Content-Type': 'text/html; charset=utf-8',
    'Content-Security-Policy': `default-src 'none'; style-src 'unsafe-inline'; form-action ${formAction}; base-uri 'none'; frame-ancestors 'none'`,
    'Cache-Control': 'no-store',
    'Referrer-Policy': 'no-referrer',
    'X-Content-Type-Options': 'nosniff',
    Connection: 'close',
  })
  response.end(
    `<!doctype html><html lang="en"><meta charset="utf-8"><title>Mayfly</title><body style="font: 1.1rem system-ui; max-width: 40rem; margin: 4rem auto"><main><h1>Mayfly</h1>${html}</main></body></html>\n`,
  )
}
