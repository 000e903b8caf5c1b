import { headerOf } from '../wire/message.ts'
import { splitTarget } from '../wire/uri.ts'
import { sealMessage } from './authorization-message.ts'
import { readWhole } from './body.ts'
import { certificateControls } from './certificates/control.ts'
import type { Clock } from './clock.ts'
import type { Cloud, LoggedCall } from './cloud.ts'
import { Fault } from './fault.ts'
import { identityCenterControls } from './identity-center/control.ts'
import type { Incoming } from './incoming.ts'
import { instanceControls } from './instance/control.ts'
import { forgetFutureCodes } from './mfa.ts'
import { issuerAt } from './oidc-idp/issuer.ts'
import { mintToken, runnerToken } from './oidc-idp/mint.ts'
import { readOrganization } from './organization.ts'
import { sameText } from './same-text.ts'
import { samlControl } from './saml-idp/control.ts'
import type { Answer, ControlRoute } from './service.ts'
import { signinControls } from './signin/control.ts'

/** Serves what lies under `/_mayfly/`: the pretended AWS's clock, its request log, its organisation. */
export type Control = (incoming: Incoming) => Promise<Answer>

export interface ControlParts {
  readonly cloud: Cloud
  readonly clock: Clock
  readonly token: string
  /** `http://127.0.0.1:port`, once it is known. */
  readonly endpoint: () => string
}

/** The control endpoints, for whoever holds the token that was printed at the start. Errors are JSON that says what to do. */
export function control(parts: ControlParts): Control {
  return async (incoming) => {
    try {
      checkToken(incoming, parts.token)
      const answer = await route(parts, incoming)
      parts.cloud.store.flush()
      return json(200, answer)
    } catch (error) {
      if (!(error instanceof Fault)) throw error
      return json(error.status, { error: { code: error.code, message: error.message, ...error.detail } })
    }
  }
}

/** What services let a holder of the token do, by method and path. A body is read as JSON. */
const ofServices: Readonly<Record<string, ControlRoute>> = {
  ...Object.fromEntries(
    Object.entries(identityCenterControls).map(([name, act]): [string, ControlRoute] => [
      name,
      ({ cloud }, body) => act(cloud, body),
    ]),
  ),
  ...samlControl,
  ...certificateControls,
  ...instanceControls,
  ...signinControls,
}

const endpoints = [
  'GET|PUT /_mayfly/clock, GET /_mayfly/requests, GET|PUT /_mayfly/organization, POST /_mayfly/tokens, GET /_mayfly/github-actions',
  ...Object.keys(ofServices).map((name) => name.replace(' ', ' /_mayfly/')),
].join(', ')

async function route({ cloud, clock, endpoint }: ControlParts, incoming: Incoming): Promise<object> {
  const { path, query } = splitTarget(incoming.request.target)
  const name = `${incoming.request.method} ${path.slice('/_mayfly/'.length)}`
  const ofService = Object.hasOwn(ofServices, name) ? ofServices[name] : undefined
  if (ofService) return ofService({ cloud, at: clock.now(), endpoint: endpoint() }, await readJson(incoming, '{}'))
  switch (name) {
    case 'GET clock':
      return told(clock)
    case 'PUT clock':
      clock.set(readInstant(await readJson(incoming)))
      forgetFutureCodes(cloud)
      return told(clock)
    case 'GET requests':
      return { requests: requestsSince(cloud, query) }
    case 'POST tokens':
      return mintToken(cloud, issuerAt(endpoint()), await readJson(incoming))
    case 'GET github-actions':
      return runnerToken(cloud, issuerAt(endpoint()), query)
    case 'GET organization':
      return organization(cloud)
    case 'PUT organization':
      for (const account of readOrganization(cloud, await readJson(incoming))) cloud.accounts.put(account.id, account)
      return organization(cloud)
    default:
      throw new Fault('NotFound', 404, 'There is no such control endpoint.', { hint: `There are: ${endpoints}` })
  }
}

function checkToken({ request }: Incoming, token: string): void {
  const given = /^Bearer (\S+)$/i.exec(headerOf(request, 'authorization') ?? '')?.[1]
  if (given !== undefined && sameText(given, token)) return
  throw new Fault('Unauthorized', 401, 'The control endpoints need the control token.', {
    hint: 'Send the header "Authorization: Bearer <controlToken>"; the sandbox prints the token when it starts.',
  })
}

async function readJson({ source }: Incoming, absent = ''): Promise<unknown> {
  const text = Buffer.from(await readWhole(source)).toString('utf8') || absent
  try {
    return JSON.parse(text)
  } catch {
    throw new Fault('BadRequest', 400, 'The body is not JSON.')
  }
}

const told = (clock: Clock): object => ({ now: clock.now().toISOString() })

function readInstant(body: unknown): Date | undefined {
  const now = typeof body === 'object' && body !== null && 'now' in body ? body.now : undefined
  if (now === null) return undefined
  const instant = typeof now === 'string' && /^\d{4}-\d\d-\d\dT/.test(now) ? new Date(now) : new Date(Number.NaN)
  if (Number.isNaN(instant.getTime()))
    throw new Fault('BadRequest', 400, 'The clock needs an instant.', {
      hint: 'Send {"now": "2026-11-21T09:00:00Z"}, or {"now": null} for real time.',
    })
  return instant
}

function requestsSince(cloud: Cloud, query: string): object[] {
  const since = new URLSearchParams(query).get('since')
  const from = since === null ? undefined : new Date(since)
  if (from && Number.isNaN(from.getTime()))
    throw new Fault('BadRequest', 400, 'since is not an instant.', { hint: 'Write it like 2026-11-21T09:00:00Z.' })
  const told: object[] = []
  for (const call of cloud.calls.values()) if (!from || new Date(call.at) >= from) told.push(toldCall(cloud, call))
  return told
}

/** A line of the log as it is shown: without session tokens, and with the sealed reason of a refusal by policy. */
function toldCall(cloud: Cloud, { denied, detail, ...line }: LoggedCall): object {
  const shown: unknown = JSON.parse(
    JSON.stringify(detail, (name, value: unknown) => (/^sessionToken$/i.test(name) ? undefined : value)),
  )
  return {
    ...line,
    detail: shown,
    ...(denied ? { encodedAuthorizationMessage: sealMessage(cloud, line.accountId, denied) } : {}),
  }
}

const organization = (cloud: Cloud): object => ({
  accounts: Object.fromEntries(
    [...cloud.accounts.values()].map(({ id, scp, rcp }) => [id, { scp: scp ?? null, rcp: rcp ?? null }]),
  ),
})

const json = (status: number, body: object): Answer => ({
  status,
  headers: {
    'Content-Type': 'application/json',
    'Cache-Control': 'no-store',
    ...(status === 401 ? { 'WWW-Authenticate': 'Bearer' } : {}),
  },
  body: `${JSON.stringify(body)}\n`,
})
