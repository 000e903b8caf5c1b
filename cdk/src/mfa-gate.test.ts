import assert from 'node:assert/strict'
import { test } from 'node:test'
import { stepAt, totpAt } from '../../src/sandbox/mfa.ts'
import { account, addDevice, addUser, allow, ask, credentialsIn, setStage } from '../../src/sandbox/stage.test.ts'
import type { QueryInput } from '../../src/wire/query.ts'
import { mfaPolicy } from './mfa-policy.ts'

const work = allow('s3:*', '*')
const serialOf = (name: string): string => `arn:aws:iam::${account}:mfa/${name}`

async function setThief(t: Parameters<typeof setStage>[0]) {
  const stage = await setStage(t)
  const gated = { inline: { work, gate: JSON.stringify(mfaPolicy()) } }
  const bare = addUser(stage, 'ann', undefined, gated)
  const iam = (params: QueryInput, key = bare) => ask(stage, key, params, { service: 'iam' })
  const enable = (seed: string, name: string, key = bare) => {
    const step = stepAt(stage.now)
    return iam(
      {
        Action: 'EnableMFADevice',
        UserName: 'ann',
        SerialNumber: serialOf(name),
        AuthenticationCode1: totpAt(seed, step - 1),
        AuthenticationCode2: totpAt(seed, step),
      },
      key,
    )
  }
  /** Makes a device as the bare key, and gives its seed; undefined where that is refused. */
  const create = async (name: string) => {
    const made = await iam({ Action: 'CreateVirtualMFADevice', VirtualMFADeviceName: name })
    const seed = made.get('VirtualMFADevice', 'Base32StringSeed')
    return { code: made.code, seed: seed && Buffer.from(seed, 'base64').toString() }
  }
  return { stage, bare, gated, iam, enable, create }
}

test('who has the key of an enrolled user can neither take the device off nor add one of their own', async (t) => {
  const { stage, iam, create } = await setThief(t)
  addDevice(stage, 'ann')
  const own = { UserName: 'ann', SerialNumber: serialOf('ann') }
  assert.equal((await iam({ Action: 'DeactivateMFADevice', ...own })).code, 'AccessDenied')
  // Spared from the denial, for whoever is stuck in an enrolment; IAM deletes no device that somebody has.
  assert.equal((await iam({ Action: 'DeleteVirtualMFADevice', SerialNumber: serialOf('ann') })).code, 'DeleteConflict')
  assert.equal((await create('ann')).code, 'EntityAlreadyExists')
  for (const name of ['ann-2', 'bob', 'anything']) assert.equal((await create(name)).code, 'AccessDenied', name)
  const guess = { AuthenticationCode1: '000000', AuthenticationCode2: '000001' }
  assert.equal((await iam({ Action: 'ResyncMFADevice', ...own, ...guess })).code, 'InvalidAuthenticationCode')
  for (const Action of ['CreateAccessKey', 'ListAccessKeys'])
    assert.equal((await iam({ Action, UserName: 'ann' })).code, 'AccessDenied')
})

test('a user who got stuck in enrolling begins again with the bare key, and has MFA in the end', async (t) => {
  const { stage, bare, iam, enable, create } = await setThief(t)
  assert.ok((await create('ann')).seed)
  assert.equal((await create('ann')).code, 'EntityAlreadyExists')
  assert.equal((await iam({ Action: 'DeleteVirtualMFADevice', SerialNumber: serialOf('ann') })).status, 200)
  const { seed = '' } = await create('ann')
  assert.equal((await enable(seed, 'ann')).status, 200)
  stage.later(60)
  const code = { SerialNumber: serialOf('ann'), TokenCode: totpAt(seed, stepAt(stage.now)) }
  const session = credentialsIn(await ask(stage, bare, { Action: 'GetSessionToken', ...code }))
  // With MFA a second device can be made, and the first one be let go.
  const second = { Action: 'CreateVirtualMFADevice', VirtualMFADeviceName: 'ann-2' }
  assert.equal((await iam(second, session)).status, 200)
  const letGo = { Action: 'DeactivateMFADevice', UserName: 'ann', SerialNumber: serialOf('ann') }
  assert.equal((await iam(letGo, session)).status, 200)
})

test('a device that belongs to nobody can be enabled by who has the key and its seed: no policy can say whose', async (t) => {
  const { stage, iam, enable, gated } = await setThief(t)
  addDevice(stage, 'ann')
  const accomplice = addUser(stage, 'bob', undefined, gated)
  const made = await iam({ Action: 'CreateVirtualMFADevice', VirtualMFADeviceName: 'bob' }, accomplice)
  const seed = Buffer.from(made.get('VirtualMFADevice', 'Base32StringSeed') ?? '', 'base64').toString()
  assert.equal((await enable(seed, 'bob')).status, 200)
})
