import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inspect } from 'node:util'
import type { Host } from '../host/host.ts'
import { Failure, type FailureCode } from '../model/failure.ts'
import { textOf } from '../wire/xml.ts'
import { callSts as callWaiting, type StsCall } from './sts-call.ts'

/** Without the pauses, which are kept here. */
const pauses: number[] = []
const callSts = (host: Pick<Host, 'fetch' | 'now'>, call: StsCall) =>
  callWaiting(host, call, async (milliseconds) => {
    pauses.push(milliseconds)
  })

const now = new Date('2026-11-21T10:00:00Z')
const key = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY' }
const plain: StsCall = { action: 'GetCallerIdentity', params: {}, key, target: { region: 'eu-west-1' } }
const withCode: StsCall = { ...plain, action: 'GetSessionToken', params: { SerialNumber: 's', TokenCode: '123456' } }

type Answer = () => Response | Error
const body =
  (text: string, status = 200, headers = {}): Answer =>
  () =>
    new Response(text, { status, headers })
const ok = ({ action }: StsCall): Answer =>
  body(`<${action}Response><${action}Result><A>1</A></${action}Result></${action}Response>`)
const refused = (code: string, message: string, status = 403, headers = {}): Answer =>
  body(
    `<ErrorResponse><Error><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`,
    status,
    headers,
  )
const broken =
  (code: string): Answer =>
  () =>
    new TypeError('fetch failed', { cause: Object.assign(new Error(code), { code }) })

/** An AWS that gives these answers, one a call. */
function answering(...answers: readonly Answer[]): Pick<Host, 'fetch' | 'now'> & { readonly sent: Request[] } {
  const sent: Request[] = []
  const fetch = async (request: Request): Promise<Response> => {
    const answer = answers[sent.length]?.() ?? assert.fail('one call too many')
    sent.push(request)
    if (answer instanceof Error) throw answer
    return answer
  }
  return { fetch, now: () => now, sent }
}
const fails =
  (code: FailureCode, text = /./, hint = /./) =>
  (error: unknown) => {
    assert.ok(error instanceof Failure, inspect(error))
    assert.equal(error.code, code)
    assert.match(error.message, text)
    assert.match(error.hint ?? '-', hint)
    assert.ok(!inspect(error, { depth: 9 }).includes(key.secretAccessKey))
    return true
  }

test('posts a signed form to the region and gives the result', async () => {
  const host = answering(ok(withCode))
  assert.equal(textOf(await callSts(host, withCode), 'A'), '1')
  const [request] = host.sent
  assert.equal(request?.url, 'https://sts.eu-west-1.amazonaws.com/')
  assert.equal(request?.redirect, 'manual')
  assert.equal(await request?.text(), 'Action=GetSessionToken&Version=2011-06-15&SerialNumber=s&TokenCode=123456')
  assert.match(
    request?.headers.get('authorization') ?? '',
    /Credential=AKIAIOSFODNN7EXAMPLE\/20261121\/eu-west-1\/sts\//,
  )
})

test('a call without a code is tried three times when AWS is out of reach or busy', async () => {
  for (const passing of [
    broken('ECONNRESET'),
    broken('ECONNREFUSED'),
    body('', 503),
    body('<html/>', 502),
    refused('Throttling', 'Rate exceeded', 400),
  ]) {
    const host = answering(passing, passing, ok(plain))
    pauses.length = 0
    assert.ok(await callSts(host, plain))
    const [first = 0, second = 0] = pauses
    assert.ok(first >= 100 && first <= 200 && second >= 200 && second <= 400)
    const dead = answering(passing, passing, passing)
    await assert.rejects(callSts(dead, plain), fails('network'))
    assert.equal(dead.sent.length, 3)
  }
})

test('a refusal is not tried again', async () => {
  const host = answering(refused('AccessDenied', 'no'))
  await assert.rejects(callSts(host, plain), fails('access-denied', /no/, /-/))
  assert.equal(host.sent.length, 1)
})

test('a code that may have reached AWS is never sent again, and the error says that it may be spent', async () => {
  for (const unclear of [
    broken('ECONNRESET'),
    broken('UND_ERR_SOCKET'),
    () => new DOMException('late', 'TimeoutError'),
    body('', 500),
    refused('Throttling', 'Rate exceeded', 400),
    body('<html>proxy</html>'),
    body('', 302, { location: 'https://elsewhere.example/' }),
    body(`<GetSessionTokenResponse>${' '.repeat(300_000)}</GetSessionTokenResponse>`),
  ]) {
    const host = answering(unclear)
    await assert.rejects(callSts(host, withCode), (error) => {
      assert.ok(error instanceof Failure && (error.code === 'network' || error.code === 'aws-refused'))
      assert.match(error.message, /may be spent/)
      return /wait for the next one/.test(error.hint ?? '')
    })
    assert.equal(host.sent.length, 1)
  }
})

test('a code that cannot have left this machine is sent again', async () => {
  for (const code of ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN']) {
    const host = answering(broken(code), ok(withCode))
    assert.ok(await callSts(host, withCode))
  }
  const wrapped: Answer = () =>
    new Failure('network', 'x', { cause: Object.assign(new Error(), { code: 'ECONNREFUSED' }) })
  assert.ok(await callSts(answering(wrapped, ok(withCode)), withCode))
})

test('a failure of the host that is none of the network is passed on at once', async () => {
  const interrupted = new Failure('interrupted', 'Interrupted.')
  await assert.rejects(
    callSts(
      answering(() => interrupted),
      plain,
    ),
    (error) => error === interrupted,
  )
})

test('answers that are not those of the call are refused', async () => {
  const strange: readonly Answer[] = [
    body('{}'),
    body('<GetSessionTokenResponse><GetSessionTokenResult/></GetSessionTokenResponse>'),
    body('<GetCallerIdentityResponse/>'),
    body('<!DOCTYPE a><GetCallerIdentityResponse><GetCallerIdentityResult/></GetCallerIdentityResponse>'),
    body('login please', 403),
    body('', 301, { location: 'http://169.254.169.254/' }),
  ]
  for (const answer of strange)
    await assert.rejects(callSts(answering(answer), plain), fails('aws-refused', /does not speak/, /endpoint_url/))
})

test('an answer without end is cut off', async () => {
  let given = 0
  const endless = () =>
    new Response(
      new ReadableStream({
        pull(controller) {
          given += 65_536
          controller.enqueue(new Uint8Array(65_536))
        },
      }),
    )
  await assert.rejects(callSts(answering(endless, endless, endless), plain), fails('network', /more than/))
  assert.ok(given < 3_000_000)
})

test("tells how wrong this machine's clock is by the answer's Date", async () => {
  const dates: readonly (readonly [string, RegExp])[] = [
    ['Sat, 21 Nov 2026 10:17:00 GMT', /clock is 17 minutes behind AWS/],
    ['Sat, 21 Nov 2026 09:44:00 GMT', /clock is 16 minutes ahead of AWS/],
    ['Sat, 21 Nov 2026 05:00:00 GMT', /clock is 5 hours ahead of AWS/],
    ['some day', /clock is wrong/],
  ]
  for (const [date, text] of dates) {
    const host = answering(
      refused('SignatureDoesNotMatch', 'Signature expired: a is now earlier than b', 403, { date }),
    )
    await assert.rejects(callSts(host, plain), fails('aws-refused', text, /network time/))
  }
})
