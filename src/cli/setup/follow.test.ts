import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { type TestContext, test } from 'node:test'
import { CloudFormationClient } from '@aws-sdk/client-cloudformation'
import { Failure } from '../../model/failure.ts'
import type { Cli } from '../cli.ts'
import { patience } from './administrator.ts'
import { follow } from './follow.ts'
import { eventsBeforeOperation } from './stack-events.ts'

const stackId = 'arn:aws:cloudformation:us-east-1:111122223333:stack/ann/0a1b'

/** `User CREATE_FAILED the reason`; `ann …` is the stack itself. */
type Line = string

/** A CloudFormation whose every further answer knows one more of these events. */
async function cloudFormation(
  t: TestContext,
  lines: readonly Line[],
  known: number,
  onAsked: () => void = () => undefined,
): Promise<CloudFormationClient> {
  let told = known
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const part of request) body += part
    const action = new URLSearchParams(body).get('Action')
    const status = lines
      .slice(0, told)
      .findLast((line) => line.startsWith('ann '))
      ?.split(' ')[1]
    const result =
      action === 'DescribeStacks'
        ? `<Stacks><member><StackId>${stackId}</StackId><StackName>ann</StackName><StackStatus>${status}</StackStatus></member></Stacks>`
        : `<StackEvents>${lines.slice(0, told).map(member).reverse().join('')}</StackEvents>`
    if (action === 'DescribeStackEvents') onAsked()
    if (action === 'DescribeStackEvents' && told < lines.length) told++
    response
      .writeHead(200, { 'content-type': 'text/xml' })
      .end(`<${action}Response><${action}Result>${result}</${action}Result></${action}Response>`)
  })
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
  t.after(() => server.close())
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  return new CloudFormationClient({
    region: 'us-east-1',
    endpoint: `http://127.0.0.1:${port}`,
    credentials: { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'secret' },
  })
}

function member(line: Line, at: number): string {
  const [id = '', status = '', ...reason] = line.split(' ')
  const physicalId = id === 'ann' ? stackId : `${id}-1`
  return `<member><EventId>${at}</EventId><StackId>${stackId}</StackId><LogicalResourceId>${id}</LogicalResourceId><PhysicalResourceId>${physicalId}</PhysicalResourceId><ResourceType>AWS::IAM::${id}</ResourceType><ResourceStatus>${status}</ResourceStatus><ResourceStatusReason>${reason.join(' ')}</ResourceStatusReason></member>`
}

const said: string[] = []
const cli: Cli = {
  env: {},
  host: () => Promise.reject(new Error('nothing is asked here')),
  print: () => undefined,
  say: (text) => void said.push(text),
  style: (_, text) => text,
}
const following = (client: CloudFormationClient, seen = new Set<string>()) => ({
  ...{ client, stackId, stackName: 'ann', seen, isQuiet: false, again: 'mayfly setup user ann' },
})

test('a stack is followed to its end, and the state of the operation before is not taken for it', async (t) => {
  const before = ['ann CREATE_IN_PROGRESS', 'ann CREATE_COMPLETE']
  const client = await cloudFormation(
    t,
    [...before, 'ann UPDATE_IN_PROGRESS', 'Group UPDATE_COMPLETE', 'ann UPDATE_COMPLETE'],
    before.length,
  )
  const stack = await follow(cli, following(client, new Set(['0', '1'])))
  assert.equal(stack?.StackStatus, 'UPDATE_COMPLETE')
  assert.ok(said.some((line) => /update complete {2}Group/.test(line)))
})

test('a failure is told with the resource that began it, not with those that were cancelled', async (t) => {
  const client = await cloudFormation(
    t,
    [
      'ann CREATE_IN_PROGRESS',
      'User CREATE_FAILED Resource creation cancelled',
      'Gate CREATE_FAILED MalformedPolicyDocument: no',
      'ann ROLLBACK_IN_PROGRESS The following resource(s) failed to create: [User, Gate].',
      'ann ROLLBACK_COMPLETE',
    ],
    0,
  )
  await assert.rejects(
    follow(cli, following(client)),
    (error) =>
      error instanceof Failure &&
      error.code === 'aws-refused' &&
      error.message === 'The stack ann failed. Gate (AWS::IAM::Gate): MalformedPolicyDocument: no' &&
      /rolled back: nothing/.test(error.hint ?? ''),
  )
})

