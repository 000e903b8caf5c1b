import { Failure } from '../../model/failure.ts'
import { brokerAddress } from '../../sources/broker/address.ts'
import type { Cli } from '../cli.ts'
import { utcSeconds } from '../environment.ts'
import { printable, timeLeft } from '../output.ts'

export interface BrokerLoginFlags {
  readonly broker: string
  readonly device?: boolean
  readonly authenticator?: string
  readonly json?: boolean
  readonly input: boolean
}

/** `mayfly login --broker URL`: a person signs in to a broker, and the sign-in is kept. */
export async function loginToBroker(cli: Cli, flags: BrokerLoginFlags): Promise<void> {
  const broker = addressOf(flags.broker)
  if (flags.device && (!flags.input || cli.env.MAYFLY_NO_INPUT))
    throw new Failure('input-needed', 'Somebody has to enter a code, but nobody is to be asked.', {
      hint: 'Workloads need no sign-in: give the profile a mayfly_broker_proof.',
    })
  const host = await cli.host({ input: flags.input })
  const [{ callBroker }, { signInToBroker }] = await Promise.all([
    import('../../sources/broker/call.ts'),
    import('../../sources/broker/sign-in.ts'),
  ])
  // A wrong address is told of before a browser opens on it.
  await callBroker(host, { broker, path: '/v1/authenticators' })
  const { device, authenticator } = flags
  const { principal, expiresAt } = await signInToBroker(broker, host, {
    ...(device === undefined ? {} : { device }),
    ...(authenticator === undefined ? {} : { authenticator }),
  })
  if (flags.json)
    return cli.print(JSON.stringify({ broker, principal: principal.id, expiresAt: utcSeconds(expiresAt) }))
  const left = timeLeft(expiresAt, host.now())
  cli.print(`${broker}: signed in as ${printable(principal.name)} until ${utcSeconds(expiresAt)}, ${left} from now.`)
}

/** `mayfly logout --broker URL` */
export async function logoutOfBroker(cli: Cli, text: string, json: boolean): Promise<void> {
  const broker = addressOf(text)
  const { signOutOfBroker } = await import('../../sources/broker/sign-out.ts')
  const { outcome, sessions } = await signOutOfBroker(broker, await cli.host({ input: false }))
  if (json) return cli.print(JSON.stringify({ broker, outcome, sessions }))
  cli.print(`${broker}: ${outcomes[outcome]}`)
  if (sessions.length > 0)
    cli.print(
      `Forgotten here: ${sessions.length} session${sessions.length === 1 ? '' : 's'}. Copies work at AWS until they end: mayfly sessions revoke.`,
    )
}

const outcomes = {
  ended: 'signed out.',
  forgotten: 'the sign-in is forgotten on this machine; the broker did not answer, so it goes on there until it ends.',
  none: 'nobody was signed in.',
} as const

/** The address in its one spelling, or a `Failure` of code `usage`. */
export function addressOf(text: string): string {
  const address = brokerAddress(text)
  if (address !== undefined) return address
  throw new Failure('usage', 'That is not the address of a broker.', {
    hint: 'It looks like https://mayfly.example.com; without https only on this machine.',
  })
}
