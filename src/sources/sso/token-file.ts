import { createHash } from 'node:crypto'
import type { AwsCache } from '../../host/aws-cache.ts'
import type { SsoSessionSpec } from '../../model/source-spec.ts'

/** The tokens of a sign-in as AWS's tools keep them. */
export interface SsoToken {
  readonly accessToken: string
  readonly expiresAt: Date
  readonly clientId?: string
  readonly clientSecret?: string
  readonly registrationExpiresAt?: Date
  readonly refreshToken?: string
}

/**
 * The name of the file: the SHA-1 of the session's name, else of the start URL. Two config files that call a session
 * the same share it.
 */
export const tokenFileName = ({ name, startUrl }: SsoSessionSpec): string =>
  `${createHash('sha1')
    .update(name ?? startUrl)
    .digest('hex')}.json`

/**
 * The kept tokens of a session, whoever wrote them, alive or not; undefined when there are none, or when they are of
 * another start URL or region than the session now names.
 */
export function readToken(cache: AwsCache, session: SsoSessionSpec): SsoToken | undefined {
  const kept = members(cache.read(tokenFileName(session)))
  const accessToken = textOf(kept.accessToken)
  const expiresAt = instantOf(kept.expiresAt)
  if (accessToken === undefined || expiresAt === undefined) return undefined
  if (kept.startUrl !== undefined && !isSameUrl(kept.startUrl, session.startUrl)) return undefined
  if (kept.region !== undefined && kept.region !== session.region) return undefined
  const clientId = textOf(kept.clientId)
  const clientSecret = textOf(kept.clientSecret)
  const refreshToken = textOf(kept.refreshToken)
  const registrationExpiresAt = instantOf(kept.registrationExpiresAt)
  return {
    accessToken,
    expiresAt,
    ...(clientId === undefined ? {} : { clientId }),
    ...(clientSecret === undefined ? {} : { clientSecret }),
    ...(registrationExpiresAt === undefined ? {} : { registrationExpiresAt }),
    ...(refreshToken === undefined ? {} : { refreshToken }),
  }
}

/** Keeps the tokens where AWS's tools find them, member for member as they write them. */
export function writeToken(cache: AwsCache, session: SsoSessionSpec, token: SsoToken): void {
  const { accessToken, expiresAt, clientId, clientSecret, registrationExpiresAt, refreshToken } = token
  const kept = {
    startUrl: session.startUrl,
    region: session.region,
    accessToken,
    expiresAt: awsInstant(expiresAt),
    clientId,
    clientSecret,
    registrationExpiresAt: registrationExpiresAt && awsInstant(registrationExpiresAt),
    refreshToken,
  }
  cache.write(tokenFileName(session), JSON.stringify(kept))
}

/** `%Y-%m-%dT%H:%M:%SZ` */
export const awsInstant = (date: Date): string => date.toISOString().replace(/\.\d{3}Z$/, 'Z')

/** An instant, whichever AWS tool wrote it: older ones end it in `UTC`. */
export function instantOf(value: unknown): Date | undefined {
  if (typeof value !== 'string' || !/^\d{4}-\d\d-\d\dT/.test(value)) return undefined
  const date = new Date(value.replace(/UTC$/, 'Z'))
  return Number.isNaN(date.getTime()) ? undefined : date
}

/** What can go into a header. */
export const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' && /^[\x21-\x7e]{1,16384}$/.test(value) ? value : undefined

/** The members of a JSON object; none for anything else. */
export function members(text: string | undefined): Readonly<Record<string, unknown>> {
  if (text === undefined) return {}
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? { ...value } : {}
  } catch {
    return {}
  }
}

const isSameUrl = (kept: unknown, wanted: string): boolean => typeof kept === 'string' && bare(kept) === bare(wanted)
const bare = (url: string): string => url.replace(/#\/?$/, '').replace(/\/+$/, '')
