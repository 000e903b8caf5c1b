import type { Host } from '../../host/host.ts'
import { Failure } from '../../model/failure.ts'
import type { ConsoleLoginSpec } from '../../model/source-spec.ts'
import { createToken, isRefusal } from './create-token.ts'
import { signinEndpoint } from './endpoint.ts'
import { refused, signInToConsole } from './sign-in.ts'
import { type ConsoleToken, readToken, tokenFileName, writeToken } from './token-file.ts'

/** Credentials with less life than this (milliseconds) are renewed; AWS's own tools have the same number. */
const refreshMargin = 5 * 60_000

export interface TokenWish {
  /** The access key of credentials that are not wanted any more, although they may live. */
  readonly insteadOf?: string
  /** Sign in with a code that is pasted. */
  readonly remote?: boolean
}

/**
 * Living credentials of a console sign-in: those kept, whichever tool got them; else renewed in silence; else the
 * person signs in. One renewal or sign-in serves any number of callers, here and in other processes; AWS's own tools
 * take no lock, but are answered the same when they renew at the same time.
 */
export async function consoleToken(spec: ConsoleLoginSpec, host: Host, wish: TokenWish = {}): Promise<ConsoleToken> {
  const cache = host.awsCache('login')
  const name = tokenFileName(spec.session)
  return host.exclusively(`login-${name.replace('.json', '')}`, async () => {
    const kept = readToken(cache, spec.session)
    const left = kept ? kept.expiresAt.getTime() - host.now().getTime() : 0
    if (kept && left > refreshMargin && kept.accessKeyId !== wish.insteadOf) return kept
    const token = (kept && (await renewed(spec, host, kept))) ?? (await signInToConsole(spec, host, wish.remote))
    writeToken(cache, spec.session, token)
    return token
  })
}

/** The sign-in with new credentials; undefined when it is over. */
async function renewed(spec: ConsoleLoginSpec, host: Host, kept: ConsoleToken): Promise<ConsoleToken | undefined> {
  const { signInRegion: region } = kept
  const base = signinEndpoint(region === undefined ? spec.signin : { ...spec.signin, region })
  try {
    const { refreshToken } = kept
    const answer = await createToken(host, base, kept, { grantType: 'refresh_token', refreshToken })
    if (!isRefusal(answer)) return { ...kept, ...answer }
    if (answer.error === 'INSUFFICIENT_PERMISSIONS') throw refused(answer)
    return undefined
  } catch (error) {
    const isAlive = kept.expiresAt > host.now()
    if (error instanceof Failure && error.code === 'network' && isAlive) return kept
    if (error instanceof Failure && error.code === 'login-needed') return undefined
    throw error
  }
}
