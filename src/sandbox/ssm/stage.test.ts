// No tests in here: what the tests beside it play on. It is named so that it stays out of the package.
import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { authorizer } from '../authorize.ts'
import { Fault } from '../fault.ts'
import { openInside } from '../inside.ts'
import type { Caller, Output } from '../service.ts'
import { services } from '../services.ts'
import { account, addUser, otherAccount, setStage } from '../stage.test.ts'

export type Ask = (operation: string, input: object) => Promise<Output>

/** A Parameter Store, as an administrator, somebody with a policy, and the root of another account ask it. */
export async function ssmStage(t: TestContext) {
  const stage = await setStage(t)
  const { cloud, endpoint } = stage.sandbox
  const log = (line: string) => assert.fail(line)
  const inside = openInside({ cloud, endpoint: () => endpoint, authorize: authorizer(), services, log })
  const userNamed = (userName: string): Caller => ({
    kind: 'user',
    accountId: account,
    arn: `arn:aws:iam::${account}:user/${userName}`,
    userId: `AIDA${userName}`,
    accessKeyId: 'AKIAEXAMPLE',
    userName,
  })
  const as =
    (caller: Caller, region?: string): Ask =>
    (operation, input) =>
      inside.as(caller, 'test.amazonaws.com', region).invoke('ssm', operation, input)
  const strangerArn = `arn:aws:iam::${otherAccount}:root`
  const root = { kind: 'root', accountId: otherAccount, userId: otherAccount, accessKeyId: 'AKIAOTHER' } as const
  return {
    ...{ cloud, stage },
    ask: as(userNamed('admin')),
    elsewhere: as(userNamed('admin'), 'eu-west-1'),
    stranger: as({ ...root, arn: strangerArn }),
    userWith: (policy: string): Ask => {
      addUser(stage, 'ann', policy)
      return as(userNamed('ann'))
    },
  }
}

/** That it is refused with this code, and words where they are given. */
export const refused = (promise: Promise<unknown>, code: string, words = /^/) =>
  assert.rejects(promise, (error) => {
    assert.ok(error instanceof Fault, String(error))
    assert.equal(error.code, code, error.message)
    assert.match(error.message, words)
    return true
  })

export const arnNamed = (name: string): string => `arn:aws:ssm:us-east-1:${account}:parameter/${name}`
