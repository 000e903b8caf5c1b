import type { Command } from 'commander'
import { Failure } from '../../model/failure.ts'
import type { KeptSession } from '../../sources/sessions.ts'
import type { Cli } from '../cli.ts'
import { utcSeconds } from '../environment.ts'
import { printable } from '../output.ts'
import { userProfile } from '../profile.ts'

/** `mayfly logout`: forgets, and does not pretend to revoke. */
export function define(command: Command, cli: Cli): void {
  command
    .description(
      'Forgets the sessions kept in the vault, of one profile or all. At AWS they work until they end; what is printed says when.',
    )
    .argument('[profile]', 'whose session; with it go the sessions it was taken from')
    .option('--all', 'every session')
    .option('--sso', 'also sign out of IAM Identity Center, for every tool on this machine')
    .option('--broker <url>', 'sign out of a Mayfly broker, and forget its sessions')
    .option('--json', 'print {"forgotten": [{"accessKeyId", "principal", "expiration"}]}')
    .addHelpText(
      'after',
      `
To end sessions at AWS itself, deny those issued until now: docs/revoke.md.

Examples:
  mayfly logout ann
  mayfly logout --all
  mayfly logout --sso ann-at-corp`,
    )
    .action(
      async (name: string | undefined, options: { all?: boolean; sso?: boolean; broker?: string; json?: boolean }) => {
        if (options.broker !== undefined && name === undefined && !options.all)
          return (await import('../broker/login.ts')).logoutOfBroker(cli, options.broker, options.json === true)
        if (options.broker !== undefined)
          throw new Failure('usage', 'logout takes a profile, --all or --broker.', {
            hint: 'mayfly logout --broker URL',
          })
        if ((name === undefined) === (options.all !== true))
          throw new Failure('usage', 'logout takes a profile, --all or --broker.', { hint: 'mayfly logout PROFILE' })
        const { chainOf, forgetSessions, listSessions } = await import('../../sources/sessions.ts')
        const { specDigest } = await import('../../sources/spec-digest.ts')
        const host = await cli.host()
        const spec = name === undefined ? undefined : userProfile(cli.env, name).spec
        const ids = spec && chainOf(spec).map(specDigest)
        const ofSignIn = options.sso
          ? await (await import('../sso/sign-ins.ts')).endSignIns(cli, spec, host)
          : () => false
        const meant = (one: KeptSession): boolean => ids === undefined || ids.includes(one.id) || ofSignIn(one)
        const forgotten = (await listSessions(host.vault)).filter(meant)
        await forgetSessions(host.vault, ids && meant)
        const { endOidcLogins } = await import('../../sources/oidc-login.ts')
        for (const { issuer, revoked } of await endOidcLogins(host, spec))
          cli.say(
            `${printable(issuer)}: the sign-in is forgotten here${revoked ? ', and renewed by the provider no more' : ''}.`,
          )
        if (options.json) {
          const shown = forgotten.map(({ accessKeyId, who: principal, expiration }) => ({
            accessKeyId,
            principal,
            expiration: utcSeconds(expiration),
          }))
          return cli.print(JSON.stringify({ forgotten: shown }))
        }
        if (forgotten.length === 0) return cli.print('No session was kept.')
        cli.print(`Forgotten here: ${forgotten.length} session${forgotten.length === 1 ? '' : 's'}.`)
        for (const { accessKeyId, who, expiration } of forgotten.filter((one) => one.expiration > host.now()))
          cli.print(
            `  ${accessKeyId} (${printable(who)}) works at AWS until ${utcSeconds(expiration)} unless it is revoked, if someone copied it.`,
          )
      },
    )
}
