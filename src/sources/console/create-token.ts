import type { Host } from '../../host/host.ts'
import { Failure } from '../../model/failure.ts'
import { textMember } from '../sso/call.ts'
import { members } from '../sso/token-file.ts'
import { dpopProof } from './dpop-proof.ts'

/** What is traded for credentials. */
export type Grant =
  | { readonly grantType: 'refresh_token'; readonly refreshToken: string }
  | {
      readonly grantType: 'authorization_code'
      readonly code: string
      readonly codeVerifier: string
      readonly redirectUri: string
    }

export interface TokenAnswer {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken: string
  readonly expiresAt: Date
  readonly refreshToken: string
  /** Only for a code. */
  readonly idToken?: string
}

/** AWS Sign-In said no: the error in the body, `TOKEN_EXPIRED` for example, else the exception. */
export interface Refusal {
  readonly ok: false
  readonly error: string
  readonly text: string
}

export const isRefusal = (answer: TokenAnswer | Refusal): answer is Refusal => 'ok' in answer

const patience = 20_000

/**
 * Credentials for a grant: signin:CreateOAuth2Token, which is unsigned and proves possession of a key instead. Throws a
 * `Failure`: `network` when nothing answers or it is busy, `aws-refused` when what answers is not AWS.
 */
export async function createToken(
  host: Pick<Host, 'fetch' | 'now'>,
  base: string,
  sender: { readonly clientId: string; readonly dpopKey: string },
  grant: Grant,
): Promise<TokenAnswer | Refusal> {
  const url = `${base}/v1/token`
  const request = new Request(url, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      Accept: 'application/json',
      'User-Agent': 'mayfly',
      DPoP: await dpopProof(sender.dpopKey, 'POST', url, host.now()),
    },
    body: JSON.stringify({ clientId: sender.clientId, ...grant }),
    // A redirect would carry the grant to a place nobody configured.
    redirect: 'manual',
    signal: AbortSignal.timeout(patience),
  })
  const { answer, text } = await send(host, request, base)
  if (answer.status === 429 || answer.status >= 500)
    throw new Failure('network', `AWS Sign-In at ${base} is busy (HTTP ${answer.status}).`, {
      hint: 'Run the command again in a while.',
    })
  const told = members(text)
  if (answer.ok) return tokenIn(told, host.now(), base)
  const named = answer.headers.get('x-amzn-errortype') ?? told.__type
  const error = [told.error, named].find((one) => typeof one === 'string' && /^\w{1,80}$/.test(one))
  if (typeof error !== 'string') throw strange(base, answer.status)
  const words = typeof told.message === 'string' ? told.message : error
  return { ok: false, error, text: words.replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ').slice(0, 500) }
}

async function send(
  { fetch }: Pick<Host, 'fetch'>,
  request: Request,
  base: string,
): Promise<{ answer: Response; text: string }> {
  try {
    const answer = await fetch(request)
    return { answer, text: await answer.text() }
  } catch (error) {
    if (error instanceof Failure) throw error
    throw new Failure('network', `AWS Sign-In at ${base} could not be reached.`, {
      hint: 'Check the network, the proxy, the region of the profile and the endpoint.',
      cause: error,
    })
  }
}

function tokenIn(told: Readonly<Record<string, unknown>>, now: Date, base: string): TokenAnswer {
  const access = new Map(Object.entries({ ...(typeof told.accessToken === 'object' ? told.accessToken : {}) }))
  const accessKeyId = textMember(access, 'accessKeyId', /^\w{16,128}$/)
  const secretAccessKey = textMember(access, 'secretAccessKey')
  const sessionToken = textMember(access, 'sessionToken')
  const refreshToken = textMember(new Map(Object.entries(told)), 'refreshToken')
  const idToken = textMember(new Map(Object.entries(told)), 'idToken')
  const { expiresIn } = told
  const lasts = typeof expiresIn === 'number' && expiresIn > 0 && expiresIn <= 43_200 ? expiresIn : undefined
  if (!accessKeyId || !secretAccessKey || !sessionToken || !refreshToken || lasts === undefined)
    throw strange(base, 200)
  return {
    ...{ accessKeyId, secretAccessKey, sessionToken, refreshToken },
    expiresAt: new Date(now.getTime() + lasts * 1000),
    ...(idToken === undefined ? {} : { idToken }),
  }
}

const strange = (base: string, status: number): Failure =>
  new Failure('aws-refused', `What answered at ${base} (HTTP ${status}) is not AWS Sign-In.`, {
    hint: 'Check the region and the endpoint, and whether a login page of the network stands in between.',
  })
