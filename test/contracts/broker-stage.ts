import { randomBytes } from 'node:crypto'
import type { TestContext } from 'node:test'
import type { BrokerParts } from '../../src/broker/broker.ts'
import type { BrokerConfig } from '../../src/broker/config/broker-config.ts'
import { parseConfig } from '../../src/broker/config/read-config.ts'
import { type Ledger, openLedger } from '../../src/ledger/index.ts'
import type { Principal } from '../../src/model/principal.ts'
import { type Sandbox, startSandbox } from '../../src/sandbox/index.ts'
import { callSts } from '../../src/sources/sts-call.ts'
import { encodeQuery, type QueryInput } from '../../src/wire/query.ts'
import { sign } from '../../src/wire/sigv4/sign.ts'

export const account = '111122223333'
export const start = new Date('2026-11-21T12:00:00Z')

/** A sandbox with roles that trust a broker's key, and the parts of a broker over them. Its time stands still until it is moved. */
export interface BrokerStage {
  readonly sandbox: Sandbox
  readonly ledger: Ledger
  readonly parts: BrokerParts
  now: Date
  readonly later: (seconds: number) => void
  /** What the configuration says from now on: YAML. */
  configure: (yaml: string) => void
  /** Calls IAM as the administrator. */
  readonly iam: (params: QueryInput) => Promise<string>
  /** What is put between the broker and AWS. */
  between: ((request: Request, next: (request: Request) => Promise<Response>) => Promise<Response>) | undefined
  readonly log: string[]
}

export const allowAll = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }],
})

export const configText = (more = ''): string => `
publicUrl: http://127.0.0.1:8484
database: "memory:"
upstream: { region: us-east-1 }
roles:
  reader: { arn: "arn:aws:iam::${account}:role/reader", longest: 4h }
  admin: { arn: "arn:aws:iam::${account}:role/admin", longest: 4h }
  foreign: { arn: "arn:aws:iam::${account}:role/foreign", longest: 1h, revocable: false }
authenticators:
  corp: { kind: oidc, issuer: "http://127.0.0.1:9", clientId: mayfly }
grants:
  - { name: readers, to: { groups: [developers] }, role: reader, longest: 4h }
  - { name: foreigners, to: { groups: [developers] }, role: foreign, longest: 1h }
  - { name: admins, to: { groups: [developers] }, role: admin, longest: 1h, reason: required, approvals: { count: 1, by: { groups: [leads] } } }
  - { name: glass, to: { groups: [developers] }, role: admin, longest: 1h, reason: required, breakGlass: true }
access: { admins: { groups: [security] }, viewers: { groups: [security, leads] } }
${more}`

/** A person of that name in those groups, signed in an instant ago. */
export const person = (
  name: string,
  groups: readonly string[],
  at = start,
  change: Partial<Principal> = {},
): Principal => ({
  id: `corp:${name}@example.com`,
  kind: 'person',
  authenticator: 'corp',
  name: `${name}@example.com`,
  groups,
  claims: {},
  authenticatedAt: at,
  expiresAt: new Date(at.getTime() + 8 * 3_600_000),
  ...change,
})

export async function brokerStage(t: Pick<TestContext, 'after'>, database = 'memory:'): Promise<BrokerStage> {
  const state = { now: start, between: undefined as BrokerStage['between'] }
  const sandbox = await startSandbox({ now: () => state.now, randomBytes, accounts: [account] })
  const ledger = await openLedger(database)
  t.after(async () => {
    await ledger.close()
    await sandbox.close()
  })
  let config: BrokerConfig = parseConfig(configText(), '/broker/mayfly.yaml')
  const log: string[] = []
  const admin = { accessKeyId: sandbox.accessKeyId, secretAccessKey: sandbox.secretAccessKey }
  const iam = async (params: QueryInput): Promise<string> => {
    const body = encodeQuery({ ...params, Version: '2010-05-08' })
    const { host } = new URL(sandbox.endpoint)
    const headers = [['Host', host] as const, ['Content-Type', 'application/x-www-form-urlencoded'] as const]
    const scope = { region: 'us-east-1', service: 'iam' }
    const signed = sign({ method: 'POST', target: '/', headers }, { body }, admin, scope, state.now)
    const answer = await fetch(sandbox.endpoint, {
      method: 'POST',
      body,
      headers: Object.fromEntries(signed.headers.filter(([name]) => name !== 'Host')),
    })
    const text = await answer.text()
    if (!answer.ok) throw new Error(text)
    return text
  }
  await iam({ Action: 'CreateUser', UserName: 'broker' })
  await iam({ Action: 'PutUserPolicy', UserName: 'broker', PolicyName: 'all', PolicyDocument: allowAll })
  const made = await iam({ Action: 'CreateAccessKey', UserName: 'broker' })
  const part = (name: string): string => new RegExp(`<${name}>([^<]+)`).exec(made)?.[1] ?? ''
  const key = { accessKeyId: part('AccessKeyId'), secretAccessKey: part('SecretAccessKey') }
  const AssumeRolePolicyDocument = JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { AWS: `arn:aws:iam::${account}:user/broker` },
        Action: ['sts:AssumeRole', 'sts:SetSourceIdentity', 'sts:TagSession'],
      },
    ],
  })
  for (const RoleName of ['reader', 'admin', 'foreign']) {
    await iam({ Action: 'CreateRole', RoleName, AssumeRolePolicyDocument, MaxSessionDuration: 43_200 })
    await iam({ Action: 'PutRolePolicy', RoleName, PolicyName: 'all', PolicyDocument: allowAll })
  }
  const stage = Object.assign(state, {
    sandbox,
    ledger,
    iam,
    log,
    later: (seconds: number) => {
      state.now = new Date(state.now.getTime() + seconds * 1000)
    },
    configure: (yaml: string) => {
      config = parseConfig(yaml, '/broker/mayfly.yaml')
    },
    parts: {
      config: () => config,
      ledger,
      now: () => state.now,
      randomBytes,
      log: (level: string, message: string) => log.push(`${level} ${message}`),
      aws: {
        key: async () => key,
        region: 'us-east-1',
        endpoint: sandbox.endpoint,
        fetch: (request: Request) => (state.between ? state.between(request, fetch) : fetch(request)),
      },
    } satisfies BrokerParts,
  })
  return stage
}

/** Whether AWS takes these credentials now: the session's ARN, or the code of the refusal. */
export async function whoIs(
  stage: Pick<BrokerStage, 'sandbox' | 'now'>,
  key: { readonly accessKeyId: string; readonly secretAccessKey: string; readonly sessionToken?: string },
): Promise<string> {
  const target = { region: 'us-east-1', endpoint: stage.sandbox.endpoint }
  const result = await callSts(
    { fetch: (request) => fetch(request), now: () => stage.now },
    { action: 'GetCallerIdentity', params: {}, key, target },
  ).catch((error: Error) => error)
  return result instanceof Error ? result.message : (result.children.find(({ name }) => name === 'Arn')?.text ?? '')
}