test('what was before the operation that is under way is not told again', async (t) => {
  const lines = ['ann CREATE_IN_PROGRESS', 'Gate CREATE_FAILED old', 'ann UPDATE_IN_PROGRESS', 'User UPDATE_COMPLETE']
  const client = await cloudFormation(t, lines, lines.length)
  assert.deepEqual([...(await eventsBeforeOperation(client, stackId))], ['0', '1'])
})

test('Ctrl-C ends the following and not the stack', async (t) => {
  const client = await cloudFormation(t, ['ann CREATE_IN_PROGRESS'], 0)
  setTimeout(() => process.emit('SIGINT'), 50)
  await assert.rejects(
    follow(cli, following(client)),
    (error) =>
      error instanceof Failure && error.code === 'interrupted' && /mayfly setup user ann/.test(error.hint ?? ''),
  )
  assert.equal(process.listenerCount('SIGINT'), 0)
})

test('a stack that makes no progress is told of, and followed no longer than patience lasts', async (t) => {
  let now = 0
  const client = await cloudFormation(t, ['ann CREATE_IN_PROGRESS'], 1, () => {
    now += 200
  })
  said.length = 0
  await assert.rejects(
    follow(cli, { ...following(client), patience: { tellAfter: 150, endAfter: 700, passed: () => now } }),
    (error) =>
      error instanceof Failure &&
      error.code === 'aws-refused' &&
      /^Nothing new for .*goes on with the stack ann by itself/.test(error.message) &&
      /mayfly setup user ann/.test(error.hint ?? ''),
  )
  assert.equal(said.filter((line) => /Nothing new/.test(line)).length, 1)
  assert.equal(process.listenerCount('SIGINT'), 0)
})

test('a stack that is slow but goes on is followed for longer than patience lasts without it', async (t) => {
  const lines = [
    'ann CREATE_IN_PROGRESS',
    'A CREATE_COMPLETE',
    'B CREATE_COMPLETE',
    'C CREATE_COMPLETE',
    'ann CREATE_COMPLETE',
  ]
  let now = 0
  const client = await cloudFormation(t, lines, 0, () => {
    now += 500
  })
  const patience = { tellAfter: 10_000, endAfter: 800, passed: () => now }
  const stack = await follow(cli, { ...following(client), patience })
  assert.equal(stack?.StackStatus, 'CREATE_COMPLETE')
  assert.ok(now > 800)
})

test('the reason is told without what handlers put around it', async (t) => {
  const words =
    'Resource handler returned message: "Policy "x" does not exist. (Service: Iam, Status Code: 404, Request ID: 0a) (SDK Attempt Count: 1)" (RequestToken: 0b, HandlerErrorCode: NotFound)'
  const client = await cloudFormation(
    t,
    ['ann CREATE_IN_PROGRESS', `Role CREATE_FAILED ${words}`, 'ann ROLLBACK_COMPLETE'],
    0,
  )
  await assert.rejects(follow(cli, following(client)), {
    message: 'The stack ann failed. Role (AWS::IAM::Role): Policy "x" does not exist.',
  })
})

test('a CloudFormation that takes the call and never answers is given up', async (t) => {
  const silent = createServer(() => undefined)
  await new Promise<void>((ready) => silent.listen(0, '127.0.0.1', ready))
  t.after(() => {
    silent.closeAllConnections()
    silent.close()
  })
  const address = silent.address()
  const client = new CloudFormationClient({
    region: 'us-east-1',
    endpoint: `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`,
    credentials: { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'secret' },
    maxAttempts: 1,
    requestHandler: { ...patience, requestTimeout: 200 },
  })
  await assert.rejects(follow(cli, following(client)), (error) => error instanceof Failure && error.code === 'network')
})
