import { setTimeout } from 'node:timers/promises'
import type { Host } from '../host/host.ts'
import { Failure } from '../model/failure.ts'
import type { RolesAnywhereSpec } from '../model/source-spec.ts'
import { encodeUri } from '../wire/uri.ts'
import { signX509, type X509Signer } from '../wire/x509/sign.ts'
import { type Issued, issuedFrom } from './issued.ts'
import { type Answered, isBusy, rolesAnywhereFailure } from './roles-anywhere-failure.ts'
import { dnsSuffix } from './sts-endpoint.ts'

const mostAttempts = 3
const firstPause = 200
const patience = 20_000

/**
 * Calls CreateSession of IAM Roles Anywhere and gives the session. Tries three times when AWS is out of reach or busy.
 * Throws a `Failure` with AWS's reason. See "CreateSession" in the IAM Roles Anywhere User Guide.
 */
export async function createSession(
  host: Pick<Host, 'fetch' | 'now'>,
  spec: RolesAnywhereSpec,
  signer: X509Signer,
  pause: (milliseconds: number) => Promise<void> = setTimeout,
): Promise<Issued> {
  for (let attempt = 1; ; attempt++) {
    const failure = await send(host, spec, signer).catch((error: unknown) => {
      if (error instanceof Failure && error.code === 'network') return error
      throw error
    })
    if (!(failure instanceof Failure)) return failure
    if (attempt === mostAttempts) throw failure
    await pause(firstPause * 2 ** (attempt - 1) * (0.5 + Math.random() / 2))
  }
}

async function send(host: Pick<Host, 'fetch' | 'now'>, spec: RolesAnywhereSpec, signer: X509Signer): Promise<Issued> {
  const url = urlOf(spec)
  const { duration, sessionName, rolesAnywhere } = spec
  const body = JSON.stringify({
    ...(duration === undefined ? {} : { durationSeconds: duration }),
    ...(sessionName === undefined ? {} : { roleSessionName: sessionName }),
  })
  const unsigned = {
    method: 'POST',
    target: url.pathname + url.search,
    headers: [
      ['Host', url.host],
      ['Content-Type', 'application/json'],
    ] as const,
  }
  const scope = { region: rolesAnywhere.region, service: 'rolesanywhere' }
  const signed = await signX509(unsigned, body, signer, scope, host.now())
  const headers = new Headers({ 'User-Agent': 'mayfly' })
  for (const [name, value] of signed.headers) if (name !== 'Host') headers.set(name, value)
  const signal = AbortSignal.timeout(patience)
  const answered = await answerTo(host, new Request(url, { method: 'POST', headers, body, redirect: 'manual', signal }))
  if (isBusy(answered)) throw new Failure('network', `IAM Roles Anywhere at ${url.origin} is busy.`, { hint: later })
  if (answered.status < 200 || answered.status > 299) throw rolesAnywhereFailure(answered, spec, host.now())
  return sessionIn(answered, host.now())
}

const later = 'Run the command again in a while.'

/** The ARNs go into the query, sorted, as AWS's own client sends them. */
function urlOf({ rolesAnywhere, ...arns }: RolesAnywhereSpec): URL {
  const { region, endpoint } = rolesAnywhere
  const origin = endpoint ?? `https://rolesanywhere.${region}.${dnsSuffix(region)}`
  const names = ['profileArn', 'roleArn', 'trustAnchorArn'] as const
  const query = names.map((name) => `${name}=${encodeUri(arns[name])}`).join('&')
  const url = URL.parse(`${origin.replace(/\/+$/, '')}/sessions?${query}`)
  if (url && /^https?:$/.test(url.protocol) && !url.username && !url.password && !url.hash) return url
  throw new Failure('config-invalid', 'The endpoint of IAM Roles Anywhere is not an http or https URL.', {
    hint: 'Check endpoint_url in the profile, AWS_ENDPOINT_URL and AWS_ENDPOINT_URL_ROLESANYWHERE.',
  })
}

async function answerTo(host: Pick<Host, 'fetch'>, request: Request): Promise<Answered> {
  try {
    const answer = await host.fetch(request)
    const body = record(await answer.json().catch(() => undefined))
    return { origin: new URL(request.url).origin, status: answer.status, headers: answer.headers, body }
  } catch (cause) {
    if (cause instanceof Failure) throw cause
    throw new Failure('network', `IAM Roles Anywhere at ${new URL(request.url).origin} could not be reached.`, {
      hint: 'Check the network, the proxy and the endpoint, then run the command again.',
      cause,
    })
  }
}

function sessionIn({ body }: Answered, now: Date): Issued {
  const set: unknown = body.credentialSet
  const first = record(Array.isArray(set) ? set[0] : undefined)
  const { accessKeyId, secretAccessKey, sessionToken, expiration } = record(first.credentials)
  const { arn } = record(first.assumedRoleUser)
  return issuedFrom({ accessKeyId, secretAccessKey, sessionToken, expiration, arn }, now)
}

const record = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? { ...value } : {}
