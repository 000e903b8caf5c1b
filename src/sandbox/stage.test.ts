// No tests in here: what the tests beside it play on. It is named so that it stays out of the package.
import { randomBytes } from 'node:crypto'
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http'
import type { TestContext } from 'node:test'
import type { SigningKey } from '../model/signing-key.ts'
import type { WireRequest } from '../wire/message.ts'
import { encodeQuery, type QueryInput } from '../wire/query.ts'
import { sign } from '../wire/sigv4/sign.ts'
import { readXml, textOf } from '../wire/xml.ts'
import { encodeBase32 } from './base32.ts'
import { keyOf, type MfaDevice, type Role, type User } from './cloud.ts'
import { type Sandbox, type SandboxOptions, startSandbox } from './index.ts'
import { stepAt, totpAt } from './mfa.ts'
import type { Inside } from './service.ts'

export const account = '111122223333'
export const otherAccount = '444455556666'
export const start = new Date('2026-11-21T09:00:00.000Z')

/** For calls that are made by hand: nothing goes on after the answer, and no service is called from within. */
export const nothingInside: Inside = {
  as: () => {
    throw new TypeError('no service is called from within here')
  },
  background: () => {
    throw new TypeError('nothing goes on in the background here')
  },
}

export interface Stage {
  readonly sandbox: Sandbox
  /** What time it is, for the sandbox and for who signs. */
  now: Date
  readonly later: (seconds: number) => void
}

/** A sandbox of two accounts whose time stands still until it is moved. It closes with the test. */
export async function setStage(t: TestContext, options: Partial<SandboxOptions> = {}): Promise<Stage> {
  const stage = { now: start }
  const accounts = [account, otherAccount]
  const sandbox = await startSandbox({ accounts, now: () => stage.now, randomBytes, ...options })
  t.after(() => sandbox.close())
  return Object.assign(stage, {
    sandbox,
    later: (seconds: number) => {
      stage.now = new Date(stage.now.getTime() + seconds * 1000)
    },
  })
}

export interface Reply {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
  /** Of a refusal. */
  readonly code: string | undefined
  readonly message: string | undefined
  /** The text at the end of a path of elements under the result. */
  readonly get: (...path: readonly string[]) => string | undefined
}

/** Sends a request as it stands. */
export function send({ sandbox }: Stage, request: WireRequest, body: string | Uint8Array = ''): Promise<Reply> {
  const { port } = new URL(sandbox.endpoint)
  return new Promise((resolve, reject) => {
    const sent = httpRequest(
      {
        host: '127.0.0.1',
        port,
        method: request.method,
        path: request.target,
        headers: request.headers.flat(),
        agent: false,
      },
      (response) => {
        let text = ''
        response.setEncoding('utf8')
        response.on('data', (piece: string) => {
          text += piece
        })
        response.on('end', () => resolve(replyOf(response.statusCode ?? 0, response.headers, text)))
        response.on('error', reject)
      },
    )
    sent.on('error', reject)
    sent.end(body)
  })
}

function replyOf(status: number, headers: IncomingHttpHeaders, text: string): Reply {
  const root = text.startsWith('<') ? readXml(text) : undefined
  const result = root?.children.find(({ name }) => name.endsWith('Result'))
  const error = root?.name === 'Error' ? root : root?.children.find(({ name }) => name === 'Error')
  const code = error && textOf(error, 'Code')
  const message = error && textOf(error, 'Message')
  return { status, headers, text, code, message, get: (...path) => result && textOf(result, ...path) }
}

export interface Asking {
  readonly service?: string
  readonly region?: string
  /** When it is signed. */
  readonly at?: Date
  readonly version?: string
}

/** The signed request of a query call, and its body. */
export function queryCall(
  stage: Stage,
  key: SigningKey,
  params: QueryInput,
  asking: Asking = {},
): [WireRequest, string] {
  const version = asking.version ?? (asking.service === 'iam' ? '2010-05-08' : '2011-06-15')
  const body = encodeQuery({ ...params, Version: version })
  const request: WireRequest = {
    method: 'POST',
    target: '/',
    headers: [
      ['Host', new URL(stage.sandbox.endpoint).host],
      ['Content-Type', 'application/x-www-form-urlencoded; charset=utf-8'],
      ['Content-Length', String(body.length)],
    ],
  }
  const scope = { region: asking.region ?? 'us-east-1', service: asking.service ?? 'sts' }
  return [sign(request, { body }, key, scope, asking.at ?? stage.now), body]
}

