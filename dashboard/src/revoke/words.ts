import type { Reach, Revocation, RevocationTarget } from '../api/types.ts'
import { clockText, lengthText, msOf } from '../time.ts'

/** In the order in which an effect sets in. */
const places: Readonly<Record<Reach['place'], string>> = {
  broker: 'Broker',
  agent: 'Agents',
  gateway: 'Gateways',
  aws: 'AWS',
}

const order = Object.keys(places)

/** Place by place, what stops before what runs on. */
export const inOrder = (reach: readonly Reach[]): readonly Reach[] =>
  [...reach].sort((a, b) => order.indexOf(a.place) - order.indexOf(b.place) || rank(a) - rank(b))

const rank = ({ effect }: Reach): number => (effect === 'runs-until-expiry' ? 2 : effect === 'unknown' ? 1 : 0)

/** Whether it stops what it is about. */
export const stops = ({ effect }: Reach): boolean => effect !== 'runs-until-expiry' && effect !== 'unknown'

export interface ReachWords {
  readonly place: string
  /** What happens there, or will; never more than is known. */
  readonly what: string
}

export function reachWords(reach: Reach, { dryRun, now }: { dryRun: boolean; now: number }): ReachWords {
  const took = reach.took === undefined ? '' : `, measured after ${tookText(reach.took)}`
  return { place: places[reach.place] ?? reach.place, what: `${effectText(reach, dryRun, now)}${took}` }
}

function effectText({ effect, until, sessions }: Reach, dryRun: boolean, now: number): string {
  if (effect === 'refused') return dryRun ? 'refuses from then on' : 'refuses from now on'
  if (effect === 'dropped') return dryRun ? 'would drop their copies' : 'dropped their copies'
  if (effect === 'denied') return dryRun ? 'would deny every call' : 'denies every call'
  if (effect === 'unknown') return dryRun ? 'cannot be known beforehand' : 'it is not known'
  const [it, runs] = sessions.length === 1 ? ['it', 'it runs'] : ['them', 'they run']
  if (until === undefined) return `does not stop ${it}, and nobody knows until when ${runs}`
  const ends = msOf(until)
  if (ends <= now) return `did not stop ${it}, and by now all is over`
  return `does not stop ${it}: ${runs} on until ${clockText(ends, now)}, for ${lengthText(ends - now)}`
}

const tookText = (milliseconds: number): string =>
  milliseconds < 1000 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1000).toFixed(1)} s`

export interface Verdict {
  readonly tone: 'good' | 'warn' | 'bad'
  readonly text: string
}

/** The whole in one sentence. Only what AWS itself denies counts as stopped: credentials need no broker to work. */
export function verdictOf({ dryRun, sessions, reach }: Pick<Revocation, 'dryRun' | 'sessions' | 'reach'>): Verdict {
  if (sessions === 0)
    return {
      tone: 'warn',
      text: dryRun
        ? 'No live session is of this kind. Who asks anew with an old login would be refused.'
        : 'No live session was of this kind. Who asks anew with an old login is refused.',
    }
  const ids = (effect: Reach['effect']): ReadonlySet<string> =>
    new Set(reach.filter((one) => one.effect === effect).flatMap((one) => one.sessions))
  const runs = ids('runs-until-expiry')
  const doubtful = ids('unknown')
  const stopped = [...ids('denied')].filter((id) => !runs.has(id) && !doubtful.has(id)).length
  const unknown = Math.max(0, sessions - stopped - runs.size)
  const total = count(sessions)
  if (stopped === sessions)
    return {
      tone: 'good',
      text: dryRun
        ? `${total} would be denied at AWS, and refused here.`
        : `${total} stopped: AWS denies them, and the broker refuses.`,
    }
  const left = [
    ...(runs.size > 0 ? [`${count(runs.size)} ${runs.size === 1 ? 'runs' : 'run'} on at AWS until expiry`] : []),
    ...(unknown > 0 ? [`of ${count(unknown)} it is not known`] : []),
  ].join(', ')
  const head = dryRun ? `Of ${total}, ${stopped} would stop` : `Of ${total}, ${stopped} stopped`
  return { tone: runs.size > 0 ? 'bad' : 'warn', text: `${head}; ${left}.` }
}

export const count = (sessions: number): string =>
  `${sessions.toLocaleString('en')} ${sessions === 1 ? 'session' : 'sessions'}`

/** What is to be ended, for a title. */
export function targetText(target: RevocationTarget, name?: string): string {
  switch (target.kind) {
    case 'session':
      return `the session ${name ?? target.sessionId}`
    case 'principal':
      return `all sessions of ${name ?? target.principalId}`
    case 'role':
      return `all sessions of the role ${target.role}`
    case 'everything':
      return 'every session'
  }
}
