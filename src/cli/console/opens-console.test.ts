import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Failure } from '../../model/failure.ts'
import type { SourceSpec } from '../../model/source-spec.ts'
import { assertOpensConsole } from './opens-console.ts'

const sts = { region: 'us-east-1' }
const user: SourceSpec = { kind: 'mfa-session', base: { kind: 'stored-key', accessKeyId: 'AKIA' }, duration: 3600, sts }
const role = (base: SourceSpec): SourceSpec => ({
  kind: 'assume-role',
  roleArn: 'arn:aws:iam::111122223333:role/r',
  base,
  sts,
})
const refused = (spec: SourceSpec, duration: number | undefined, message: RegExp): void =>
  assert.throws(
    () => assertOpensConsole(spec, duration),
    (error) => error instanceof Failure && message.test(error.message) && error.hint !== undefined,
  )

test('a session of the user is refused with the way out, and a role of the user is not', () => {
  refused(user, undefined, /GetSessionToken/)
  const signin = { region: 'us-east-1' }
  refused({ kind: 'console-login', session: 'arn:aws:iam::111122223333:user/ann', signin }, undefined, /password/)
  assertOpensConsole(role(user), undefined)
})

test('a duration is for roles that were assumed directly', () => {
  refused(role(role(user)), 3600, /--duration/)
  assertOpensConsole(role(role(user)), undefined)
  assertOpensConsole(role(user), 3600)
})
