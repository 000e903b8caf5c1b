import { deny } from '../../model/decision.ts'
import type { Principal } from '../../model/principal.ts'
import { readXml, textOf } from '../../wire/xml.ts'
import type { AuthenticatorConfig } from '../config/broker-config.ts'
import type { ProofAuthenticator, Proven } from './authenticator.ts'
import { isSafeUrl, readText } from './fetch-text.ts'
import type { OpeningParts } from './index.ts'
import { longestAge, type SignedIdentityCall, signedIdentityCall } from './signed-identity-call.ts'

type Config = Extract<AuthenticatorConfig, { kind: 'aws' }>

const patience = 10_000

/**
 * Knows workloads by their identity at AWS: they sign a call of GetCallerIdentity for this broker and send it here, and
 * the broker has STS say who signed it. A signature counts once, in all brokers of one database.
 */
export function openAws(config: Config, { publicUrl, ledger, fetch, now }: OpeningParts): ProofAuthenticator {
  const { name, accounts, stsEndpoint, lifetime } = config

  async function authenticate(proof: unknown): Promise<Proven> {
    const at = now().getTime()
    const endpoint = stsEndpoint === undefined ? {} : { endpoint: stsEndpoint }
    const read = signedIdentityCall(proof, { audience: publicUrl, now: at, ...endpoint })
    if (!read.allowed) return read
    const { signature, signedAt } = read.call
    const answer = await ask(fetch, read.call)
    if (!answer.allowed) return answer
    // Only now, so that nobody fills the ledger with signatures that are none.
    if (!(await ledger.spend(`aws:${signature}`, signedAt + 2 * longestAge, at)))
      return deny('proof-replayed', 'The signed call was used before.')
    const caller = callerIn(answer.text)
    if (caller === undefined) return deny('proof-invalid', 'STS does not say who signed the call.')
    if (!accounts.includes(caller.account))
      return deny('not-known', `The account ${caller.account} is not one of those that are taken.`)
    const who = identify(caller)
    if (who === undefined) return deny('not-known', 'The caller is neither a role, a user nor a federated user.')
    return {
      allowed: true,
      principal: {
        ...{ id: `${name}:${who.arn}`, kind: 'workload', authenticator: name, name: who.name, groups: [] },
        claims: { ...caller, ...who.claims },
        // What a revocation spares must have been signed after it.
        authenticatedAt: new Date(Math.min(signedAt, at)),
        expiresAt: new Date(at + lifetime * 1000),
      },
    }
  }

  const broken = (): string | undefined =>
    stsEndpoint === undefined || isSafeUrl(stsEndpoint) ? undefined : `${stsEndpoint} is not https`
  return { name, kind: 'aws', broken, authenticate }
}

/** Sends the call on. What STS says of a signature that is not good is not told on. */
async function ask(
  fetch: (request: Request) => Promise<Response>,
  { url, headers, body }: SignedIdentityCall,
): Promise<
  | { readonly allowed: true; readonly text: string }
  | ReturnType<typeof deny<'unavailable' | 'proof-invalid' | 'proof-malformed'>>
> {
  let request: Request
  try {
    const signal = AbortSignal.timeout(patience)
    request = new Request(url, { method: 'POST', headers: { ...headers }, body, redirect: 'error', signal })
  } catch {
    return deny('proof-malformed', 'The call cannot be sent as it is.')
  }
  try {
    const answer = await fetch(request)
    const text = await readText(answer, url.host)
    if (answer.status >= 500 || answer.status === 429)
      return deny('unavailable', `STS answers with status ${answer.status}.`)
    if (!answer.ok) return deny('proof-invalid', `STS refuses the call with status ${answer.status}.`)
    return { allowed: true, text }
  } catch {
    return deny('unavailable', 'STS cannot be reached.')
  }
}

interface Caller {
  readonly arn: string
  readonly account: string
  readonly userId: string
}

function callerIn(text: string): Caller | undefined {
  try {
    const root = readXml(text)
    if (root.name !== 'GetCallerIdentityResponse') return undefined
    const said = (name: string): string => textOf(root, 'GetCallerIdentityResult', name)?.trim() ?? ''
    const caller = { arn: said('Arn'), account: said('Account'), userId: said('UserId') }
    const own = caller.arn.split(':')[4]
    return /^\d{12}$/.test(caller.account) && own === caller.account && caller.userId !== '' ? caller : undefined
  } catch {
    return undefined
  }
}

interface Identified {
  /** The same in every session: of a role the role's, without its path, which STS does not tell. */
  readonly arn: string
  readonly name: string
  readonly claims: Principal['claims']
}

/** Who it is beyond the session. The sessions of one role are one principal; `claims.session` tells them apart. */
function identify({ arn, userId }: Caller): Identified | undefined {
  const found = /^(arn:aws[\w-]*:(?:sts|iam)::\d{12}):(assumed-role|user|federated-user)\/([\w+=,.@/-]+)$/.exec(arn)
  if (!found) return undefined
  const [, base = '', kind = '', path = ''] = found
  const uniqueId = userId.split(':')[0] ?? ''
  if (kind !== 'assumed-role')
    return { arn, name: path.slice(path.lastIndexOf('/') + 1), claims: { kind, uniqueId, user: path } }
  const [role = '', session = '', ...more] = path.split('/')
  if (role === '' || session === '' || more.length > 0) return undefined
  return { arn: `${base}:assumed-role/${role}`, name: role, claims: { kind, uniqueId, role, session } }
}
