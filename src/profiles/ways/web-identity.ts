import { resolve } from 'node:path'
import { Failure } from '../../model/failure.ts'
import type { OidcLoginPlace, TokenPlace } from '../../model/source-spec.ts'
import { digest, holderOf } from '../../sources/token-holder.ts'
import type { Environment } from '../locate.ts'
import { placeText, shown } from '../parse.ts'
import { pathOf } from '../path-in.ts'
import type { Profile } from '../read.ts'
import { arnsIn, durationIn, forms, policyIn, textIn } from '../values.ts'
import type { Way, WayContext } from './way.ts'

type Reader = (profile: Profile, value: string, context: WayContext) => TokenPlace

/** The keys that say where the token is, one of which a profile has. */
const places: Readonly<Record<string, Reader>> = {
  web_identity_token_file: fileIn,
  web_identity_token_process: (_, commandLine) => ({ from: 'command', commandLine }),
  mayfly_web_identity_token_variable: variableIn,
  mayfly_github_actions_audience: gitHubIn,
  mayfly_oidc_issuer: loginIn,
}

/**
 * A role for a token of an OpenID Connect provider: `role_arn` and one of `web_identity_token_file`,
 * `web_identity_token_process`, `mayfly_web_identity_token_variable`, `mayfly_github_actions_audience` and
 * `mayfly_oidc_issuer` (with `mayfly_oidc_client_id`, `mayfly_oidc_scopes`, `mayfly_oidc_redirect_port`,
 * `mayfly_oidc_flow`).
 */
export const webIdentityWay: Way = {
  keys: Object.keys(places),
  read: (profile, context) => {
    const roleArn = textIn(profile, 'role_arn', forms.roleArn)
    if (roleArn === undefined)
      throw new Failure('profile-incomplete', `${placeText(profile.at)}: ${shown(profile.name)} lacks role_arn.`, {
        hint: 'Name the role that trusts the provider of the token.',
      })
    const sessionName = textIn(profile, 'role_session_name', forms.sessionName)
    const duration = durationIn(profile, 'duration_seconds', 900, 43_200)
    const policy = policyIn(profile, context.readText)
    const policyArns = arnsIn(profile, 'mayfly_policy_arns')
    return {
      kind: 'web-identity',
      token: tokenPlaceIn(profile, context),
      roleArn,
      ...(sessionName ? { sessionName } : {}),
      ...(duration === undefined ? {} : { duration }),
      ...(policy ? { policy } : {}),
      ...(policyArns ? { policyArns } : {}),
      sts: context.target('sts'),
    }
  },
}

/** Where a profile has its token, whatever it is traded for. */
export function tokenPlaceIn(profile: Profile, context: WayContext): TokenPlace {
  const [first, second] = Object.keys(places).filter((key) => profile.entries.get(key)?.value)
  const read = places[first ?? '']
  const value = profile.entries.get(first ?? '')?.value
  if (!read || !value)
    throw new Failure('profile-incomplete', `${placeText(profile.at)}: ${shown(profile.name)} names no token.`, {
      hint: `Give one of ${Object.keys(places).join(', ')} a value.`,
    })
  if (second !== undefined)
    throw wrong(profile, second, `${shown(profile.name)} has both ${first} and ${second}`, 'Keep one of them.')
  return read(profile, value, context)
}

function fileIn(profile: Profile, value: string, { env, readText }: WayContext): TokenPlace {
  const from = profile.entries.get('web_identity_token_file')?.at.file ?? ''
  const path = pathOf(value, from, env)
  let holder: string | undefined
  try {
    holder = holderOf(readText(path, from))
  } catch {
    // Told when it is needed: explaining and editing the profile need no token.
  }
  return { from: 'file', path, ...(holder ? { holder } : {}) }
}

