import assert from 'node:assert/strict'
import { test } from 'node:test'
import { closedHost } from '../../test/contracts/closed-host.ts'
import { queues } from '../../test/contracts/sts-stage.ts'
import type { Host } from '../host/host.ts'
import { memoryVault } from '../host/vaults/memory.ts'
import { Failure, type FailureCode } from '../model/failure.ts'
import { mfaProof } from './mfa-code.ts'

const serial = 'arn:aws:iam::111122223333:mfa/ann'
const host = (change: Partial<Host>): Host => ({
  ...closedHost,
  vault: memoryVault(),
  exclusively: queues(),
  ...change,
})
const fails = (code: FailureCode) => (error: unknown) => error instanceof Failure && error.code === code

test('the code given beforehand goes first, then the command, then the question', async () => {
  const codes = ['111111']
  const all = host({
    presetMfaCode: () => codes.pop(),
    run: async (command) => (command === 'oath ann' ? '222222' : ''),
    ask: async ({ kind, text }) => (kind === 'mfa-code' && text === `MFA code for ${serial}` ? '333333' : ''),
  })
  const withProcess = { serial, process: 'oath ann' }
  assert.deepEqual(await mfaProof(withProcess, all), { SerialNumber: serial, TokenCode: '111111' })
  assert.equal((await mfaProof(withProcess, all)).TokenCode, '222222')
  assert.equal((await mfaProof({ serial }, all)).TokenCode, '333333')
})

test('spaces are fine; anything else than six digits is refused without being repeated', async () => {
  const typing = (text: string) => mfaProof({ serial }, host({ ask: async () => text }))
  for (const code of ['012345', ' 012 345\n']) assert.equal((await typing(code)).TokenCode, '012345')
  for (const text of ['', '12345', '1234567', '12345a', '１２３４５６', 'JBSWY3DPEHPK3PXP', '123456&RoleArn=x'])
    await assert.rejects(typing(text), (error) => {
      assert.ok(fails('mfa-rejected')(error) && error instanceof Failure)
      return text === '' || !`${error.message}${error.hint}`.includes(text)
    })
})

test('where nobody can be asked, that is the error', async () => {
  const nobody = new Failure('input-needed', 'Nobody is there.')
  await assert.rejects(mfaProof({ serial }, host({ ask: () => Promise.reject(nobody) })), (error) => error === nobody)
})

test('a serial that no device has is refused before anyone is asked', async () => {
  for (const bad of ['', 'short', 'arn:aws:iam::1:mfa/a b', 'arn:aws:iam::1:mfa/a\u001b[31m', 'x'.repeat(257)])
    await assert.rejects(mfaProof({ serial: bad }, host({})), fails('config-invalid'))
  const hardware = await mfaProof({ serial: 'GAHT12345678' }, host({ ask: async () => '123456' }))
  assert.equal(hardware.SerialNumber, 'GAHT12345678')
})
