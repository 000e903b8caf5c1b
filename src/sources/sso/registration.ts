import { createHash } from 'node:crypto'
import type { Host } from '../../host/host.ts'
import { Failure } from '../../model/failure.ts'
import type { SsoSessionSpec } from '../../model/source-spec.ts'
import { callSso, numberMember, strangeAnswer, textMember } from './call.ts'
import { ssoEndpoint } from './endpoint.ts'
import { awsInstant, instantOf, members, textOf } from './token-file.ts'

/** This program as Identity Center knows it. */
export interface Registration {
  readonly clientId: string
  readonly clientSecret: string
  readonly expiresAt: Date
}

/** How the person will sign in, which a registration is made for. */
export type SignInWay = 'browser' | 'device'

/** Without a port: Identity Center lets a program on the same machine choose one at each sign-in. */
const redirectUri = 'http://127.0.0.1/oauth/callback'
const grantTypes = ['authorization_code', 'refresh_token']
/** As botocore has it: one that ends sooner is not worth a sign-in. */
const margin = 15 * 60_000

/**
 * The kept registration of a session, Mayfly's or the AWS CLI's, or a new one (`afresh`: in any case). It is taken out
 * of the cache until it has served: one that the other end forgot would fail at every sign-in, and in a browser, where
 * we don't hear of it.
 */
export async function takeRegistration(
  session: SsoSessionSpec,
  way: SignInWay,
  host: Host,
  afresh = false,
): Promise<Registration> {
  const cache = host.awsCache('sso')
  const name = registrationFileName(session)
  const kept = afresh ? undefined : registrationIn(members(cache.read(name)), way)
  cache.remove(name)
  return kept && kept.expiresAt.getTime() - host.now().getTime() > margin ? kept : register(session, way, host)
}

/** Keeps a registration that has served, where the AWS CLI finds it. */
export function keepRegistration(
  session: SsoSessionSpec,
  way: SignInWay,
  { awsCache }: Pick<Host, 'awsCache'>,
  { clientId, clientSecret, expiresAt }: Registration,
): void {
  const file = {
    clientId,
    clientSecret,
    expiresAt: awsInstant(expiresAt),
    scopes: session.scopes,
    ...(way === 'browser' ? { grantTypes } : {}),
  }
  awsCache('sso').write(registrationFileName(session), JSON.stringify(file))
}

/**
 * The AWS CLI's name for it: the SHA-1 of what a registration hangs on, as Python writes JSON with sorted keys.
 */
export function registrationFileName({ name, startUrl, region, scopes }: SsoSessionSpec): string {
  const list = `[${scopes.map(pythonJson).join(', ')}]`
  const text = `{"region": ${pythonJson(region)}, "scopes": ${list}, "session_name": ${name === undefined ? 'null' : pythonJson(name)}, "startUrl": ${pythonJson(startUrl)}, "tool": "botocore"}`
  return `${createHash('sha1').update(text).digest('hex')}.json`
}

/** A string as Python's json writes it: ASCII only. */
const pythonJson = (text: string): string =>
  JSON.stringify(text).replace(
    /[\u007f-\uffff]/g,
    (symbol) => `\\u${symbol.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )

function registrationIn(kept: Readonly<Record<string, unknown>>, way: SignInWay): Registration | undefined {
  const clientId = textOf(kept.clientId)
  const clientSecret = textOf(kept.clientSecret)
  const expiresAt = instantOf(kept.expiresAt)
  const isForBrowser = Array.isArray(kept.grantTypes) && kept.grantTypes.includes('authorization_code')
  if (clientId === undefined || clientSecret === undefined || expiresAt === undefined) return undefined
  return isForBrowser === (way === 'browser') ? { clientId, clientSecret, expiresAt } : undefined
}

async function register(session: SsoSessionSpec, way: SignInWay, host: Host): Promise<Registration> {
  const answer = await callSso(host, {
    url: `${ssoEndpoint('oidc', session.oidc)}/client/register`,
    repeatable: true,
    body: {
      clientName: 'mayfly',
      clientType: 'public',
      scopes: session.scopes,
      ...(way === 'browser' ? { grantTypes, redirectUris: [redirectUri], issuerUrl: session.startUrl } : {}),
    },
  })
  if (!answer.ok)
    throw new Failure('aws-refused', `Identity Center does not register Mayfly: ${answer.text} (${answer.code})`, {
      hint: 'Check sso_start_url, sso_region and sso_registration_scopes.',
    })
  const clientId = textMember(answer.members, 'clientId')
  const clientSecret = textMember(answer.members, 'clientSecret')
  const expires = numberMember(answer.members, 'clientSecretExpiresAt')
  if (clientId === undefined || clientSecret === undefined || expires === undefined || expires > 8e12)
    throw strangeAnswer('RegisterClient')
  return { clientId, clientSecret, expiresAt: new Date(expires * 1000) }
}
