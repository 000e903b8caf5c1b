import { Failure } from '../../model/failure.ts'
import type { BrokerProof } from '../../model/source-spec.ts'
import { brokerAddress } from '../../sources/broker/address.ts'
import { digest } from '../../sources/token-holder.ts'
import { placeText, shown } from '../parse.ts'
import { pathIn } from '../path-in.ts'
import type { Profile } from '../read.ts'
import { durationIn, policyIn, textIn } from '../values.ts'
import type { Way, WayContext } from './way.ts'
import { tokenPlaceIn } from './web-identity.ts'

const role = { pattern: /^[\x21-\x7e]{1,1100}$/, hint: "It is a role's name at the broker, or its ARN." }
const line = { pattern: /^[^\x00-\x1f\x7f-\x9f]{1,500}$/u, hint: 'Write a line of at most 500 characters.' }
const name = { pattern: /^[\w.-]{1,64}$/, hint: 'It is what the configuration of the broker calls it.' }

/**
 * A role from a Mayfly broker: `mayfly_broker` and `mayfly_role`, with `duration_seconds`, `mayfly_policy`,
 * `mayfly_reason` and `mayfly_ticket` where they are wanted (MAYFLY_REASON and MAYFLY_TICKET go before them). Who asks
 * is the person who signed in; an emergency is said by MAYFLY_BREAK_GLASS alone; `mayfly_broker_proof` is how a workload shows who it is instead.
 */
export const brokeredWay: Way = {
  keys: ['mayfly_broker', 'mayfly_role', 'mayfly_broker_proof'],
  read: (profile, context) => {
    refuseOthers(profile)
    const broker = addressIn(profile, 'mayfly_broker') ?? missing(profile, 'mayfly_broker')
    const duration = durationIn(profile, 'duration_seconds', 60, 43_200)
    const policy = policyIn(profile, context.readText)
    const reason = context.env.MAYFLY_REASON || textIn(profile, 'mayfly_reason', line)
    const ticket = context.env.MAYFLY_TICKET || textIn(profile, 'mayfly_ticket', line)
    const proof = proofIn(profile, broker, context)
    return {
      kind: 'brokered',
      broker,
      role: textIn(profile, 'mayfly_role', role) || missing(profile, 'mayfly_role'),
      ...(duration === undefined ? {} : { duration }),
      ...(policy ? { policy } : {}),
      ...(reason ? { reason } : {}),
      ...(ticket ? { ticket } : {}),
      ...(context.env.MAYFLY_BREAK_GLASS ? { breakGlass: true as const } : {}),
      ...(proof ? { proof } : {}),
    }
  },
}

type Reader = (profile: Profile, broker: string, context: WayContext) => BrokerProof

const readers: Readonly<Record<string, Reader>> = {
  token: (profile, _, context) => ({ by: 'token', token: tokenPlaceIn(profile, context) }),
  'github-actions': (_, broker, { env }) => {
    // The address the runner gives names the run and the job: another job gets another session.
    const job = env.ACTIONS_ID_TOKEN_REQUEST_URL
    const holder = job ? { holder: digest(job) } : {}
    return { by: 'token', token: { from: 'github-actions', audience: broker, ...holder } }
  },
  certificate: certificateIn,
  aws: (profile, _, context) => ({ by: 'aws', base: context.sourceOf(profile), sts: context.target('sts') }),
}

function proofIn(profile: Profile, broker: string, context: WayContext): BrokerProof | undefined {
  const entry = profile.entries.get('mayfly_broker_proof')
  if (!entry) return undefined
  const read = Object.hasOwn(readers, entry.value) ? readers[entry.value] : undefined
  if (!read)
    throw new Failure(
      'config-invalid',
      `${placeText(entry.at)}: mayfly_broker_proof = ${shown(entry.value)} is no proof.`,
      { hint: `Use ${Object.keys(readers).join(', ')}; leave it out for a person who signs in.` },
    )
  const authenticator = textIn(profile, 'mayfly_broker_authenticator', name)
  return { ...read(profile, broker, context), ...(authenticator ? { authenticator } : {}) }
}

function certificateIn(profile: Profile, _: string, { env }: WayContext): BrokerProof {
  const certificate = pathIn(profile, 'mayfly_certificate', env) ?? missing(profile, 'mayfly_certificate')
  const caBundle = pathIn(profile, 'mayfly_ca_bundle', env)
  const passphraseProcess = profile.entries.get('mayfly_passphrase_process')?.value
  return {
    by: 'certificate',
    address: addressIn(profile, 'mayfly_broker_mutual_tls') ?? missing(profile, 'mayfly_broker_mutual_tls'),
    certificate,
    privateKey: pathIn(profile, 'mayfly_private_key', env) ?? certificate,
    ...(caBundle ? { caBundle } : {}),
    ...(passphraseProcess ? { passphraseProcess } : {}),
  }
}

function addressIn(profile: Profile, key: string): string | undefined {
  const entry = profile.entries.get(key)
  if (!entry) return undefined
  const address = brokerAddress(entry.value)
  if (address !== undefined) return address
  throw new Failure(
    'config-invalid',
    `${placeText(entry.at)}: ${key} = ${shown(entry.value)} is not the address of a broker.`,
    { hint: 'It looks like https://mayfly.example.com; without https only on this machine.' },
  )
}

/** A profile that says two things at once means neither. */
function refuseOthers(profile: Profile): void {
  const other = profile.entries.get('role_arn') ?? profile.entries.get('mayfly_key')
  if (other)
    throw new Failure(
      'config-invalid',
      `${placeText(other.at)}: ${shown(profile.name)} has both mayfly_broker and ${other.key}.`,
      { hint: 'To assume a role from there, give another profile the role_arn, and this one as its source_profile.' },
    )
}

function missing(profile: Profile, key: string): never {
  throw new Failure(
    'profile-incomplete',
    `${placeText(profile.at)}: the profile ${shown(profile.name)} lacks ${key}.`,
    { hint: 'A role of a broker needs mayfly_broker = URL and mayfly_role = NAME.' },
  )
}
