// No tests in here: what the tests beside it play on. It is named so that it stays out of the package.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { request as httpRequest } from 'node:http'
import { CreateBucketCommand, S3Client, S3ServiceException } from '@aws-sdk/client-s3'
import { makeUniqueId } from '../../model/access-key-id.ts'
import type { SigningKey } from '../../model/signing-key.ts'
import type { Payload } from '../../wire/sigv4/payload.ts'
import { sign } from '../../wire/sigv4/sign.ts'
import { keyOf } from '../cloud.ts'
import { type Sandbox, startSandbox } from '../index.ts'

/** What is shared by the tests of this folder: a running sandbox, clients for it, and requests no client would make. */
export interface Stage {
  readonly sandbox: Sandbox
  readonly admin: S3Client
  readonly adminKey: SigningKey
  /** A client for a new user of the primary account, with this one inline policy. */
  readonly user: (policy?: object) => S3Client
  readonly clientFor: (key: SigningKey) => S3Client
  /** A new bucket. */
  readonly bucket: () => Promise<string>
  readonly raw: (request: RawRequest) => Promise<RawAnswer>
  readonly close: () => Promise<void>
}

export interface RawRequest {
  readonly method: string
  readonly target: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
  /** Absent: unsigned. */
  readonly key?: SigningKey
  /** What to sign of the body, when not the body itself. */
  readonly payload?: Payload
}

export interface RawAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: string
}

export const otherAccount = '444455556666'

export async function openStage(stateDirectory?: string): Promise<Stage> {
  const sandbox = await startSandbox({
    now: () => new Date(),
    randomBytes: (length) => randomBytes(length),
    accounts: ['111122223333', otherAccount],
    log: (line) => assert.fail(line),
    ...(stateDirectory !== undefined && { stateDirectory }),
  })
  const clients: S3Client[] = []
  const clientFor = (credentials: SigningKey): S3Client => {
    const client = new S3Client({
      endpoint: sandbox.endpoint,
      region: sandbox.region,
      credentials,
      forcePathStyle: true,
      maxAttempts: 1,
    })
    clients.push(client)
    return client
  }
  const adminKey = { accessKeyId: sandbox.accessKeyId, secretAccessKey: sandbox.secretAccessKey }
  const admin = clientFor(adminKey)
  let made = 0
  return {
    sandbox,
    admin,
    adminKey,
    clientFor,
    user: (policy) => {
      made += 1
      return clientFor(addUser(sandbox, `user-${made}`, policy))
    },
    bucket: async () => {
      made += 1
      const Bucket = `bucket-${made}`
      await admin.send(new CreateBucketCommand({ Bucket }))
      return Bucket
    },
    raw: (request) => send(sandbox, request),
    close: async () => {
      for (const client of clients) client.destroy()
      await sandbox.close()
    },
  }
}

/** Puts a user with a key where IAM would. */
function addUser({ cloud, accountId }: Sandbox, name: string, policy: object | undefined): SigningKey {
  const createdAt = cloud.now().toISOString()
  cloud.users.put(keyOf(accountId, name), {
    accountId,
    name,
    path: '/',
    id: makeUniqueId('AIDA', accountId, Math.random),
    arn: `arn:aws:iam::${accountId}:user/${name}`,
    createdAt,
    inline: policy ? { only: JSON.stringify(policy) } : {},
    attached: [],
    tags: {},
    groups: [],
  })
  const id = makeUniqueId('AKIA', accountId, Math.random)
  const secret = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY'
  cloud.accessKeys.put(id, { id, secret, accountId, userName: name, status: 'Active', createdAt })
  return { accessKeyId: id, secretAccessKey: secret }
}

function send({ endpoint, region, cloud }: Sandbox, raw: RawRequest): Promise<RawAnswer> {
  const { host, hostname, port } = new URL(endpoint)
  const { method, target, body = '', key } = raw
  const length = raw.headers?.['content-length'] ?? String(Buffer.byteLength(body))
  const headers = Object.entries({ host, 'content-length': length, ...raw.headers })
  const unsigned = { method, target, headers }
  const signed = key ? sign(unsigned, raw.payload ?? { body }, key, { region, service: 's3' }, cloud.now()) : unsigned
  return new Promise((resolve, reject) => {
    const options = {
      method,
      path: signed.target,
      hostname,
      port,
      headers: Object.fromEntries(signed.headers),
      agent: false,
    }
    const sent = httpRequest(options, (response) => {
      const pieces: Buffer[] = []
      response.on('data', (piece: Buffer) => pieces.push(piece))
      response.on('end', () => {
        const { statusCode = 0, headers: answered } = response
        resolve({ status: statusCode, headers: answered, body: Buffer.concat(pieces).toString() })
      })
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

/** That a call is refused with this code. */
export async function refused(call: Promise<unknown>, code: string, message?: RegExp): Promise<S3ServiceException> {
  let error: unknown
  try {
    await call
  } catch (thrown) {
    error = thrown
  }
  assert.ok(error instanceof S3ServiceException, `${code} was expected, not ${String(error)}`)
  assert.equal(error.name, code)
  if (message) assert.match(error.message, message)
  return error
}
