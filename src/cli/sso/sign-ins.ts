import type { NodeHost } from '../../host/node-host.ts'
import { Failure } from '../../model/failure.ts'
import type { SourceSpec, SsoSessionSpec } from '../../model/source-spec.ts'
import { consoleToken } from '../../sources/console/console-token.ts'
import { chainOf, type KeptSession } from '../../sources/sessions.ts'
import { accessToken } from '../../sources/sso/access-token.ts'
import { signOut } from '../../sources/sso/sign-out.ts'
import type { Cli } from '../cli.ts'
import { printable } from '../output.ts'
import { userProfiles } from '../profile.ts'
import { sessionOf } from './session.ts'

/**
 * Has the person sign in where a profile's sign-in is over, so that every tool that shares it works again; with `remote`
 * by a code that is pasted, which only the console's sign-in has.
 */
export async function renewSignIns(spec: SourceSpec, host: NodeHost, remote = false): Promise<void> {
  for (const session of signInsOf(spec)) await accessToken(session, host)
  if (!remote) return
  const hop = chainOf(spec).find(({ kind }) => kind === 'console-login')
  if (hop?.kind !== 'console-login')
    throw new Failure('usage', '--remote is for profiles with a login_session.', { hint: 'Leave it out.' })
  await consoleToken(hop, host, { remote })
}

/**
 * Ends the sign-ins a profile stands on (without one: all of the config file). Gives which sessions were taken with
 * them, of whichever profile.
 */
export async function endSignIns(
  cli: Cli,
  spec: SourceSpec | undefined,
  host: NodeHost,
): Promise<(kept: KeptSession) => boolean> {
  const profiles = userProfiles(cli.env)
  const sessions = spec
    ? signInsOf(spec)
    : [...profiles.ssoSessions.keys()].map((name) => sessionOf(cli, profiles, name))
  for (const session of sessions) {
    const outcome = await signOut(session, host)
    cli.say(`${printable(session.name ?? session.startUrl)}: ${outcomes[outcome]}`)
  }
  return (kept) => signInsOf(kept.spec).some((one) => sessions.some((other) => isSame(one, other)))
}

const outcomes = {
  ended: 'signed out, for every tool on this machine. Sessions of roles that were taken before go on until they end.',
  forgotten:
    'the sign-in is forgotten on this machine; Identity Center did not answer, so it goes on there until it ends.',
  none: 'nobody was signed in.',
} as const

const signInsOf = (spec: SourceSpec): readonly SsoSessionSpec[] =>
  chainOf(spec).flatMap((hop) => (hop.kind === 'identity-center' ? [hop.session] : []))

const isSame = (one: SsoSessionSpec, other: SsoSessionSpec): boolean =>
  (one.name ?? one.startUrl) === (other.name ?? other.startUrl)
