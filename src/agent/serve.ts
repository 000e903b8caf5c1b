import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Failure } from '../model/failure.ts'
import type { Agent } from './agent.ts'

export interface Served {
  /** What a program of this profile is given: the values of AWS_CONTAINER_CREDENTIALS_FULL_URI and …_AUTHORIZATION_TOKEN. */
  readonly endpointFor: (profile: string) => { readonly url: string; readonly token: string }
  readonly close: () => Promise<void>
}

export interface ServeOptions {
  readonly randomBytes: (length: number) => Uint8Array
  /** 0 or absent: a free port. */
  readonly port?: number
}

/**
 * Serves an agent's credentials on 127.0.0.1 as containers are served theirs
 * (https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html). Each profile has a token of its
 * own, so that a program gets no other's; the name in Host must be this machine's, so that no web page gets any.
 */
export async function serveAgent(agent: Agent, { randomBytes, port = 0 }: ServeOptions): Promise<Served> {
  const secret = randomBytes(32)
  const tokenOf = (profile: string): string => createHmac('sha256', secret).update(profile).digest('base64url')
  const server = createServer({ maxHeaderSize: 16 * 1024, requestTimeout: 10_000 }, (request, response) => {
    const profile = profileIn(request)
    const given = request.headers.authorization ?? ''
    if (!/^(?:127\.0\.0\.1|localhost):\d{1,5}$/i.test(request.headers.host ?? ''))
      return refuse(response, 403, 'WrongHost', 'This is asked by its own name only.')
    if (request.method !== 'GET')
      return refuse(response, 405, 'MethodNotAllowed', 'Credentials are asked for with GET.')
    // The same answer for a profile that is not there: nothing is learnt by trying.
    if (profile === undefined || !sameText(given, tokenOf(profile)))
      return refuse(response, 401, 'NotAuthorized', 'The authorization token is not the one of this profile.')
    agent.credentials(profile).then(
      ({ accessKeyId, secretAccessKey, sessionToken, expiration, accountId }) =>
        send(response, 200, {
          AccessKeyId: accessKeyId,
          SecretAccessKey: secretAccessKey,
          Token: sessionToken,
          Expiration: expiration.toISOString().replace(/\.\d{3}Z$/, 'Z'),
          ...(accountId === undefined ? {} : { AccountId: accountId }),
        }),
      (error: unknown) => refuse(response, ...told(error)),
    )
  })
  await new Promise<void>((listening, failed) => {
    server.once('error', failed)
    server.listen(port, '127.0.0.1', listening)
  }).catch((cause: unknown) => {
    throw new Failure('network', `Port ${port} of 127.0.0.1 cannot be listened on.`, {
      hint: 'Another program listens there; leave --port out for a free one.',
      cause,
    })
  })
  const origin = `http://127.0.0.1:${portOf(server.address())}`
  return {
    endpointFor: (profile) => ({ url: `${origin}${root}${encodeURIComponent(profile)}`, token: tokenOf(profile) }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

const root = '/credentials/'

const portOf = (address: AddressInfo | string | null): number =>
  typeof address === 'object' && address !== null ? address.port : 0

function profileIn({ url = '' }: IncomingMessage): string | undefined {
  if (!url.startsWith(root)) return undefined
  try {
    return decodeURIComponent(url.slice(root.length))
  } catch {
    return undefined
  }
}

/** Programs show the message; nothing secret is in a `Failure`, and of anything else nothing is told. */
function told(error: unknown): readonly [number, string, string] {
  if (!(error instanceof Failure)) return [500, 'internal', 'The agent failed.']
  const passes = error.code === 'network' || error.code === 'ledger-down'
  return [passes ? 503 : 403, error.code, error.hint ? `${error.message} ${error.hint}` : error.message]
}

/** In the spelling that SDKs read. */
const refuse = (response: ServerResponse, status: number, Code: string, Message: string): void =>
  send(response, status, { Code, Message })

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, {
    'Content-Type': 'application/json',
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
  })
  response.end(JSON.stringify(body))
}

/** In a time that tells nothing of where they differ. */
function sameText(given: string, expected: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(given), digest(expected))
}
