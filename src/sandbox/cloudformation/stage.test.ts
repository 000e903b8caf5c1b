// No tests in here: what the tests beside it play on. It is named so that it stays out of the package.
import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { SigningKey } from '../../model/signing-key.ts'
import type { QueryInput } from '../../wire/query.ts'
import { readXml, textOf, type XmlElement } from '../../wire/xml.ts'
import type { SandboxOptions } from '../index.ts'
import { ask, type Reply, type Stage, setStage } from '../stage.test.ts'

export interface CloudFormationStage extends Stage {
  /** Calls CloudFormation, as the administrator unless told. */
  readonly call: (params: QueryInput, key?: SigningKey) => Promise<Reply>
  /** The same, and it has to go well. */
  readonly done: (params: QueryInput, key?: SigningKey) => Promise<Reply>
  /** The status a stack comes to rest in. */
  readonly rest: (stack: string) => Promise<string>
  /** What was told of a stack, the oldest first: `Id STATUS reason`. */
  readonly told: (stack: string) => Promise<readonly string[]>
  readonly iam: (params: QueryInput) => Promise<Reply>
}

export const template = (resources: object, more: object = {}): string =>
  JSON.stringify({ Resources: resources, ...more })

export const user = (name: string, more: object = {}): object => ({
  Type: 'AWS::IAM::User',
  Properties: { UserName: name, ...more },
})

export const named = { Capabilities: ['CAPABILITY_NAMED_IAM'] }

export async function setCloudFormationStage(
  t: TestContext,
  options: Partial<SandboxOptions> = {},
): Promise<CloudFormationStage> {
  const stage = await setStage(t, options)
  const call = (params: QueryInput, key: SigningKey = stage.sandbox) =>
    ask(stage, key, params, { service: 'cloudformation', version: '2010-05-15' })
  const done = async (params: QueryInput, key?: SigningKey) => {
    const reply = await call(params, key)
    assert.equal(reply.status, 200, reply.text)
    return reply
  }
  return Object.assign(stage, {
    call,
    done,
    rest: async (stack: string) => {
      for (;;) {
        const reply = await done({ Action: 'DescribeStacks', StackName: stack })
        const status = reply.get('Stacks', 'member', 'StackStatus') ?? ''
        if (!status.endsWith('_IN_PROGRESS') || status === 'REVIEW_IN_PROGRESS') return status
        await sleep(2)
      }
    },
    told: async (stack: string) => {
      const reply = await done({ Action: 'DescribeStackEvents', StackName: stack })
      const events = membersOf(reply, 'StackEvents').map((event) =>
        ['LogicalResourceId', 'ResourceStatus', 'ResourceStatusReason']
          .flatMap((name) => textOf(event, name) ?? [])
          .join(' '),
      )
      return events.reverse()
    },
    iam: (params: QueryInput) => ask(stage, stage.sandbox, params, { service: 'iam' }),
  })
}

/** The members of a list in an answer. */
export function membersOf(reply: Reply, list: string): readonly XmlElement[] {
  const result = readXml(reply.text).children.find(({ name }) => name.endsWith('Result'))
  return result?.children.find(({ name }) => name === list)?.children ?? []
}
