import type { StsStage } from '../../test/contracts/sts-stage.ts'
import type { Host } from '../host/host.ts'
import type { Vault } from '../host/vaults/vault.ts'
import { childOf, textOf } from '../wire/xml.ts'
import { keepLogin } from './broker/login.ts'
import { callSts } from './sts-call.ts'

export const broker = 'https://mayfly.example.com'
export const person = { id: 'corp:ann@example.com', name: 'ann@example.com' }

/** What a broker answers, by the book of its HTTP interface; it issues what the sandbox's STS gives. */
export interface ScriptedBroker {
  readonly fetch: Host['fetch']
  /** What was asked, `POST /v1/sessions` for example, with its body. */
  readonly asked: { readonly what: string; readonly body: unknown; readonly token: string | undefined }[]
  /** Answers `POST /v1/sessions` instead of issuing. */
  no: { readonly status: number; readonly code: string; readonly message: string } | undefined
  /** Answers `GET /v1/requests`. */
  requests: readonly object[]
  /** The tokens it takes. */
  readonly tokens: Set<string>
  /** Ids of the sessions it issued. */
  readonly issued: string[]
}

/** A broker on a stage. Calls to it are counted as the stage counts those to AWS. */
export function scriptedBroker(stage: StsStage): ScriptedBroker {
  const state: ScriptedBroker = {
    asked: [],
    no: undefined,
    requests: [],
    tokens: new Set(['token-of-ann']),
    issued: [],
    fetch: async (request) => {
      const url = new URL(request.url)
      if (url.origin !== broker) return fetch(request)
      const text = await request.text()
      const what = `${request.method} ${url.pathname}${url.search}`
      const token = request.headers.get('authorization')?.replace('Bearer ', '')
      const body: unknown = text.startsWith('{') ? JSON.parse(text) : Object.fromEntries(new URLSearchParams(text))
      state.asked.push({ what, body, token })
      stage.calls.push(new URLSearchParams({ Action: what }))
      const open = ['GET /v1/authenticators', 'POST /v1/tokens']
      if (!open.includes(what) && !state.tokens.has(token ?? ''))
        return refusal(401, 'principal-revoked', 'The login was revoked. Signing in anew may help.')
      if (what === 'GET /v1/authenticators')
        return Response.json([
          { name: 'corp', kind: 'oidc' },
          { name: 'ci', kind: 'jwt' },
          { name: 'account', kind: 'aws' },
        ])
      if (what === 'POST /v1/tokens') {
        state.tokens.add('token-of-ci')
        const expiresAt = new Date(stage.process().now().getTime() + 600_000).toISOString()
        return Response.json({ token: 'token-of-ci', expiresAt, principal: { id: 'ci:repo', name: 'repo' } })
      }
      if (what.startsWith('GET /v1/requests')) return Response.json(state.requests)
      if (what !== 'POST /v1/sessions') return refusal(404, 'not-found', 'There is no such place here.')
      const isOnRequest = typeof body === 'object' && body !== null && 'requestId' in body
      if (state.no && !isOnRequest) return refusal(state.no.status, state.no.code, state.no.message)
      return Response.json(await issue(), { status: 201 })
    },
  }
  async function issue(): Promise<object> {
    const id = `s${String(state.issued.length).padStart(18, 'a').replace(/\d/g, 'b')}`
    const params = { RoleArn: stage.role('reader'), RoleSessionName: `ann-${id}`, DurationSeconds: 3600 }
    const admin = { accessKeyId: stage.key.accessKeyId, secretAccessKey: stage.secret }
    const host = { fetch: (request: Request) => fetch(request), now: stage.process().now }
    const result = await callSts(host, { action: 'AssumeRole', params, key: admin, target: stage.sts })
    const part = (name: string): string => textOf(childOf(result, 'Credentials') ?? result, name) ?? ''
    state.issued.push(id)
    return {
      session: { id, roleArn: params.RoleArn, sessionName: params.RoleSessionName, state: 'issued' },
      credentials: {
        accessKeyId: part('AccessKeyId'),
        secretAccessKey: part('SecretAccessKey'),
        sessionToken: part('SessionToken'),
        expiration: part('Expiration'),
      },
    }
  }
  return state
}

const refusal = (status: number, code: string, message: string): Response =>
  Response.json({ error: { code, message } }, { status })

/** Ann is signed in. */
export const signIn = (vault: Vault): Promise<void> =>
  keepLogin(vault, { broker, token: 'token-of-ann', expiresAt: new Date('2026-12-31T00:00:00Z'), principal: person })
