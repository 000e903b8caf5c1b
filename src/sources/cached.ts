import type { Host } from '../host/host.ts'
import { Failure } from '../model/failure.ts'
import type { Credentials } from '../model/signing-key.ts'
import type { SourceSpec } from '../model/source-spec.ts'
import {
  outlives,
  readSession,
  refreshMargin,
  type StoredSession,
  sessionPrefix,
  sessionText,
} from './cached-session.ts'
import type { Issued } from './issued.ts'
import type { CredentialSource } from './source.ts'
import { specDigest } from './spec-digest.ts'

/**
 * A source that asks AWS only when the vault holds no session for this very spec with five minutes of life left. Any
 * number of callers at once, in this process and in others, cause one `issue`. The session is stored before anyone
 * gets it, and `issue` is not called when the vault cannot be written: an MFA code is never spent for nothing.
 *
 * When `issue` fails while the old session still lives, the old one is given if AWS could not be reached or nobody was
 * there to answer: then nothing new is known. A refusal is always passed on, and so is every failure of a forced
 * refresh, whose caller has said that the old session is no good.
 */
export function cached(spec: SourceSpec, host: Host, issue: () => Promise<Issued>): CredentialSource {
  const digest = specDigest(spec)

  async function renewed(forced: boolean, seen: StoredSession | undefined): Promise<Credentials> {
    const stored = await readSession(spec, host.vault)
    const isNews = stored?.credentials.accessKeyId !== seen?.credentials.accessKeyId
    if (stored && outlives(stored, host.now(), refreshMargin) && (isNews || !forced)) return stored.credentials
    let issued: Issued
    try {
      await assertWritable(host, digest)
      issued = await issue()
    } catch (error) {
      // Read again: what `issue` forgot, because it learnt that it was revoked, is not given.
      const left = !forced && teachesNothing(error) ? await readSession(spec, host.vault) : undefined
      if (left && outlives(left, host.now(), 0)) return left.credentials
      throw error
    }
    const session = { spec, issuedAt: host.now(), ...issued }
    await host.vault.put(sessionPrefix + digest, sessionText(session)).catch(failUnstored)
    return issued.credentials
  }

  async function source({ forceRefresh = false }: { readonly forceRefresh?: boolean } = {}): Promise<Credentials> {
    const seen = await readSession(spec, host.vault)
    if (!forceRefresh && seen && outlives(seen, host.now(), refreshMargin)) return seen.credentials
    const work = () => host.exclusively(`session-${digest}`, () => renewed(forceRefresh, seen))
    // A copy each: SDKs write marks of their own on the credentials they are given.
    return { ...(await joined(host, `${digest} ${forceRefresh}`, work)) }
  }
  return Object.assign(source, { spec })
}

const underWay = new WeakMap<Host, Map<string, Promise<Credentials>>>()

/** Does the work once for all callers of this process that come while it is under way; they share a failure, too. */
function joined(host: Host, name: string, work: () => Promise<Credentials>): Promise<Credentials> {
  const works = underWay.get(host) ?? new Map<string, Promise<Credentials>>()
  underWay.set(host, works)
  const running = works.get(name)
  if (running) return running
  const started = work().finally(() => works.delete(name))
  works.set(name, started)
  return started
}

async function assertWritable({ vault }: Host, digest: string): Promise<void> {
  const probe = `probe/${digest}`
  try {
    await vault.put(probe, '')
    await vault.delete(probe)
  } catch (cause) {
    if (cause instanceof Failure) throw cause
    throw new Failure('vault-locked', 'The vault cannot be written, so AWS was not asked for a session.', {
      hint: 'Make room on the disk and the vault writable, then run the command again.',
      cause,
    })
  }
}

function failUnstored(cause: unknown): never {
  throw new Failure('vault-locked', `AWS issued a session, but it could not be stored: ${reasonOf(cause)}`, {
    hint: 'Make the vault writable again, wait for the next MFA code (the last one is spent), and repeat the command.',
    cause,
  })
}

const reasonOf = (cause: unknown): string => (cause instanceof Error ? cause.message : 'the vault did not say why.')

const teachesNothing = (error: unknown): boolean =>
  error instanceof Failure && ['network', 'input-needed', 'login-needed'].includes(error.code)
