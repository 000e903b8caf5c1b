import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { proofAuthenticatorContract, proven, refused } from '../../../test/contracts/authenticator.ts'
import type { SigningKey } from '../../model/signing-key.ts'
import { sign } from '../../wire/sigv4/sign.ts'
import type { ProofAuthenticator } from './authenticator.ts'
import { type AuthenticatorStage, account, authenticatorStage, publicUrl } from './stage.test.ts'

let stage: AuthenticatorStage
before(async () => {
  stage = await authenticatorStage()
})
after(() => stage.close())

const open = (more: object = {}): ProofAuthenticator =>
  stage.proof({ kind: 'aws', accounts: [account], stsEndpoint: stage.sandbox.endpoint, lifetime: 3600, ...more })

const identityBody = 'Action=GetCallerIdentity&Version=2011-06-15'

interface Order {
  readonly key?: SigningKey
  readonly url?: string
  readonly audience?: string | undefined
  readonly body?: string
  readonly service?: string
  readonly more?: readonly (readonly [string, string])[]
}

interface SignedCall {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** What a client sends. */
function signed(order: Order = {}): { readonly proof: SignedCall } {
  const { url = `${stage.sandbox.endpoint}/`, body = identityBody, service = 'sts' } = order
  const audience = 'audience' in order ? order.audience : publicUrl
  const headers: [string, string][] = [
    ['Host', new URL(url).host],
    ['Content-Type', 'application/x-www-form-urlencoded; charset=utf-8'],
    ...(audience === undefined ? [] : ([['X-Mayfly-Audience', audience]] as [string, string][])),
    ...(order.more ?? []).map(([name, value]): [string, string] => [name, value]),
  ]
  const { accessKeyId, secretAccessKey } = order.key ?? stage.sandbox
  const request = { method: 'POST', target: '/', headers }
  const made = sign(request, { body }, { accessKeyId, secretAccessKey }, { region: 'us-east-1', service }, stage.now())
  return { proof: { method: 'POST', url, headers: Object.fromEntries(made.headers), body } }
}

describe('callers with an identity at AWS', () => {
  proofAuthenticatorContract('aws', async () => ({
    ...stage,
    authenticator: open(),
    // Two signed within a second would be one.
    prove: async () => {
      stage.later(1)
      return signed()
    },
    proofEnds: 300,
    once: true,
  }))

  test('a user is known by their ARN', async () => {
    stage.later(1)
    const principal = await proven(open(), signed())
    assert.equal(principal.id, `way:arn:aws:iam::${account}:user/admin`)
    assert.equal(principal.name, 'admin')
    assert.equal(principal.claims.account, account)
    assert.match(String(principal.claims.userId), /^AIDA/)
  })

  test('the sessions of a role are one principal, told apart by a claim', async () => {
    const { endpoint } = stage.sandbox
    const principals = []
    for (const session of ['i-0123', 'i-4567']) {
      stage.later(1)
      const arn = `arn:aws:sts::${account}:assumed-role/web/${session}`
      const outside = stage.fetch
      stage.fetch = async (request) => {
        const text = await (await outside(request)).text()
        return new Response(
          text.replace(/<Arn>[^<]*/, `<Arn>${arn}`).replace(/<UserId>[^<]*/, `<UserId>AROAX:${session}`),
        )
      }
      principals.push(await proven(open({ stsEndpoint: endpoint }), signed()))
      stage.fetch = outside
    }
    assert.deepEqual(
      principals.map(({ id }) => id),
      Array(2).fill(`way:arn:aws:sts::${account}:assumed-role/web`),
    )
    assert.deepEqual(
      principals.map(({ claims }) => [claims.role, claims.session, claims.uniqueId]),
      [
        ['web', 'i-0123', 'AROAX'],
        ['web', 'i-4567', 'AROAX'],
      ],
    )
  })

  test('a proof is as old as its signature', async () => {
    stage.later(1)
    const shown = signed()
    const at = Math.floor(stage.now().getTime() / 1000) * 1000
    stage.later(200)
    assert.equal((await proven(open(), shown)).authenticatedAt.getTime(), at)
  })

  test('a call that was signed for another program, or for none, is refused', async () => {
    stage.later(1)
    for (const audience of ['https://other.example.com', `${publicUrl}/`, undefined])
      assert.equal(await refused(open(), signed({ audience })), 'proof-invalid')
    await proven(open(), signed())
  })

  test('an audience that was not signed is none', async () => {
    stage.later(1)
    const { proof } = signed({ audience: undefined })
    const headers = { ...proof.headers, 'X-Mayfly-Audience': publicUrl }
    assert.equal(await refused(open(), { proof: { ...proof, headers } }), 'proof-invalid')
  })

  test('a call with another key, another body or a changed signature is refused', async () => {
    stage.later(1)
    assert.equal(
      await refused(open(), signed({ key: { ...stage.sandbox, secretAccessKey: 'x'.repeat(40) } })),
      'proof-invalid',
    )
    for (const body of ['Action=GetSessionToken&Version=2011-06-15', `${identityBody}&Action=GetSessionToken`, ''])
      assert.equal(await refused(open(), signed({ body })), 'proof-invalid')
    const { proof } = signed()
    assert.equal(await refused(open(), { proof: { ...proof, method: 'GET' } }), 'proof-invalid')
    const other = (signature: string): object => ({ ...proof, headers: { ...proof.headers, Authorization: signature } })
    const { Authorization = '' } = proof.headers
    assert.equal(
      await refused(open(), { proof: other(Authorization.replace(/.$/, (end) => (end === '0' ? '1' : '0'))) }),
      'proof-invalid',
    )
    for (const wrong of [
      Authorization.toUpperCase(),
      `${Authorization} `,
      Authorization.replace('HMAC', 'ECDSA-P256'),
      '',
    ])
      assert.equal(await refused(open(), { proof: other(wrong) }), 'proof-malformed')
    await proven(open(), { proof })
  })

  test('a signed call goes to STS and nowhere else', async () => {
    stage.later(1)
    const asked: string[] = []
    const outside = stage.fetch
    stage.fetch = async (request) => {
      asked.push(request.url)
      return new Response('', { status: 403 })
    }
    try {
      const own = { stsEndpoint: undefined }
      const good = [
        'https://sts.amazonaws.com/',
        'https://sts.eu-central-1.amazonaws.com/',
        'https://sts.us-gov-west-1.amazonaws.com/',
        'https://sts.cn-north-1.amazonaws.com.cn/',
        'https://sts-fips.us-east-1.amazonaws.com/',
      ]
      for (const url of good) await refused(open(own), signed({ url }))
      assert.deepEqual(asked, good)
      for (const url of [
        'https://sts.evil.example.com/',
        'https://sts.amazonaws.com.evil.example.com/',
        'https://sts.eu-central-1.amazonaws.com.cn.evil.test/',
        'https://evil.amazonaws.com/',
        'https://sts.a.b.amazonaws.com/',
        'http://sts.amazonaws.com/',
        'https://sts.amazonaws.com:8443/',
        'https://user@sts.amazonaws.com/',
        'https://sts.amazonaws.com/x',
        'https://sts.amazonaws.com/?a=b',
        'https://169.254.169.254/',
        `${stage.sandbox.endpoint}/`,
      ])
        assert.equal(await refused(open(own), signed({ url })), 'proof-invalid', url)
      assert.equal(
        await refused(open(), signed({ url: 'https://sts.amazonaws.com/' })),
        'proof-invalid',
        'another is configured',
      )
      assert.equal(asked.length, good.length)
    } finally {
      stage.fetch = outside
    }
  })

  test('a call for one host that is sent to another is refused', async () => {
    stage.later(1)
    const { proof } = signed()
    const headers = { ...proof.headers, Host: 'sts.amazonaws.com' }
    assert.equal(await refused(open(), { proof: { ...proof, headers } }), 'proof-invalid')
  })

  test('headers that stand twice, that break the line, or that are signed and not understood are refused', async () => {
    stage.later(1)
    const { proof } = signed()
    const with_ = (more: object): object => ({ ...proof, headers: { ...proof.headers, ...more } })
    assert.equal(await refused(open(), { proof: with_({ 'x-mayfly-AUDIENCE': publicUrl }) }), 'proof-malformed')
    assert.equal(await refused(open(), { proof: with_({ 'X-Other': 'a\r\nb: c' }) }), 'proof-malformed')
    assert.equal(await refused(open(), { proof: with_({ 'X-Other': 7 }) }), 'proof-malformed')
    assert.equal(await refused(open(), signed({ more: [['X-Forwarded-For', '192.0.2.1']] })), 'proof-invalid')
    // Not signed: not sent on.
    await proven(open(), { proof: with_({ 'X-Forwarded-For': '192.0.2.1' }) })
  })

  test('an account that is not listed is refused', async () => {
    stage.later(1)
    assert.equal(await refused(open({ accounts: ['999999999999'] }), signed()), 'not-known')
  })

  test('a signature that is shown many times at once counts once', async () => {
    stage.later(1)
    const authenticator = open()
    const shown = signed()
    const outcomes = await Promise.all(
      Array.from({ length: 6 }, () => authenticator.authenticate(shown.proof, { sourceIp: '192.0.2.1' })),
    )
    assert.equal(outcomes.filter(({ allowed }) => allowed).length, 1)
  })

  test('where STS cannot be reached nobody is taken, and the signature is not spent', async () => {
    stage.later(1)
    const outside = stage.fetch
    const shown = signed()
    const answers = [() => Promise.reject(new TypeError('fetch failed')), async () => new Response('', { status: 503 })]
    try {
      for (const answer of answers) {
        stage.fetch = answer
        assert.equal(await refused(open(), shown), 'unavailable')
      }
    } finally {
      stage.fetch = outside
    }
    await proven(open(), shown)
  })
})
