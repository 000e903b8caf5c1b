import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  CreateVirtualMFADeviceCommand,
  EnableMFADeviceCommand,
  GetUserCommand,
  IAMClient,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam'
import { GetSessionTokenCommand, STSClient } from '@aws-sdk/client-sts'
import type { SigningKey } from '../../model/signing-key.ts'
import { startSandbox } from '../index.ts'
import { stepAt, totpAt } from '../mfa.ts'
import { fault } from './stage.test.ts'

const gated = JSON.stringify({
  Version: '2012-10-17',
  Statement: [
    { Effect: 'Allow', Action: '*', Resource: '*' },
    {
      Effect: 'Deny',
      NotAction: ['iam:CreateVirtualMFADevice', 'iam:EnableMFADevice', 'sts:GetSessionToken'],
      Resource: '*',
      Condition: { BoolIfExists: { 'aws:MultiFactorAuthPresent': 'false' } },
    },
  ],
})

test('over HTTP, a key that is worthless without MFA enrols a device and opens what it may', async () => {
  const now = new Date('2026-11-21T10:00:00.000Z')
  let passed = 0
  const clock = () => new Date(now.getTime() + passed)
  const sandbox = await startSandbox({ now: clock, randomBytes: (length) => randomBytes(length) })
  try {
    const { endpoint, region } = sandbox
    const options = (credentials: SigningKey) => ({
      endpoint,
      region,
      credentials,
      maxAttempts: 1,
      // The sandbox's clock is not the machine's; the SDK corrects its own by what the server says.
      systemClockOffset: clock().getTime() - Date.now(),
    })
    const admin = new IAMClient(options(sandbox))
    await admin.send(new CreateUserCommand({ UserName: 'ann' }))
    await admin.send(new PutUserPolicyCommand({ UserName: 'ann', PolicyName: 'mfa', PolicyDocument: gated }))
    const { AccessKey } = await admin.send(new CreateAccessKeyCommand({ UserName: 'ann' }))
    const key = { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' }
    const ann = new IAMClient(options(key))
    await assert.rejects(ann.send(new GetUserCommand({})), fault('AccessDenied'))

    const { VirtualMFADevice } = await ann.send(new CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: 'ann' }))
    const SerialNumber = VirtualMFADevice?.SerialNumber
    const code = (off: number) =>
      totpAt(Buffer.from(VirtualMFADevice?.Base32StringSeed ?? []).toString(), stepAt(clock()) + off)
    const codes = { AuthenticationCode1: code(-1), AuthenticationCode2: code(0) }
    await ann.send(new EnableMFADeviceCommand({ UserName: 'ann', SerialNumber, ...codes }))

    passed = 30_000
    const sts = new STSClient(options(key))
    const session = async (more: object) => {
      const { Credentials: got } = await sts.send(new GetSessionTokenCommand(more))
      const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '' } = got ?? {}
      const credentials = { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken }
      return new IAMClient(options(credentials))
    }
    const plain = await session({})
    await assert.rejects(
      plain.send(new GetUserCommand({})),
      fault('InvalidClientTokenId', 'The security token included in the request is invalid'),
    )
    const strong = await session({ SerialNumber, TokenCode: code(0) })
    assert.equal((await strong.send(new GetUserCommand({}))).User?.UserName, 'ann')
  } finally {
    await sandbox.close()
  }
})
