import { setTimeout } from 'node:timers/promises'
import { Failure } from '../../model/failure.ts'
import { membersOf } from '../../sources/broker/call.ts'
import type { Cli } from '../cli.ts'
import { utcSeconds } from '../environment.ts'
import { timeLeft } from '../output.ts'
import { type BrokerClient, brokerClient, idInPath, type View } from './client.ts'
import { instantOf, textOf } from './show.ts'

export interface AskFlags {
  readonly broker?: string
  readonly reason?: string
  readonly ticket?: string
  readonly duration?: number
  readonly policy?: string
  readonly wait?: boolean
  readonly json?: boolean
}

const advice = {
  'reason-needed': 'Give one: --reason "…"',
  'ticket-needed': 'Give one: --ticket ID',
  'too-long': 'Ask for less: --duration',
}

/** Milliseconds between two looks at a request that waits. */
const every = 2000

/** `mayfly request`: asks for a session that somebody must approve, and with --wait ends when somebody has decided. */
export async function askForSession(cli: Cli, role: string, flags: AskFlags): Promise<void> {
  const client = await brokerClient(cli, flags.broker)
  const { reason, ticket, duration } = flags
  const policy = flags.policy === undefined ? undefined : await policyIn(client, flags.policy)
  const asked = membersOf(await client.post('/v1/requests', { role, reason, ticket, duration, policy }, advice))
  const end = instantOf(asked, 'expiresAt')
  if (!flags.json)
    cli.say(
      `Asked for ${textOf(asked, 'role')} (${textOf(asked, 'id')}): it takes ${textOf(asked, 'needed')} of those who may approve${
        end ? `, within ${timeLeft(end, client.host.now())}` : ''
      }. They approve it on the broker's page, or with: mayfly requests approve ${textOf(asked, 'id')}`,
    )
  const decided = flags.wait ? await decision(client, asked) : asked
  if (flags.json) cli.print(JSON.stringify(decided, undefined, 2))
  else cli.print(textOf(decided, 'id'))
  if (!flags.wait) return
  if (decided.state !== 'approved' || decided.outdated === true) throw notApproved(decided)
  if (!flags.json)
    cli.say(
      `Approved${end ? ` until ${utcSeconds(end)}` : ''}: the next session of a profile with mayfly_role = ${textOf(decided, 'role')} is issued on it.`,
    )
}

async function policyIn({ host }: BrokerClient, path: string): Promise<string> {
  try {
    // As profiles have it: without needless space, so that both say the same.
    return JSON.stringify(JSON.parse(String(await host.readFile(path))))
  } catch (cause) {
    if (cause instanceof Failure) throw cause
    throw new Failure('policy-malformed', `${path} is not JSON.`, { cause })
  }
}

/** The request once it waits no more. */
async function decision(client: BrokerClient, asked: View): Promise<View> {
  for (;;) {
    const found = membersOf(await client.get(`/v1/requests/${idInPath(textOf(asked, 'id'))}`))
    const end = instantOf(found, 'expiresAt')
    if (found.state !== 'waiting' || found.outdated === true || (end && end <= client.host.now())) return found
    await setTimeout(every)
  }
}

function notApproved(request: View): Failure {
  if (request.outdated === true)
    return new Failure('broker-refused', 'The grant has changed since this was asked.', { hint: 'Ask again.' })
  if (request.state === 'waiting')
    return new Failure('approval-needed', 'Nobody decided in time; the request has lapsed.', {
      hint: 'Ask again, and tell those who may approve.',
    })
  const votes = Array.isArray(request.votes) ? request.votes.map(membersOf) : []
  const no = votes.findLast(({ approve }) => approve === false)
  const why = no ? ` by ${textOf(no, 'byName')}${textOf(no, 'reason') ? `: ${textOf(no, 'reason')}` : ''}` : ''
  return new Failure('broker-refused', `The request was ${textOf(request, 'state')}${why}.`)
}
