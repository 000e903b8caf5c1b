// No tests in here: what the tests beside it play on. It is named so that it stays out of the package.
import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { authorizer } from '../../authorize.ts'
import { Fault } from '../../fault.ts'
import { openInside } from '../../inside.ts'
import type { Caller, InnerCaller } from '../../service.ts'
import { services } from '../../services.ts'
import { account, setStage } from '../../stage.test.ts'
import type { Existing, Properties, Provisioned, Provisioning, ResourceType } from '../resource-type.ts'
import { resourceTypes } from './index.ts'

/** A sandbox with a stack's surroundings, for an administrator and for somebody who may nothing. */
export async function resourceStage(t: TestContext) {
  const { sandbox } = await setStage(t)
  const { cloud, endpoint } = sandbox
  const log = (line: string) => assert.fail(line)
  const inside = openInside({ cloud, endpoint: () => endpoint, authorize: authorizer(), services, log })
  const admin: Caller = {
    kind: 'user',
    accountId: account,
    arn: `arn:aws:iam::${account}:user/admin`,
    userId: 'AIDAEXAMPLE',
    accessKeyId: sandbox.accessKeyId,
    userName: 'admin',
  }
  const by = 'cloudformation.amazonaws.com'
  const inner = inside.as(admin, by)
  await inner.invoke('iam', 'CreateUser', { UserName: 'nobody' })
  const nobody = inside.as({ ...admin, arn: `arn:aws:iam::${account}:user/nobody`, userName: 'nobody' }, by)
  let made = 0
  const at: Provisioning = {
    inner,
    accountId: account,
    region: cloud.region,
    stackId: `arn:aws:cloudformation:${cloud.region}:${account}:stack/stack/1`,
    stackName: 'stack',
    logicalId: 'Thing',
    tags: { team: 'blue', 'aws:cloudformation:stack-name': 'stack' },
    formerTags: { team: 'blue', 'aws:cloudformation:stack-name': 'stack' },
    uniqueName: (longest, lowerCase) => {
      made += 1
      const name = `stack-Thing-${made}`.slice(0, longest)
      return lowerCase ? name.toLowerCase() : name
    },
  }
  const iam = (operation: string, input: object) => inner.invoke('iam', operation, input)
  return { cloud, at, inner, iam, without: (other: InnerCaller): Provisioning => ({ ...at, inner: other }), nobody }
}

/** The type of that name. */
export function typeOf(name: string): ResourceType {
  const type = resourceTypes[name]
  assert.ok(type, name)
  return type
}

/** A resource with what it was made from, as an update or removal finds it. */
export const existing = (made: Provisioned, properties: Properties): Existing => ({ ...made, properties })

/** That the promise is refused with this code, and words where they are given. */
export const refusedWith = (promise: Promise<unknown>, code: string, words: RegExp = /./) =>
  assert.rejects(promise, (error) => {
    assert.ok(error instanceof Fault, String(error))
    assert.equal(error.code, code, error.message)
    assert.match(error.message, words)
    return true
  })