/** Makes a signed query call, to STS unless told. */
export const ask = (stage: Stage, key: SigningKey, params: QueryInput, asking: Asking = {}): Promise<Reply> =>
  send(stage, ...queryCall(stage, key, params, asking))

/** The credentials in the answer of an operation that issues them. */
export function credentialsIn(reply: Reply): SigningKey & { readonly sessionToken: string } {
  const read = (name: string): string => reply.get('Credentials', name) ?? ''
  return {
    accessKeyId: read('AccessKeyId'),
    secretAccessKey: read('SecretAccessKey'),
    sessionToken: read('SessionToken'),
  }
}

export const allow = (action: string | readonly string[], resource: string, condition?: object): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: action, Resource: resource, ...(condition && { Condition: condition }) }],
  })

export const trust = (
  principal: object | string,
  condition?: object,
  action: string | readonly string[] = 'sts:AssumeRole',
): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: principal, Action: action, ...(condition && { Condition: condition }) }],
  })

/** Puts a user with an inline policy, and gives a key of theirs. */
export function addUser(
  { sandbox: { cloud } }: Stage,
  name: string,
  policy?: string,
  more: Partial<User> = {},
): SigningKey {
  const accountId = more.accountId ?? account
  cloud.users.put(keyOf(accountId, name), {
    accountId,
    name,
    path: '/',
    id: `AIDA${name.toUpperCase()}`,
    arn: `arn:aws:iam::${accountId}:user/${name}`,
    createdAt: start.toISOString(),
    inline: policy === undefined ? {} : { main: policy },
    attached: [],
    tags: {},
    groups: [],
    ...more,
  })
  const key = { accessKeyId: `AKIAQ${name.toUpperCase()}`.padEnd(20, 'A'), secretAccessKey: `secret of ${name}` }
  cloud.accessKeys.put(key.accessKeyId, {
    id: key.accessKeyId,
    secret: key.secretAccessKey,
    accountId,
    userName: name,
    status: 'Active',
    createdAt: start.toISOString(),
  })
  return key
}

/** Puts a permanent key of an account's root. */
export function addRootKey({ sandbox: { cloud } }: Stage): SigningKey {
  const key = { accessKeyId: 'AKIAQROOTAAAAAAAAAAA', secretAccessKey: 'secret of root' }
  const createdAt = start.toISOString()
  cloud.accessKeys.put(key.accessKeyId, {
    id: key.accessKeyId,
    secret: key.secretAccessKey,
    accountId: account,
    status: 'Active',
    createdAt,
  })
  return key
}

/** Puts a role, and gives its ARN. */
export function addRole(
  { sandbox: { cloud } }: Stage,
  name: string,
  trustPolicy: string,
  more: Partial<Role> = {},
): string {
  const accountId = more.accountId ?? account
  const role: Role = {
    accountId,
    name,
    path: '/',
    id: `AROA${name.toUpperCase()}`,
    arn: `arn:aws:iam::${accountId}:role${more.path ?? '/'}${name}`,
    createdAt: start.toISOString(),
    inline: {},
    attached: [],
    trust: trustPolicy,
    maxSessionDuration: 3600,
    tags: {},
    ...more,
  }
  cloud.roles.put(keyOf(accountId, name), role)
  return role.arn
}

/** Gives a user an MFA device; `code` is what it shows now, `steps` from now. */
export function addDevice(
  stage: Stage,
  userName: string,
): { readonly serial: string; readonly code: (steps?: number) => string } {
  const seed = encodeBase32(Buffer.from(`seed of ${userName}`.padEnd(20)))
  const serial = `arn:aws:iam::${account}:mfa/${userName}`
  const at = start.toISOString()
  const device: MfaDevice = {
    serial,
    accountId: account,
    name: userName,
    path: '/',
    seed,
    createdAt: at,
    userName,
    enabledAt: at,
    tags: {},
  }
  stage.sandbox.cloud.mfaDevices.put(serial, device)
  return { serial, code: (steps = 0) => totpAt(seed, stepAt(stage.now) + steps) }
}

/** Calls a control endpoint. */
export async function controlCall(
  { sandbox }: Stage,
  method: string,
  path: string,
  body?: unknown,
  token = sandbox.controlToken,
): Promise<{ readonly status: number; readonly answer: Record<string, unknown> }> {
  const response = await fetch(`${sandbox.endpoint}/_mayfly/${path}`, {
    method,
    headers: { authorization: `Bearer ${token}` },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  return { status: response.status, answer: (await response.json()) as Record<string, unknown> }
}
