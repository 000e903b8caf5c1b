import { membersOf } from '../../sources/broker/call.ts'
import type { Cli } from '../cli.ts'
import { table } from '../output.ts'
import { checkPrincipal } from './check-principal.ts'
import { type BrokerClient, brokerClient, itemsOf, type View } from './client.ts'
import { counted, instantOf, standing, textOf } from './show.ts'
import { watchSessions } from './watch-sessions.ts'

export interface ListFlags {
  readonly broker?: string
  readonly all?: boolean
  readonly principal?: string
  readonly role?: string
  readonly account?: string
  readonly origin?: string
  readonly text?: string
  readonly limit: number
  readonly watch?: boolean
  readonly json?: boolean
}

/** `mayfly sessions ls`: the sessions the caller may see, and with --watch what becomes of them. */
export async function listSessions(cli: Cli, flags: ListFlags): Promise<void> {
  const client = await brokerClient(cli, flags.broker)
  if (flags.principal !== undefined) await checkPrincipal(client, flags.principal)
  const { sessions, isWhole } = await found(client, flags)
  if (flags.json && !flags.watch) return cli.print(JSON.stringify({ sessions, isWhole }, undefined, 2))
  if (flags.json) for (const session of sessions) cli.print(JSON.stringify({ session }))
  else if (sessions.length === 0) cli.print('No session.')
  else showSessions(cli, sessions, client.host.now())
  if (!isWhole) cli.say(`There are more than ${flags.limit}: narrow the search, or say --limit.`)
  if (flags.watch) await watchSessions(cli, client, flags.json === true)
}

async function found(
  client: BrokerClient,
  flags: ListFlags,
): Promise<{ readonly sessions: readonly View[]; readonly isWhole: boolean }> {
  const { principal, role, account, origin, text } = flags
  const sessions: View[] = []
  let cursor: string | undefined
  do {
    const limit = Math.min(1000, flags.limit - sessions.length)
    const live = flags.all ? undefined : 'true'
    const page = await client.get('/v1/sessions', { live, principal, role, account, origin, text, limit, cursor })
    sessions.push(...itemsOf(page))
    const next = membersOf(page).cursor
    cursor = typeof next === 'string' && next !== '' ? next : undefined
  } while (cursor !== undefined && sessions.length < flags.limit)
  return { sessions, isWhole: cursor === undefined }
}

/** As a table: one line a session. */
function showSessions(cli: Cli, sessions: readonly View[], now: Date): void {
  const rows = sessions.map((session) => [
    textOf(session, 'id'),
    textOf(session, 'principalName') || textOf(session, 'principalId'),
    textOf(session, 'role') || textOf(session, 'roleArn') || textOf(session, 'operation'),
    textOf(session, 'accountId'),
    standing(session, now),
    lastUse(session),
  ])
  const [heading = '', ...lines] = table([['ID', 'WHO', 'ROLE', 'ACCOUNT', 'ENDS IN', 'LAST USED'], ...rows]).split(
    '\n',
  )
  cli.print(cli.style('bold', heading))
  for (const [index, line] of lines.entries()) {
    const state = sessions[index]?.state
    cli.print(state === 'revoked' ? cli.style('red', line) : state === 'failed' ? cli.style('dim', line) : line)
  }
  cli.print(cli.style('dim', `${counted(sessions.length, 'session')}.`))
}

function lastUse(session: View): string {
  const use = membersOf(session.use)
  const at = instantOf(use, 'lastAt')
  return at ? `${at.toISOString().slice(0, 16)}Z from ${textOf(use, 'lastFrom')}` : ''
}
