// No tests in here: what the tests beside it play on. It is named so that it stays out of the package.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { IAMClient, type IAMServiceException } from '@aws-sdk/client-iam'
import { authorizer, refuseUnlessAllowed } from '../authorize.ts'
import { type Cloud, openCloud, type Session } from '../cloud.ts'
import { Fault } from '../fault.ts'
import type { Call, Caller, Permission } from '../service.ts'
import { nothingInside } from '../stage.test.ts'
import { memoryStore } from '../store.ts'
import { iam } from './index.ts'

export const account = '111122223333'
export const anyoneMay = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}'
export const trusting = (principal: string): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { AWS: principal }, Action: 'sts:AssumeRole' }],
  })

export const root: Caller = {
  kind: 'root',
  accountId: account,
  arn: `arn:aws:iam::${account}:root`,
  userId: account,
  accessKeyId: 'AKIAROOT',
}

export const callerNamed = (name: string): Caller => ({
  kind: 'user',
  accountId: account,
  arn: `arn:aws:iam::${account}:user/${name}`,
  userId: 'AIDA',
  accessKeyId: 'AKIA',
  userName: name,
})

export const roleCaller: Caller = {
  kind: 'assumed-role',
  accountId: account,
  arn: `arn:aws:sts::${account}:assumed-role/dev/ann`,
  userId: 'AROA:ann',
  accessKeyId: 'ASIA',
  session: {
    accessKeyId: 'ASIA',
    secretAccessKey: '',
    sessionToken: '',
    kind: 'assumed-role',
    accountId: account,
    arn: `arn:aws:sts::${account}:assumed-role/dev/ann`,
    userId: 'AROA:ann',
    principalArn: `arn:aws:iam::${account}:role/dev`,
    issuer: { name: 'dev', id: 'AROA', arn: `arn:aws:iam::${account}:role/dev` },
    issuedAt: '2026-11-21T10:00:00.000Z',
    expiresAt: '2026-11-21T11:00:00.000Z',
    tags: {},
    transitiveTagKeys: [],
  } satisfies Session,
}

export interface Stage {
  readonly cloud: Cloud
  /** The AWS SDK's client, talking to IAM as that caller; who signed is taken on trust here, what they may do is not. */
  readonly as: (caller: Caller) => IAMClient
  /** The permissions the last call was asked for. */
  readonly asked: () => readonly Permission[]
  readonly pass: (seconds: number) => void
  readonly now: () => Date
}

/** A cloud of one account with nothing in it. */
export function stage(): Stage {
  let now = new Date('2026-11-21T10:00:00.000Z')
  let asked: Permission[] = []
  const cloud = openCloud({
    region: 'us-east-1',
    primaryAccount: account,
    now: () => now,
    randomBytes: (length) => randomBytes(length),
    store: memoryStore(),
  })
  cloud.accounts.put(account, { id: account })
  const authorize = authorizer()
  const serve = async (caller: Caller, body: string) => {
    asked = []
    const call: Call = {
      id: 'request',
      at: now,
      cloud,
      caller,
      request: { method: 'POST', target: '/', headers: [] },
      path: '/',
      query: [],
      region: 'us-east-1',
      sourceIp: '127.0.0.1',
      userAgent: 'test',
      endpoint: 'http://127.0.0.1',
      body: async () => Buffer.from(body),
      stream: async function* () {},
      authorize: (permission) => {
        asked.push(permission)
        refuseUnlessAllowed(authorize(call, permission), permission)
      },
      note: () => undefined,
      inside: nothingInside,
    }
    try {
      return await iam.handle(call)
    } catch (error) {
      if (!(error instanceof Fault)) throw error
      return iam.refuse(error, call.id)
    }
  }
  const as = (caller: Caller): IAMClient =>
    new IAMClient({
      region: 'us-east-1',
      credentials: { accessKeyId: 'AKIA', secretAccessKey: 'none' },
      maxAttempts: 1,
      requestHandler: {
        async handle(request: { readonly body?: unknown }) {
          const answer = await serve(caller, String(request.body))
          const { status: statusCode, headers } = answer
          return { response: { statusCode, headers: { ...headers }, body: Buffer.from(String(answer.body)) } }
        },
      },
    })
  return { cloud, as, asked: () => asked, pass: (s) => (now = new Date(now.getTime() + s * 1000)), now: () => now }
}

/** What `assert.rejects` takes: AWS's error code and, when given, its whole text. */
export const fault =
  (code: string, message?: string) =>
  (error: unknown): boolean => {
    const { Code, message: text } = error as IAMServiceException & { readonly Code?: string }
    assert.deepEqual({ code: Code, message: text }, { code, message: message ?? text })
    return true
  }
