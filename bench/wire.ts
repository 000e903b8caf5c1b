import { createHmac, createSecretKey } from 'node:crypto'
import type { WireRequest } from '../src/wire/message.ts'
import { readAuthentication } from '../src/wire/sigv4/authentication.ts'
import { canonicalRequest, sha256 } from '../src/wire/sigv4/canonical.ts'
import { sign } from '../src/wire/sigv4/sign.ts'
import { verify, verifySignature } from '../src/wire/sigv4/verify.ts'
import { type Figure, median } from './figure.ts'

const key = { accessKeyId: 'ASIAIOSFODNN7EXAMPLE', secretAccessKey: 'secret', sessionToken: 'x'.repeat(400) }
const scope = { region: 'us-east-1', service: 'sts' }
const now = new Date('2026-11-21T09:30:00Z')
const body = Buffer.from('Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A111122223333%3Arole%2Fdev')
const request: WireRequest = {
  method: 'POST',
  target: '/',
  headers: [
    ['Host', 'sts.us-east-1.amazonaws.com'],
    ['Content-Type', 'application/x-www-form-urlencoded; charset=utf-8'],
    ['Content-Length', String(body.length)],
    ['User-Agent', 'mayfly'],
  ],
}

const rounds = 9
const turns = 4000

/** Microseconds a turn takes, for each of several kinds of work, measured in turn so that all share the machine's mood. */
async function measure<Name extends string>(work: Record<Name, () => unknown>): Promise<Record<Name, number>> {
  const taken = new Map<string, number[]>()
  for (let round = 0; round <= rounds; round++)
    for (const name in work) {
      const started = performance.now()
      for (let turn = 0; turn < turns; turn++) {
        const result = work[name]()
        if (result instanceof Promise) await result
      }
      const each = ((performance.now() - started) * 1000) / turns
      // The first round warms up.
      if (round > 0) taken.set(name, [...(taken.get(name) ?? []), each])
    }
  const figures = {} as Record<Name, number>
  for (const name in work) figures[name] = median(taken.get(name) ?? [])
  return figures
}

/** Signing and verifying one STS call with a session token, against one HMAC over the same bytes. */
export async function run(): Promise<Figure[]> {
  const signed = sign(request, { body }, key, scope, now)
  const read = readAuthentication(signed)
  if (!read.allowed) throw new Error(read.because)
  const { authentication } = read
  const digest = sha256(body)
  const canonical = canonicalRequest({
    request: signed,
    service: scope.service,
    signedHeaders: authentication.signedHeaders,
    payload: digest,
    spelling: 'normalized',
  })
  const bytes = Buffer.concat([Buffer.from(canonical ?? ''), body])
  const secret = createSecretKey(Buffer.alloc(32, 1))
  const keyOf = async () => key
  const whole = await verify(signed, body, keyOf, now, { scope })
  if (!whole.allowed) throw new Error(whole.because)
  const figures = await measure({
    floor: () => createHmac('sha256', secret).update(bytes).digest(),
    sign: () => sign(request, { body }, key, scope, now),
    signature: () => verifySignature(signed, authentication, key, digest),
    verify: async () => (await verify(signed, body, keyOf, now, { scope })).allowed,
  })
  const note = (value: number) =>
    `${(value / figures.floor).toFixed(1)}× one HMAC-SHA256 over the same ${bytes.length} bytes`
  return [
    { name: 'one HMAC-SHA256, the floor', value: figures.floor, unit: 'µs' },
    { name: 'sign an STS call', value: figures.sign, unit: 'µs', note: note(figures.sign) },
    { name: 'verify its signature', value: figures.signature, unit: 'µs', note: note(figures.signature) },
    {
      name: 'verify it whole: parse, token, scope, time, body, signature',
      value: figures.verify,
      unit: 'µs',
      note: note(figures.verify),
    },
  ]
}
