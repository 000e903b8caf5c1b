import { membersOf } from '../../sources/broker/call.ts'
import type { Cli } from '../cli.ts'
import { table, timeLeft } from '../output.ts'
import { brokerClient, idInPath, itemsOf, type View } from './client.ts'
import { counted, instantOf, textOf } from './show.ts'

export interface RequestFlags {
  readonly broker?: string
  readonly json?: boolean
}

/** `mayfly requests ls`: the caller's own, and those they may decide on. */
export async function listRequests(cli: Cli, flags: RequestFlags & { all?: boolean }): Promise<void> {
  const client = await brokerClient(cli, flags.broker)
  const requests = itemsOf(await client.get('/v1/requests', { state: flags.all ? undefined : 'waiting' }))
  if (flags.json) return cli.print(JSON.stringify(requests, undefined, 2))
  if (requests.length === 0) return cli.print(flags.all ? 'No request.' : 'No request waits.')
  const now = client.host.now()
  const rows = requests.map((request) => [
    textOf(request, 'id'),
    textOf(request, 'principalName'),
    textOf(request, 'role'),
    seconds(Number(request.duration)),
    stateOf(request, now),
    textOf(request, 'reason'),
  ])
  const [heading = '', ...lines] = table([['ID', 'WHO', 'ROLE', 'FOR', 'STATE', 'REASON'], ...rows]).split('\n')
  cli.print(cli.style('bold', heading))
  for (const line of lines) cli.print(line)
}

/** `mayfly requests approve|refuse ID` */
export async function vote(
  cli: Cli,
  id: string,
  approve: boolean,
  flags: RequestFlags & { reason?: string },
): Promise<void> {
  const client = await brokerClient(cli, flags.broker)
  const { reason } = flags
  const request = membersOf(await client.post(`/v1/requests/${idInPath(id)}/votes`, { approve, reason }))
  if (flags.json) return cli.print(JSON.stringify(request, undefined, 2))
  const whose = `${textOf(request, 'principalName')}, ${textOf(request, 'role')}`
  if (request.state === 'waiting') {
    const left = Number(request.needed) - yesIn(request)
    return cli.print(`Your vote counts (${whose}). It takes ${counted(left, 'more approval')}.`)
  }
  cli.print(`${request.state === 'approved' ? 'Approved' : 'Refused'}: ${whose}.`)
}

const yesIn = ({ votes }: View): number =>
  Array.isArray(votes) ? votes.map(membersOf).filter(({ approve }) => approve === true).length : 0

function stateOf(request: View, now: Date): string {
  const state = textOf(request, 'state')
  const end = instantOf(request, 'expiresAt')
  if (request.outdated === true) return 'outdated'
  if (end && end <= now && (state === 'waiting' || state === 'approved')) return 'lapsed'
  const left = end ? `, ${timeLeft(end, now)} left` : ''
  if (state === 'waiting') return `${yesIn(request)} of ${textOf(request, 'needed')}${left}`
  return state === 'approved' ? `approved${left}` : state
}

const seconds = (duration: number): string =>
  duration >= 3600 && duration % 3600 === 0 ? `${duration / 3600} h` : `${Math.round(duration / 60)} min`
