import { type OpenAPIHono, z } from '@hono/zod-openapi'
import type { CallerEnv } from '../logins/index.ts'
import type { ApiParts } from './api-parts.ts'
import * as schemas from './schemas.ts'

/** What an operation is called in clients that are made from the document, and under what it stands. */
const names: Readonly<Record<string, readonly [id: string, tag: string]>> = {
  'GET /v1/authenticators': ['listAuthenticators', 'Signing in'],
  'POST /v1/tokens': ['issueToken', 'Signing in'],
  'POST /oauth/token': ['redeemCode', 'Signing in'],
  'POST /oauth/device_authorization': ['askForDeviceCode', 'Signing in'],
  'POST /auth/logout': ['signOut', 'Signing in'],
  'GET /v1/me': ['getMe', 'Signing in'],
  'POST /v1/sessions': ['issueSession', 'Sessions'],
  'GET /v1/sessions': ['listSessions', 'Sessions'],
  'GET /v1/sessions/{id}': ['getSession', 'Sessions'],
  'POST /v1/sessions/{id}/review': ['reviewSession', 'Sessions'],
  'POST /v1/revocations': ['revoke', 'Revocations'],
  'GET /v1/revocations': ['listRevocations', 'Revocations'],
  'GET /v1/revocations/{id}': ['getRevocation', 'Revocations'],
  'POST /v1/agents/acks': ['acknowledgeDrop', 'Revocations'],
  'POST /v1/requests': ['askForApproval', 'Requests'],
  'GET /v1/requests': ['listRequests', 'Requests'],
  'GET /v1/requests/{id}': ['getRequest', 'Requests'],
  'POST /v1/requests/{id}/votes': ['voteOnRequest', 'Requests'],
  'GET /v1/grants': ['listGrants', 'Grants'],
  'POST /v1/explain': ['explainDecision', 'Grants'],
  'GET /v1/alerts': ['listAlerts', 'Watching'],
  'POST /v1/alerts/{id}/close': ['closeAlert', 'Watching'],
  'GET /v1/ledger': ['getLedgerHealth', 'Watching'],
  'GET /v1/stream': ['followStream', 'Watching'],
  'GET /metrics': ['getMetrics', 'Running it'],
  'GET /healthz': ['isAlive', 'Running it'],
  'GET /readyz': ['isReady', 'Running it'],
  'GET /schema.json': ['getConfigurationSchema', 'Running it'],
}

const refused = { description: 'Refused', content: { 'application/json': { schema: schemas.problem } } }
const health = (description: string) => ({
  description,
  content: { 'application/json': { schema: z.object({ ok: z.boolean(), because: z.string().optional() }) } },
})
const oauthRefused = {
  description: 'Refused, as OAuth has it',
  content: {
    'application/json': { schema: z.object({ error: z.string(), error_description: z.string().optional() }) },
  },
}
const form = (shape: z.ZodRawShape) => ({
  required: true,
  content: { 'application/x-www-form-urlencoded': { schema: z.object(shape) } },
})

/** Serves `/openapi.json`, with what is answered beside the API proper in it. Comes after all routes. */
export function serveDocument(app: OpenAPIHono<CallerEnv>, { config }: Pick<ApiParts, 'config'>): void {
  const { openAPIRegistry: registry } = app
  registry.registerComponent('securitySchemes', 'bearer', {
    type: 'http',
    scheme: 'bearer',
    description: 'A login: of POST /v1/tokens for workloads, of POST /oauth/token for people.',
  })
  registry.registerComponent('securitySchemes', 'cookie', {
    type: 'apiKey',
    in: 'cookie',
    name: 'mayfly',
    description: 'Of the page. A POST with it needs the header X-Mayfly-Csrf: 1, and an Origin that is the broker.',
  })
  describeOthers(app)
  app.get('/openapi.json', (c) => {
    const document = app.getOpenAPI31Document({
      openapi: '3.1.0',
      info: {
        title: 'Mayfly broker',
        version: '1',
        description: 'Issues, shows and ends sessions of AWS.',
        license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
      },
      servers: [{ url: config().publicUrl }],
      security: [{ bearer: [] }, { cookie: [] }],
      tags: [...new Set(Object.values(names).map(([, tag]) => tag))].map((name) => ({ name })),
    })
    for (const [path, operations] of Object.entries(document.paths ?? {}))
      for (const method of ['get', 'post'] as const) {
        const [id, tag] = names[`${method.toUpperCase()} ${path}`] ?? []
        const operation = operations?.[method]
        if (operation && id !== undefined && tag !== undefined)
          Object.assign(operation, { operationId: id, tags: [tag] })
      }
    return c.json(document)
  })
}

