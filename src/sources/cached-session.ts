import type { Vault } from '../host/vaults/vault.ts'
import type { Credentials } from '../model/signing-key.ts'
import type { SourceSpec } from '../model/source-spec.ts'
import { proofOf } from './proof.ts'
import { canonicalSpec, specDigest } from './spec-digest.ts'

// Every warm `mayfly creds` loads this file: it imports node:fs and types, and nothing else.

/** A session as it rests in the vault. */
export interface StoredSession {
  readonly spec: SourceSpec
  readonly credentials: Credentials
  readonly issuedAt: Date
  /** The ARN AWS says the session acts as, when it said so. */
  readonly principal?: string
  /** What the files said that earned it (`proofOf`); the session counts only while they say the same. */
  readonly proof?: string
  /** Of a session that a broker issued: what the broker calls it. */
  readonly sessionId?: string
}

/** Sessions with less life than this (milliseconds) are replaced: as the JavaScript and Go SDKs do. */
export const refreshMargin = 5 * 60_000

export const sessionPrefix = 'session/'

/** The credentials kept for exactly this spec, when they are good for five minutes more; else undefined. No network. */
export async function cachedSession(spec: SourceSpec, vault: Vault, now: Date): Promise<Credentials | undefined> {
  const session = await readSession(spec, vault)
  return session && outlives(session, now, refreshMargin) ? session.credentials : undefined
}

/** Whether the session still lives `margin` milliseconds from now. */
export const outlives = (session: StoredSession, now: Date, margin: number): boolean =>
  session.credentials.expiration.getTime() - now.getTime() > margin

/** The session kept for exactly this spec, whatever is left of its life, unless what proved it has changed. */
export async function readSession(spec: SourceSpec, vault: Vault): Promise<StoredSession | undefined> {
  const session = parseSession(await vault.get(sessionPrefix + specDigest(spec)))
  if (!session || canonicalSpec(session.spec) !== canonicalSpec(spec)) return undefined
  return session.proof === undefined || session.proof === proofOf(spec) ? session : undefined
}

/** A session as text for the vault. */
export const sessionText = (session: StoredSession): string => JSON.stringify({ version, ...session })

/** The session in a text of the vault; undefined for one that another version wrote, or that is no session. */
export function parseSession(text: string | undefined): StoredSession | undefined {
  if (text === undefined) return undefined
  let found: { [Field in keyof StoredSession]?: unknown } & { readonly version?: unknown }
  try {
    found = JSON.parse(text)
  } catch {
    return undefined
  }
  if (!isRecord(found) || found.version !== version || !isSpec(found.spec)) return undefined
  const credentials = parseCredentials(found.credentials)
  const issuedAt = instant(found.issuedAt)
  if (!credentials || !issuedAt) return undefined
  const { spec, principal, proof, sessionId } = found
  return {
    ...{ spec, credentials, issuedAt },
    ...(typeof principal === 'string' ? { principal } : {}),
    ...(typeof proof === 'string' ? { proof } : {}),
    ...(typeof sessionId === 'string' ? { sessionId } : {}),
  }
}

const version = 1

function parseCredentials(value: unknown): Credentials | undefined {
  if (!isRecord(value)) return undefined
  const { accessKeyId, secretAccessKey, sessionToken, accountId } = value
  const expiration = instant(value.expiration)
  if (typeof accessKeyId !== 'string' || typeof secretAccessKey !== 'string') return undefined
  if (typeof sessionToken !== 'string' || sessionToken === '' || !expiration) return undefined
  const account = typeof accountId === 'string' ? { accountId } : {}
  return { accessKeyId, secretAccessKey, sessionToken, expiration, ...account }
}

function instant(value: unknown): Date | undefined {
  const date = typeof value === 'string' ? new Date(value) : undefined
  return date && !Number.isNaN(date.getTime()) ? date : undefined
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null

// Only Mayfly writes sessions, and a spec is trusted no further than being compared or shown.
const isSpec = (value: unknown): value is SourceSpec => isRecord(value) && typeof value.kind === 'string'
