import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Failure } from '../../model/failure.ts'
import { consoleHost, isConsolePage } from './endpoint.ts'
import { federationUrl } from './federate.ts'

const credentials = {
  accessKeyId: 'ASIAEXAMPLEEXAMPLE',
  secretAccessKey: 's3cret+/=',
  sessionToken: 't0ken+/=',
  expiration: new Date(),
}
const destination = 'https://console.amazonaws.cn/s3/home?region=cn-north-1'
const answering = (status: number, body: string, seen: URL[] = []) => ({
  fetch: async (request: Request) => {
    seen.push(new URL(request.url))
    return new Response(body, { status })
  },
})

test('a session is traded for an address that signs in, at the host of its partition', async () => {
  const seen: URL[] = []
  const host = answering(200, '{"SigninToken":"a+b/c="}', seen)
  const wish = { signin: { region: 'cn-north-1' }, destination, duration: 3600 }
  const url = new URL(await federationUrl(host, credentials, wish))
  assert.equal(url.origin, 'https://cn-north-1.signin.amazonaws.cn')
  assert.deepEqual(Object.fromEntries(url.searchParams), {
    ...{ Action: 'login', Issuer: 'mayfly', Destination: destination, SigninToken: 'a+b/c=' },
  })
  const asked = seen[0]?.searchParams
  assert.deepEqual([asked?.get('Action'), asked?.get('SessionDuration')], ['getSigninToken', '3600'])
  assert.deepEqual(JSON.parse(asked?.get('Session') ?? ''), {
    ...{ sessionId: credentials.accessKeyId, sessionKey: 's3cret+/=', sessionToken: 't0ken+/=' },
  })
})

test('a refusal says nothing secret and what to try', async () => {
  const wish = { signin: { region: 'eu-central-1' }, destination }
  for (const [status, body, code] of [
    [400, 'Invalid credentials parameter s3cret+/=', 'aws-refused'],
    [200, '<html>', 'aws-refused'],
    [503, '', 'network'],
  ] as const)
    await assert.rejects(federationUrl(answering(status, body), credentials, wish), (error) => {
      assert.ok(error instanceof Failure && error.code === code && error.hint)
      return !/s3cret|t0ken/.test(error.message + error.hint + String(error.cause ?? ''))
    })
  const duration = { ...wish, duration: 3600 }
  await assert.rejects(federationUrl(answering(400, ''), credentials, duration), { hint: /without --duration/ })
})

test('only pages of the console of the partition are destinations', () => {
  assert.ok(isConsolePage(`https://${consoleHost('eu-central-1')}/s3/home`, 'eu-central-1'))
  assert.ok(isConsolePage('https://console.aws.amazon.com/', 'eu-central-1'))
  assert.ok(isConsolePage(destination, 'cn-north-1'))
  for (const elsewhere of [destination, 'https://evil.example/', 'https://xconsole.aws.amazon.com/', 'x'])
    assert.ok(!isConsolePage(elsewhere, 'eu-central-1'), elsewhere)
  assert.equal(consoleHost('us-gov-west-1'), 'console.amazonaws-us-gov.com')
})