/** What has no schema to be checked by: logins read their bodies themselves. */
function describeOthers({ openAPIRegistry: registry }: OpenAPIHono<CallerEnv>): void {
  registry.registerPath({
    ...{ method: 'post', path: '/v1/tokens', security: [], summary: "Trade a workload's proof for a login" },
    request: {
      body: {
        required: true,
        content: {
          'application/json': {
            schema: z.object({
              authenticator: z.string(),
              proof: z.unknown().openapi({
                description:
                  'As its kind has it: jwt {"token"}; aws {"method", "url", "headers", "body"} of a signed GetCallerIdentity; x509 {}, with the certificate at the mutual TLS door',
              }),
            }),
          },
        },
      },
    },
    responses: {
      200: {
        description: 'A login',
        content: {
          'application/json': {
            schema: z.object({
              token: z.string(),
              expiresAt: z.iso.datetime(),
              principal: z.object({ id: z.string(), kind: z.string(), name: z.string() }),
            }),
          },
        },
      },
      default: refused,
    },
  })
  registry.registerPath({
    ...{
      method: 'post',
      path: '/oauth/token',
      security: [],
      summary: 'Redeem a code of a person (RFC 6749, 7636, 8628)',
    },
    request: {
      body: form({
        grant_type: z.enum(['authorization_code', 'urn:ietf:params:oauth:grant-type:device_code']),
        client_id: z.string(),
        code: z.string().optional(),
        code_verifier: z.string().optional(),
        redirect_uri: z.string().optional(),
        device_code: z.string().optional(),
      }),
    },
    responses: {
      200: {
        description: 'A login',
        content: {
          'application/json': {
            schema: z.object({ access_token: z.string(), token_type: z.string(), expires_in: z.number() }),
          },
        },
      },
      default: oauthRefused,
    },
  })
  registry.registerPath({
    ...{ method: 'post', path: '/oauth/device_authorization', security: [] },
    summary: 'Ask for a code that a person enters on any device (RFC 8628)',
    request: { body: form({ client_id: z.string() }) },
    responses: {
      200: {
        description: 'The code',
        content: {
          'application/json': {
            schema: z.object({
              device_code: z.string(),
              user_code: z.string(),
              verification_uri: z.string(),
              verification_uri_complete: z.string(),
              expires_in: z.number(),
              interval: z.number(),
            }),
          },
        },
      },
      default: oauthRefused,
    },
  })
  registry.registerPath({
    ...{ method: 'post', path: '/auth/logout', summary: 'End the login that is shown, everywhere' },
    responses: { 204: { description: 'It is over' }, default: refused },
  })
  registry.registerPath({
    ...{ method: 'get', path: '/healthz', security: [], summary: 'Whether the process lives' },
    responses: { 200: health('It does') },
  })
  registry.registerPath({
    ...{ method: 'get', path: '/readyz', security: [], summary: 'Whether the ledger answers' },
    responses: { 200: health('It does'), 503: health('It does not') },
  })
  registry.registerPath({
    ...{ method: 'get', path: '/metrics', security: [{}, { bearer: [] }], summary: 'Figures for Prometheus' },
    responses: {
      200: { description: 'Figures', content: { 'text/plain': { schema: z.string() } } },
      default: refused,
    },
  })
  registry.registerPath({
    ...{ method: 'get', path: '/schema.json', security: [], summary: "The JSON Schema of the broker's configuration" },
    responses: { 200: { description: 'A schema', content: { 'application/json': { schema: z.looseObject({}) } } } },
  })
}
