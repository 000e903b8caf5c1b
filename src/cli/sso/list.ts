import type { Cli } from '../cli.ts'
import { printable, table } from '../output.ts'
import { userProfiles } from '../profile.ts'
import { sessionMeant } from './session.ts'

/** Lists the accounts and roles that are assigned to the person, and the profiles that lead there. */
export async function listSso(
  cli: Cli,
  named: string | undefined,
  options: { json?: boolean; input: boolean },
): Promise<void> {
  const profiles = userProfiles(cli.env)
  const session = sessionMeant(cli, profiles, named)
  const { listRoles } = await import('../../sources/sso/portal.ts')
  const roles = (await listRoles(session, await cli.host({ input: options.input }))).map(({ account, roleName }) => ({
    accountId: account.id,
    accountName: account.name,
    ...(account.email === undefined ? {} : { email: account.email }),
    roleName,
    profiles: [...profiles.profiles.values()]
      .filter(
        ({ entries }) =>
          entries.get('sso_session')?.value === session.name &&
          entries.get('sso_account_id')?.value === account.id &&
          entries.get('sso_role_name')?.value === roleName,
      )
      .map(({ name }) => name),
  }))
  if (options.json) return cli.print(JSON.stringify(roles, undefined, 2))
  if (roles.length === 0) return cli.say('Nothing is assigned to you yet.')
  const rows = roles.map(({ accountId, accountName, roleName, profiles: names }) => [
    accountId,
    printable(accountName),
    roleName,
    names.map(printable).join(', ') || '-',
  ])
  cli.print(table([['ACCOUNT', 'NAME', 'ROLE', 'PROFILES'], ...rows]))
}
