import { Failure } from '../../model/failure.ts'
import type { SsoSessionSpec } from '../../model/source-spec.ts'
import { endpointFor } from '../../profiles/endpoint.ts'
import type { Profiles } from '../../profiles/read.ts'
import { ssoSessionNamed } from '../../profiles/sso-session.ts'
import type { Cli } from '../cli.ts'

/** The sso-session that is named, or the only one there is. */
export function sessionMeant(
  cli: Cli,
  profiles: Profiles,
  named: string | undefined,
): SsoSessionSpec & { name: string } {
  const names = [...profiles.ssoSessions.keys()]
  const [only, ...others] = names
  const name = named ?? (others.length === 0 ? only : undefined)
  if (name === undefined)
    throw new Failure('usage', names.length === 0 ? 'There is no [sso-session NAME] yet.' : 'Which sso-session?', {
      hint:
        names.length === 0
          ? 'Put one into ~/.aws/config, with sso_start_url and sso_region.'
          : `One of: ${names.join(', ')}`,
    })
  return { ...sessionOf(cli, profiles, name), name }
}

/** An sso-session, with the endpoints that the environment names. */
export function sessionOf(cli: Cli, profiles: Profiles, name: string): SsoSessionSpec {
  const nothing = { name, at: { file: '', line: 0 }, entries: new Map() }
  return ssoSessionNamed(profiles, name, (id) => {
    const endpoint = endpointFor(nothing, profiles, cli.env, id)
    return { region: '', ...(endpoint === undefined ? {} : { endpoint }) }
  })
}
