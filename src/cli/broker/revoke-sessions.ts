import { Failure } from '../../model/failure.ts'
import type { RevocationTarget } from '../../model/revocation.ts'
import { membersOf } from '../../sources/broker/call.ts'
import { dropKept } from '../../sources/broker/kept.ts'
import type { Cli } from '../cli.ts'
import { utcSeconds } from '../environment.ts'
import { timeLeft } from '../output.ts'
import { checkPrincipal } from './check-principal.ts'
import { brokerClient, idInPath, type View } from './client.ts'
import { counted, instantOf, textOf, tookText } from './show.ts'

export interface RevokeFlags {
  readonly broker?: string
  readonly principal?: string
  readonly role?: string
  readonly everything?: boolean
  readonly reason?: string
  readonly dryRun?: boolean
  readonly json?: boolean
}

/** `mayfly sessions revoke`: ends sessions, and says place by place what that reached. */
export async function revokeSessions(cli: Cli, id: string | undefined, flags: RevokeFlags): Promise<void> {
  const target = targetOf(id, flags)
  const { dryRun = false } = flags
  const reason = flags.reason?.trim() || (dryRun ? 'a rehearsal' : undefined)
  if (reason === undefined)
    throw new Failure('usage', 'A revocation needs a reason.', { hint: 'Say --reason "…"; --dry-run needs none.' })
  const client = await brokerClient(cli, flags.broker)
  if (target.kind === 'principal') await checkPrincipal(client, target.principalId)
  const revocation = membersOf(await client.post('/v1/revocations', { target, reason, dryRun }))
  const reach = Array.isArray(revocation.reach) ? revocation.reach.map(membersOf) : []
  // What is kept on this machine need not wait for an agent.
  if (!dryRun) await dropKept(client.host.vault, client.broker, new Set(reach.flatMap(sessionsIn)))
  if (flags.json) return cli.print(JSON.stringify(revocation, undefined, 2))
  const number = Number(revocation.sessions) || 0
  const heading = `${dryRun ? 'Would revoke' : 'Revoked'}: ${counted(number, 'session')}${ofWhat(target)}.`
  cli.print(cli.style('bold', dryRun ? `${heading} Nothing was done.` : `${heading} (${textOf(revocation, 'id')})`))
  const now = client.host.now()
  for (const one of reach) for (const line of reachLines(cli, one, now, dryRun)) cli.print(line)
  cli.print(number === 0 ? nothingThere(target, dryRun) : verdict(reach, now, dryRun))
}

function targetOf(id: string | undefined, { principal, role, everything }: RevokeFlags): RevocationTarget {
  const targets: RevocationTarget[] = [
    ...(id === undefined ? [] : [{ kind: 'session', sessionId: idInPath(id) } as const]),
    ...(principal === undefined ? [] : [{ kind: 'principal', principalId: principal } as const]),
    ...(role === undefined ? [] : [{ kind: 'role', role } as const]),
    ...(everything ? [{ kind: 'everything' } as const] : []),
  ]
  const [target, second] = targets
  if (target && !second) return target
  throw new Failure('usage', second ? 'One target at a time.' : 'Say what is to be revoked.', {
    hint: 'mayfly sessions revoke ID, --principal ID, --role NAME or --everything',
  })
}

function ofWhat(target: RevocationTarget): string {
  if (target.kind === 'principal')
    return ` of ${textOf({ id: target.principalId }, 'id')}, and all that descend from theirs`
  if (target.kind === 'role') return ` of the role ${textOf({ role: target.role }, 'role')}`
  return target.kind === 'everything' ? ', all there are' : ''
}

const sessionsIn = ({ sessions }: View): readonly string[] =>
  Array.isArray(sessions) ? sessions.filter((one) => typeof one === 'string') : []

const effects = {
  refused: ['refuses', 'green'],
  dropped: ['dropped', 'green'],
  denied: ['denied', 'green'],
  'runs-until-expiry': ['RUNS ON', 'red'],
  unknown: ['not known', 'yellow'],
} as const

/** One place: what is so there, for how many, how fast, until when, and by what means. */
function reachLines(cli: Cli, reach: View, now: Date, dryRun: boolean): readonly string[] {
  const effect = textOf(reach, 'effect')
  const isKnown = (name: string): name is keyof typeof effects => Object.hasOwn(effects, name)
  const [word, colour] = effects[isKnown(effect) ? effect : 'unknown']
  const until = instantOf(reach, 'until')
  const facts = [
    counted(sessionsIn(reach).length, 'session'),
    typeof reach.took === 'number' && !dryRun ? `after ${tookText(reach.took)}` : '',
    until ? `until ${utcSeconds(until)}, ${timeLeft(until, now)} from now` : '',
  ].filter(Boolean)
  return [
    `  ${textOf(reach, 'place').padEnd(8)}${cli.style(colour, word.padEnd(10))}${textOf(reach, 'where')}: ${facts.join(', ')}`,
    cli.style('dim', `          ${textOf(reach, 'how')}`),
  ]
}

/** The last word where there is no session to end: nobody is to believe that a misspelt name was somebody. */
function nothingThere({ kind }: RevocationTarget, dryRun: boolean): string {
  if (kind !== 'principal') return 'There was no session to stop.'
  const barred = `logins and proofs from before ${dryRun ? 'would count' : 'count'} no more`
  return `No session of that principal is known; ${barred}. Is the id right? mayfly sessions ls --text NAME --json`
}

/** The last word: it never claims more than the places said. */
function verdict(reach: readonly View[], now: Date, dryRun: boolean): string {
  const running = reach.filter(({ effect }) => effect === 'runs-until-expiry')
  const unsure = reach.filter(({ effect }) => effect === 'unknown')
  const ends = running.flatMap((one) => instantOf(one, 'until') ?? []).sort((a, b) => b.getTime() - a.getTime())
  const [last] = ends
  if (running.length > 0) {
    const number = counted(new Set(running.flatMap(sessionsIn)).size, 'session')
    const until = last ? `, at the latest until ${utcSeconds(last)} (${timeLeft(last, now)} from now)` : ''
    return `Not everything ${dryRun ? 'would stop' : 'has stopped'}: ${number} ${dryRun ? 'would work' : 'can be used'} on at AWS by who has a copy${until}.`
  }
  if (unsure.length > 0)
    return 'AWS has been told, but that it denies everywhere was not seen. Look again in a few minutes.'
  return dryRun ? 'All of them would be stopped.' : 'All of them are stopped, as far as these places show.'
}