function variableIn(profile: Profile, name: string, { env }: WayContext): TokenPlace {
  if (!/^[A-Za-z_]\w*$/.test(name))
    throw wrong(
      profile,
      'mayfly_web_identity_token_variable',
      `${shown(name)} is not the name of a variable`,
      'It looks like GITLAB_OIDC_TOKEN',
    )
  const token = env[name]
  return { from: 'variable', name, ...(token ? { holder: holderOf(token) } : {}) }
}

/** The address the runner gives names the run and the job: another job gets another session. */
function gitHubIn(_: Profile, audience: string, { env }: WayContext): TokenPlace {
  const job = env.ACTIONS_ID_TOKEN_REQUEST_URL
  return { from: 'github-actions', audience, ...(job ? { holder: digest(job) } : {}) }
}

function loginIn(profile: Profile, issuer: string): OidcLoginPlace {
  const url = URL.parse(issuer)
  const isHere = url !== null && /^(?:127\.0\.0\.1|localhost|\[::1\])$/.test(url.hostname)
  if (
    !url ||
    url.search ||
    url.hash ||
    url.username ||
    !(url.protocol === 'https:' || (isHere && url.protocol === 'http:'))
  )
    throw wrong(
      profile,
      'mayfly_oidc_issuer',
      `${shown(issuer)} is not the address of a provider`,
      'It looks like https://login.example.com',
    )
  const clientId = textIn(profile, 'mayfly_oidc_client_id', {
    pattern: /^[\x21-\x7e]{1,255}$/,
    hint: 'It is what the provider calls the program that signs people in.',
  })
  if (clientId === undefined)
    throw new Failure(
      'profile-incomplete',
      `${placeText(profile.at)}: ${shown(profile.name)} lacks mayfly_oidc_client_id.`,
      {
        hint: 'Register a public (native) client with the provider, and write its id here.',
      },
    )
  const listed = (profile.entries.get('mayfly_oidc_scopes')?.value ?? '').split(/[\s,]+/).filter(Boolean)
  const port = textIn(profile, 'mayfly_oidc_redirect_port', {
    pattern: /^[1-9]\d{0,4}$/,
    hint: 'Use a port from 1 to 65535.',
  })
  const flow = textIn(profile, 'mayfly_oidc_flow', { pattern: /^(?:browser|device)$/, hint: 'Use browser or device.' })
  return {
    ...{ from: 'login', issuer, clientId, scopes: [...new Set(['openid', ...listed])] },
    ...(port === undefined ? {} : { redirectPort: Number(port) }),
    ...(flow === 'device' ? { device: true } : {}),
  }
}

const wrong = (profile: Profile, key: string, problem: string, hint: string): Failure =>
  new Failure('config-invalid', `${placeText(profile.entries.get(key)?.at ?? profile.at)}: ${problem}.`, { hint })

/** The variables by which clusters and CI systems hand a token to every SDK. */
const variables: Readonly<Record<string, string>> = {
  AWS_WEB_IDENTITY_TOKEN_FILE: 'web_identity_token_file',
  AWS_ROLE_ARN: 'role_arn',
  AWS_ROLE_SESSION_NAME: 'role_session_name',
}

/**
 * The default profile as the environment makes it, where no file has one: from AWS_WEB_IDENTITY_TOKEN_FILE and
 * AWS_ROLE_ARN, as every SDK reads them. Undefined without both.
 */
export function profileFromEnvironment(name: string, env: Environment): Profile | undefined {
  if (name !== 'default' || !env.AWS_WEB_IDENTITY_TOKEN_FILE || !env.AWS_ROLE_ARN) return undefined
  const at = { file: 'the environment', line: 0 }
  const entries = Object.entries(variables).flatMap(([variable, key]) => {
    const value = env[variable]
    const whole = key === 'web_identity_token_file' && value ? resolve(value) : value
    return whole ? [[key, { key, value: whole, at, end: 0 }] as const] : []
  })
  return { name, at, entries: new Map(entries) }
}
