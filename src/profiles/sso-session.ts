import { Failure } from '../model/failure.ts'
import type { SsoSessionSpec, Target } from '../model/source-spec.ts'
import { type Entry, placeText, shown } from './parse.ts'
import type { Profile, Profiles } from './read.ts'
import { near } from './suggest.ts'

type Entries = ReadonlyMap<string, Entry>
type TargetOf = (id: string) => Target

const accountAccess = 'sso:account:access'

/** The `[sso-session NAME]` as a place to sign in. `target` says where calls to `sso` and `sso_oidc` go. */
export function ssoSessionNamed({ ssoSessions }: Profiles, name: string, target: TargetOf): SsoSessionSpec {
  const entries = ssoSessions.get(name)
  if (!entries)
    throw new Failure('config-invalid', `There is no [sso-session ${shown(name)}].`, {
      hint: near([...ssoSessions.keys()], name),
    })
  return { name, ...placeIn(entries, `[sso-session ${shown(name)}]`, target) }
}

/**
 * Where a profile's person signs in: the sso-session it names, or (as profiles of before had it) what it says itself. A
 * key that both have must say the same in both, as in botocore.
 */
export function ssoSessionOf(profile: Profile, profiles: Profiles, target: TargetOf): SsoSessionSpec {
  const { entries } = profile
  const named = entries.get('sso_session')
  if (!named) return placeIn(entries, `the profile ${shown(profile.name)}`, target)
  const session = profiles.ssoSessions.get(named.value)
  if (!session)
    throw new Failure(
      'config-invalid',
      `${placeText(named.at)}: the sso_session ${shown(named.value)} of ${shown(profile.name)} is not there.`,
      { hint: near([...profiles.ssoSessions.keys()], named.value) },
    )
  for (const [key, { value }] of session) {
    const own = entries.get(key)
    if (own && own.value !== value)
      throw new Failure(
        'config-invalid',
        `${placeText(own.at)}: ${key} is not what [sso-session ${shown(named.value)}] says.`,
        { hint: `Remove ${key} from the profile.` },
      )
  }
  return ssoSessionNamed(profiles, named.value, target)
}

function placeIn(entries: Entries, where: string, target: TargetOf): Omit<SsoSessionSpec, 'name'> {
  const startUrl = needed(entries, 'sso_start_url', where, isStartUrl, 'https://d-1234567890.awsapps.com/start')
  const region = needed(entries, 'sso_region', where, isRegion, 'eu-central-1')
  const named = entries.get('sso_registration_scopes')
  const scopes = (named?.value ?? '').split(',').flatMap((scope) => scope.trim() || [])
  const wrong = scopes.find((scope) => !/^[\x21-\x7e]{1,256}$/.test(scope))
  if (named && wrong !== undefined)
    throw new Failure('config-invalid', `${placeText(named.at)}: ${shown(wrong)} is not a scope.`, {
      hint: `sso_registration_scopes = ${accountAccess}`,
    })
  return {
    startUrl,
    region,
    scopes: scopes.length > 0 ? scopes : [accountAccess],
    oidc: { ...target('sso_oidc'), region },
    portal: { ...target('sso'), region },
  }
}

function needed(
  entries: Entries,
  key: string,
  where: string,
  isGood: (text: string) => boolean,
  example: string,
): string {
  const entry = entries.get(key)
  if (!entry?.value) throw new Failure('profile-incomplete', `${where} lacks ${key}.`, { hint: `${key} = ${example}` })
  if (isGood(entry.value)) return entry.value
  throw new Failure('config-invalid', `${placeText(entry.at)}: this ${key} cannot be used.`, {
    hint: `It looks like ${example}`,
  })
}

const isRegion = (text: string): boolean => /^(?!-)[a-z0-9-]{1,63}(?<!-)$/.test(text)

/** It is never fetched, but people follow it: plain http only on this machine. */
function isStartUrl(text: string): boolean {
  const url = URL.parse(text)
  if (!url || url.username || url.password || !/^[\x21-\x7e]+$/.test(text)) return false
  return (
    url.protocol === 'https:' || (url.protocol === 'http:' && /^(?:127\.0\.0\.1|localhost|\[::1\])$/.test(url.hostname))
  )
}
