import { createHash } from 'node:crypto'
import type { Host } from '../../host/host.ts'
import { Failure } from '../../model/failure.ts'
import type { BrokeredSpec, BrokerProof } from '../../model/source-spec.ts'
import { proofOf } from '../proof.ts'
import { callBroker, membersOf } from './call.ts'
import { forgetLogin, loginNeeded, readLogin } from './login.ts'
import { authenticatorOf, type KeyBehind, prove } from './prove.ts'

/** Who calls a broker. */
export interface BrokerToken {
  readonly token: string
  readonly expiresAt: Date
  readonly principalId: string
}

/** A token with less life than this (milliseconds) is replaced. */
const margin = 60_000

/**
 * What the spec calls its broker with: the person's sign-in, or a token for its proof, which is kept in the vault while
 * it lives. Throws a `Failure`: `login-needed` where a person must sign in.
 */
export async function brokerToken(spec: BrokeredSpec, host: Host, keyBehind: KeyBehind): Promise<BrokerToken> {
  const { broker, proof } = spec
  if (proof) {
    const name = nameOf(spec)
    const kept = parse(await host.vault.get(name))
    if (kept && kept.expiresAt.getTime() - host.now().getTime() > margin) return kept
    const fresh = await tokenFor(proof, broker, host, keyBehind)
    await host.vault.put(name, JSON.stringify(fresh))
    return fresh
  }
  const login = await readLogin(host.vault, broker)
  if (!login) throw loginNeeded(broker)
  if (login.expiresAt <= host.now()) throw loginNeeded(broker, 'the sign-in is over')
  return { token: login.token, expiresAt: login.expiresAt, principalId: login.principal.id }
}

/** Forgets what the spec called with: the broker takes it no more. */
export const forgetToken = (spec: BrokeredSpec, { vault }: Pick<Host, 'vault'>): Promise<void> =>
  spec.proof ? vault.delete(nameOf(spec)) : forgetLogin(vault, spec.broker)

/** A certificate that was replaced earns a token of its own. */
function nameOf(spec: BrokeredSpec): string {
  const text = JSON.stringify([spec.broker, spec.proof, proofOf(spec)])
  return `broker-token/${createHash('sha256').update(text).digest('hex')}`
}

async function tokenFor(proof: BrokerProof, broker: string, host: Host, keyBehind: KeyBehind): Promise<BrokerToken> {
  const authenticator = proof.authenticator ?? (await onlyOne(authenticatorOf[proof.by], broker, host))
  const shown = await prove(proof, broker, host, keyBehind)
  const answer = await callBroker(host, {
    broker: proof.by === 'certificate' ? proof.address : broker,
    method: 'POST',
    path: '/v1/tokens',
    body: { authenticator, proof: shown.proof },
    ...(shown.as ? { as: shown.as } : {}),
  }).catch((error: unknown) => {
    throw notProven(error, broker, authenticator)
  })
  const { token, expiresAt, principal } = membersOf(answer)
  const read = parse(JSON.stringify({ token, expiresAt, principalId: membersOf(principal).id }))
  if (read) return read
  throw new Failure('broker-refused', `${broker}: the answer to a proof has a part missing.`)
}

/** Nobody signs in for a workload: the hint is about the proof. */
function notProven(error: unknown, broker: string, authenticator: string): unknown {
  if (!(error instanceof Failure) || (error.code !== 'login-needed' && error.code !== 'broker-refused')) return error
  return new Failure('broker-refused', error.message, {
    hint: `Check that ${authenticator} of ${broker} is meant for this proof, and that its audience is ${broker}.`,
    cause: error,
  })
}

async function onlyOne(kind: string, broker: string, host: Host): Promise<string> {
  const listed = await callBroker(host, { broker, path: '/v1/authenticators' })
  const names = (Array.isArray(listed) ? listed : [])
    .map(membersOf)
    .flatMap((one) => (one.kind === kind && typeof one.name === 'string' ? [one.name] : []))
  const [name, second] = names
  if (name !== undefined && second === undefined) return name
  throw new Failure(
    'config-invalid',
    name === undefined
      ? `${broker} takes no proof of the kind ${kind}.`
      : `${broker} has several authenticators of the kind ${kind}: ${names.join(', ')}.`,
    { hint: 'Name the one that is meant in mayfly_broker_authenticator.' },
  )
}

function parse(text: string | undefined): BrokerToken | undefined {
  try {
    const { token, expiresAt, principalId } = JSON.parse(text ?? '{}')
    const end = new Date(expiresAt)
    const isToken = typeof token === 'string' && /^[\x21-\x7e]+$/.test(token) && typeof principalId === 'string'
    return isToken && !Number.isNaN(end.getTime()) ? { token, expiresAt: end, principalId } : undefined
  } catch {
    return undefined
  }
}
