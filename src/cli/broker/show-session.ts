import { membersOf } from '../../sources/broker/call.ts'
import type { Cli } from '../cli.ts'
import { brokerClient, idInPath, type View } from './client.ts'
import { standing, textOf, whenOf } from './show.ts'

/** `mayfly sessions show ID`: what is known of one session, from request to last call. */
export async function showSession(cli: Cli, id: string, flags: { broker?: string; json?: boolean }): Promise<void> {
  const client = await brokerClient(cli, flags.broker)
  const answer = membersOf(await client.get(`/v1/sessions/${idInPath(id)}`))
  if (flags.json) return cli.print(JSON.stringify(answer, undefined, 2))
  const session = membersOf(answer.session)
  cli.print(cli.style('bold', `${textOf(session, 'id')}  ${standing(session, client.host.now())}`))
  for (const [label, value] of facts(session)) if (value !== '') cli.print(`  ${label.padEnd(16)}${value}`)
  const rows = Array.isArray(answer.events) ? answer.events.map(membersOf) : []
  if (rows.length > 0) cli.print(cli.style('bold', 'What happened'))
  for (const row of rows) {
    const event = membersOf(row.event)
    cli.print(`  ${whenOf(event, 'at')}  ${eventText(event)}`)
  }
}

const facts = (session: View): readonly (readonly [string, string])[] => [
  ['who', `${textOf(session, 'principalName')} (${textOf(session, 'principalId')})`],
  ['role', [textOf(session, 'role'), textOf(session, 'roleArn')].filter(Boolean).join(', ')],
  ['grant', textOf(session, 'grant')],
  ['reason', textOf(session, 'reason')],
  ['ticket', textOf(session, 'ticket')],
  ['asked from', textOf(session, 'sourceIp')],
  ['issued', whenOf(session, 'issuedAt')],
  ['ends', whenOf(session, 'expiresAt')],
  ['revoked', whenOf(session, 'revokedAt')],
  ['failed', textOf(session, 'failure')],
  ['access key', textOf(session, 'accessKeyId')],
  ['session name', textOf(session, 'sessionName')],
  ['source identity', textOf(session, 'sourceIdentity')],
  ['narrowed by', textOf(session, 'policy')],
  ...useFacts(membersOf(session.use)),
]

function useFacts(use: View): readonly (readonly [string, string])[] {
  const calls = Object.entries(membersOf(use.calls)).filter(([, count]) => typeof count === 'number')
  const listed = calls.sort(([, one], [, other]) => Number(other) - Number(one)).slice(0, 10)
  return [
    ['last used', [whenOf(use, 'lastAt'), textOf(use, 'lastFrom')].filter(Boolean).join(' from ')],
    ['calls', listed.map(([name]) => `${textOf({ name }, 'name')} ${textOf(membersOf(use.calls), name)}`).join(', ')],
    ['denied calls', Number(use.denied) > 0 ? textOf(use, 'denied') : ''],
  ]
}

/** One event of the ledger, on one line. */
export function eventText(event: View): string {
  const kind = textOf(event, 'kind')
  const session = membersOf(event.session)
  const request = membersOf(event.request)
  const reach = membersOf(event.reach)
  const vote = membersOf(event.vote)
  const details: readonly string[] =
    {
      login: [textOf(event, 'name'), textOf(event, 'authenticator'), textOf(event, 'sourceIp')],
      denied: [textOf(event, 'name'), textOf(event, 'role'), textOf(event, 'because')],
      asked: [textOf(request, 'principalName'), textOf(request, 'role'), textOf(request, 'reason')],
      voted: [textOf(vote, 'byName'), vote.approve === true ? 'approves' : 'refuses', textOf(vote, 'reason')],
      intent: [textOf(session, 'principalName'), textOf(session, 'role'), textOf(session, 'reason')],
      found: [textOf(session, 'principalName'), textOf(session, 'roleArn')],
      issued: [textOf(event, 'accessKeyId'), `until ${whenOf(event, 'expiresAt')}`],
      failed: [textOf(event, 'because')],
      revoked: [`by ${textOf(event, 'byName')}`, textOf(event, 'reason')],
      reached: [textOf(reach, 'place'), textOf(reach, 'where'), textOf(reach, 'effect')],
      used: [`from ${textOf(membersOf(event.use), 'lastFrom')}`],
      alert: [textOf(event, 'text')],
      reviewed: [textOf(event, 'reason')],
    }[kind] ?? []
  return [kind.padEnd(9), textOf(event, 'sessionId') || textOf(session, 'id'), ...details].filter(Boolean).join('  ')
}
