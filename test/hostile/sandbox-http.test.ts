import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { type TestContext, test } from 'node:test'
import { serve } from '../../src/sandbox/server.ts'
import {
  account,
  addDevice,
  addUser,
  allow,
  ask,
  controlCall,
  credentialsIn,
  queryCall,
  type Stage,
  send,
  setStage,
} from '../../src/sandbox/stage.test.ts'
import type { WireRequest } from '../../src/wire/message.ts'
import { presign } from '../../src/wire/sigv4/presign.ts'
import { sign } from '../../src/wire/sigv4/sign.ts'

const whoami = { Action: 'GetCallerIdentity' }

/** What comes back for some bytes: an answer, or what there is when the server closes or says nothing for a moment. */
function raw(port: number, bytes: string | Uint8Array, wait = 10_000): Promise<string> {
  return new Promise((resolve) => {
    let text = ''
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes))
    const done = (): void => {
      socket.destroy()
      resolve(text)
    }
    socket.setTimeout(wait, done)
    socket.on('data', (piece) => {
      text += piece.toString('latin1')
      const [, head = '', body = ''] = /^([\s\S]*?)\r\n\r\n([\s\S]*)$/.exec(text) ?? []
      const length = /content-length: (\d+)/i.exec(head)?.[1]
      if (head.startsWith('HTTP/1.1 100') || (length !== undefined && body.length >= Number(length))) done()
    })
    socket.on('close', done)
    socket.on('error', done)
  })
}

const portOf = ({ sandbox }: Stage): number => Number(new URL(sandbox.endpoint).port)

const asText = ({ method, target, headers }: WireRequest, body = ''): string =>
  `${method} ${target} HTTP/1.1\r\n${headers.map((header) => header.join(': ')).join('\r\n')}\r\n\r\n${body}`

const statusOf = (answer: string): number => Number(answer.slice(9, 12))

async function lives(stage: Stage): Promise<void> {
  assert.equal((await ask(stage, stage.sandbox, whoami)).status, 200)
}

test('bytes that are no request get no more than an error, and the next caller is served', async (t) => {
  const stage = await setStage(t)
  const port = portOf(stage)
  for (const bytes of [
    '\0\0\0\0\r\n\r\n',
    'GET\r\n\r\n',
    'HELLO / SMTP/1.0\r\n\r\n',
    '\x16\x03\x01\x02\0\x01\0\x01\xfc',
  ])
    assert.match(await raw(port, bytes), /^(?:HTTP\/1\.1 400 [\s\S]*)?$/)
  await lives(stage)
})

test('a body that ends early changes nothing', async (t) => {
  const stage = await setStage(t)
  const ann = addUser(stage, 'ann', allow('iam:*', '*'))
  const [request, body] = queryCall(stage, ann, { Action: 'CreateUser', UserName: 'new' }, { service: 'iam' })
  await raw(portOf(stage), asText(request, body.slice(0, -5)), 100)
  assert.equal(stage.sandbox.cloud.users.get(`${account}/new`), undefined)
  await lives(stage)
  assert.equal((await send(stage, request, body)).status, 200)
})

test('a body over a mebibyte is refused, and the refusal arrives', async (t) => {
  const stage = await setStage(t)
  const ann = addUser(stage, 'ann')
  const sendBody = (size: number) => {
    const body = `Action=GetCallerIdentity&Version=2011-06-15&Pad=${'x'.repeat(size)}`
    const headers = [
      ['Host', new URL(stage.sandbox.endpoint).host],
      ['Content-Length', String(body.length)],
    ] as const
    const request = { method: 'POST', target: '/', headers }
    return send(stage, sign(request, { body }, ann, { region: 'us-east-1', service: 'sts' }, stage.now), body)
  }
  assert.equal((await sendBody(1_000_000)).status, 200)
  const reply = await sendBody(3_000_000)
  assert.deepEqual([reply.status, reply.code], [413, 'RequestEntityTooLarge'])
})

test('too many and too large headers are refused', async (t) => {
  const stage = await setStage(t)
  const [request, body] = queryCall(stage, addUser(stage, 'ann'), whoami)
  const withHeaders = (more: readonly (readonly [string, string])[]) =>
    raw(portOf(stage), asText({ ...request, headers: [...request.headers, ...more, ['Connection', 'close']] }, body))
  const many = (count: number) => Array.from({ length: count }, (_, n) => [`H${n}`, 'x'] as const)
  assert.equal(statusOf(await withHeaders(many(100))), 200)
  assert.equal(statusOf(await withHeaders(many(300))), 431)
  assert.equal(statusOf(await withHeaders([['H', 'x'.repeat(40_000)]])), 431)
})

test('headers that decide who calls and whom may stand once only', async (t) => {
  const stage = await setStage(t)
  const [request, body] = queryCall(stage, addUser(stage, 'ann'), whoami)
  for (const name of ['Host', 'Authorization', 'X-Amz-Date', 'Content-Type', 'Content-Length']) {
    const [, value = ''] = request.headers.find(([key]) => key === name) ?? []
    for (const second of [value, `${value}x`]) {
      const twice = { ...request, headers: [...request.headers, [name.toLowerCase(), second] as const] }
      assert.equal(statusOf(await raw(portOf(stage), asText(twice, body))), 400, `${name}: ${second}`)
    }
  }
  assert.equal((await send(stage, request, body)).status, 200)
})

test('two lengths of one body are refused', async (t) => {
  const stage = await setStage(t)
  const [request, body] = queryCall(stage, addUser(stage, 'ann'), whoami)
  const both = { ...request, headers: [...request.headers, ['Transfer-Encoding', 'chunked'] as const] }
  const chunked = `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`
  assert.equal(statusOf(await raw(portOf(stage), asText(both, chunked))), 400)
})

test('a target that is not a path is refused', async (t) => {
  const stage = await setStage(t)
  const { host } = new URL(stage.sandbox.endpoint)
  for (const [method = '', target = ''] of [
    ['GET', `http://${host}/?Action=GetCallerIdentity`],
    ['GET', 'http://sts.amazonaws.com/'],
    ['OPTIONS', '*'],
    ['GET', 'x'],
  ])
    assert.equal(
      statusOf(await raw(portOf(stage), `${method} ${target} HTTP/1.1\r\nHost: ${host}\r\n\r\n`)),
      400,
      target,
    )
  // A tunnel is not opened: the connection closes without a word.
  assert.equal(await raw(portOf(stage), `CONNECT ${host} HTTP/1.1\r\nHost: ${host}\r\n\r\n`), '')
})

test('a browser that was lured here under a foreign name is refused, and no page may read an answer', async (t) => {
  const stage = await setStage(t)
  const port = portOf(stage)
  const under = (host: string, more = '') =>
    raw(
      port,
      `GET /_mayfly/clock HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${stage.sandbox.controlToken}\r\n${more}\r\n`,
    )
  for (const host of [
    'evil.example',
    `evil.example:${port}`,
    '127.0.0.1.evil.example',
    'localhost.evil.example',
    '10.0.0.1',
    '',
  ])
    assert.ok([400, 403].includes(statusOf(await under(host))), host)
  for (const host of [`127.0.0.1:${port}`, 'localhost', `LOCALHOST:${port}`, '[::1]', 'bucket.localhost'])
    assert.equal(statusOf(await under(host)), 200, host)
  assert.doesNotMatch(await under('localhost', 'Origin: https://evil.example\r\n'), /access-control-allow/i)
})

test('control endpoints are not reached by another spelling of their path', async (t) => {
  const stage = await setStage(t)
  for (const target of [
    '//_mayfly/clock',
    '/%5fmayfly/clock',
    '/x/../_mayfly/clock',
    '/_MAYFLY/clock',
    '/_mayfly%2fclock',
  ]) {
    const answer = await raw(portOf(stage), `GET ${target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`)
    assert.doesNotMatch(answer, /"now"/, target)
  }
  assert.equal((await controlCall(stage, 'GET', '../_mayfly/clock')).status, 200)
})

test('a path other than / is no way into a query service', async (t) => {
  const stage = await setStage(t)
  const body = 'Action=GetCallerIdentity&Version=2011-06-15'
  for (const target of ['/x', '//', '/./', '/..', '/%2e']) {
    const headers = [
      ['Host', new URL(stage.sandbox.endpoint).host],
      ['Content-Length', String(body.length)],
    ] as const
    const scope = { region: 'us-east-1', service: 'sts' }
    const request = sign({ method: 'POST', target, headers }, { body }, stage.sandbox, scope, stage.now)
    assert.equal((await send(stage, request, body)).status, 404, target)
  }
})

test('a signature dated tomorrow is not kept for tomorrow, and one of yesterday is of no use', async (t) => {
  const stage = await setStage(t)
  const ann = addUser(stage, 'ann')
  const day = 86_400_000
  for (const offset of [day, -day, 16 * 60_000, -16 * 60_000]) {
    const reply = await ask(stage, ann, whoami, { at: new Date(stage.now.getTime() + offset) })
    assert.deepEqual([reply.status, reply.code], [403, 'SignatureDoesNotMatch'])
  }
})

test('a call that spent a code cannot be replayed', async (t) => {
  const stage = await setStage(t)
  const ann = addUser(stage, 'ann')
  const { serial, code } = addDevice(stage, 'ann')
  const call = queryCall(stage, ann, { Action: 'GetSessionToken', SerialNumber: serial, TokenCode: code() })
  assert.equal((await send(stage, ...call)).status, 200)
  const replay = await send(stage, ...call)
  assert.deepEqual([replay.status, replay.code], [403, 'AccessDenied'])
})

test('a session token glued to another key opens nothing', async (t) => {
  const stage = await setStage(t)
  const ann = credentialsIn(await ask(stage, addUser(stage, 'ann'), { Action: 'GetSessionToken' }))
  const eve = credentialsIn(await ask(stage, addUser(stage, 'eve'), { Action: 'GetSessionToken' }))
  for (const sessionToken of [
    ann.sessionToken,
    '',
    `${eve.sessionToken}A`,
    eve.sessionToken.toLowerCase(),
    'x'.repeat(9000),
  ])
    assert.equal((await ask(stage, { ...eve, sessionToken }, whoami)).code, 'InvalidClientTokenId')
  assert.equal((await ask(stage, eve, whoami)).get('UserId'), 'AIDAEVE')
})

test('a token that was not signed is not taken', async (t) => {
  const stage = await setStage(t)
  const { sessionToken, ...bare } = credentialsIn(
    await ask(stage, addUser(stage, 'ann'), { Action: 'GetSessionToken' }),
  )
  const [request, body] = queryCall(stage, bare, whoami)
  const glued = { ...request, headers: [...request.headers, ['X-Amz-Security-Token', sessionToken] as const] }
  assert.equal((await send(stage, glued, body)).status, 403)
})

test('a call authenticated in two ways is refused, in each of them it is served', async (t) => {
  const stage = await setStage(t)
  const ann = addUser(stage, 'ann')
  const scope = { region: 'us-east-1', service: 'sts' }
  const request: WireRequest = {
    method: 'GET',
    target: '/?Action=GetCallerIdentity&Version=2011-06-15',
    headers: [['Host', new URL(stage.sandbox.endpoint).host]],
  }
  const inQuery = presign(request, ann, scope, stage.now, 60)
  const reply = await send(stage, sign(inQuery, { body: '' }, ann, scope, stage.now))
  assert.deepEqual([reply.status, reply.code], [400, 'IncompleteSignature'])
  assert.equal((await send(stage, inQuery)).status, 200)
  assert.equal((await send(stage, sign(request, { body: '' }, ann, scope, stage.now))).status, 200)
})

test('a signature for one service does not open another', async (t) => {
  const stage = await setStage(t)
  const ann = addUser(stage, 'ann', allow('*', '*'))
  const [request, body] = queryCall(stage, ann, { Action: 'ListUsers' }, { service: 'iam', version: '2010-05-08' })
  const headers = request.headers.map(([name, value]) => [name, value.replace('/iam/', '/sts/')] as const)
  assert.equal((await send(stage, { ...request, headers }, body)).code, 'SignatureDoesNotMatch')
  const elsewhere = await ask(stage, ann, whoami, { service: 'ec2' })
  assert.deepEqual([elsewhere.status, elsewhere.code], [400, 'UnknownService'])
})

test('parameters that try to be more than parameters are refused or ignored', async (t) => {
  const stage = await setStage(t)
  for (const params of [
    { ...whoami, __proto__x: '1', constructor: 'x' },
    { ...whoami, 'Tags.member.1': 'x' },
  ])
    assert.equal((await ask(stage, stage.sandbox, params)).status, 200)
  for (const Action of ['__proto__', 'constructor', 'toString', '<script>', 'A\r\nB'])
    assert.equal((await ask(stage, stage.sandbox, { Action })).code, 'InvalidAction', Action)
})

test('a connection that says nothing, or stops in the middle, is closed', async (t) => {
  const server = await serve(async () => ({ status: 200, headers: {} }), { idle: 80 })
  t.after(() => server.close())
  for (const bytes of ['', 'GET / HT', 'GET / HTTP/1.1\r\nHost: localhost\r\n']) {
    const begun = performance.now()
    await raw(server.port, bytes, 60_000)
    assert.ok(performance.now() - begun < 50_000, JSON.stringify(bytes))
  }
})

test('who asks before sending is refused without having to send', async (t) => {
  const stage = await setStage(t)
  const ann = { ...addUser(stage, 'ann'), accessKeyId: 'AKIAQUNKNOWNAAAAAAAA' }
  const ask100 = (key: typeof ann) => {
    const [request] = queryCall(stage, key, whoami)
    return raw(portOf(stage), asText({ ...request, headers: [...request.headers, ['Expect', '100-continue']] }))
  }
  assert.match(await ask100(ann), /^HTTP\/1\.1 403/)
  assert.match(await ask100(addUser(stage, 'ann')), /^HTTP\/1\.1 100/)
})

test('a fault inside tells callers nothing of the inside', async (t) => {
  const logged: string[] = []
  const stage = await setStage(t, { log: (line) => logged.push(line) })
  const { cloud } = stage.sandbox
  const ann = addUser(stage, 'ann', allow('iam:*', '*'))
  const { get } = cloud.groups
  cloud.users.put(`${account}/ann`, { ...(cloud.users.get(`${account}/ann`) ?? assert.fail()), groups: ['g'] })
  cloud.groups.get = () => {
    throw new Error('secret detail')
  }
  const reply = await ask(stage, ann, { Action: 'ListUsers' }, { service: 'iam' })
  cloud.groups.get = get
  assert.deepEqual([reply.status, reply.code], [500, 'InternalFailure'])
  assert.doesNotMatch(reply.text, /secret detail|\.ts/)
  assert.equal(logged.length, 1)
  assert.match(logged[0] ?? '', /secret detail/)
  assert.doesNotMatch(logged[0] ?? '', /\n/)
})

interface Child {
  readonly port: number
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly controlToken: string
  readonly kill: () => Promise<void>
}

/** A sandbox in a process of its own, on a state directory. */
function startChild(t: TestContext, directory: string): Promise<Child> {
  const index = new URL('../../src/sandbox/index.ts', import.meta.url).href
  const script = `
    const { startSandbox } = await import(${JSON.stringify(index)})
    const { randomBytes } = await import('node:crypto')
    startSandbox({ stateDirectory: process.argv[1], now: () => new Date(), randomBytes }).then(
      ({ endpoint, accessKeyId, secretAccessKey, controlToken }) =>
        console.log(JSON.stringify({ port: Number(new URL(endpoint).port), accessKeyId, secretAccessKey, controlToken })),
      ({ message }) => console.log(JSON.stringify({ message })),
    )`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script, directory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const kill = () => {
    child.kill('SIGKILL')
    return ended
  }
  t.after(kill)
  return new Promise((resolve, reject) => {
    createInterface(child.stdout).once('line', (line) => {
      const told = JSON.parse(line)
      if (told.message === undefined) resolve({ ...told, kill })
      else reject(new Error(told.message))
    })
  })
}

test('a sandbox that is killed loses nothing it answered, and keeps its directory to itself', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'mayfly-killed-'))
  t.after(() => rmSync(directory, { recursive: true, force: true }))
  const stageOf = (child: Child): Stage =>
    ({
      sandbox: { ...child, endpoint: `http://127.0.0.1:${child.port}` },
      now: new Date(),
      later: () => undefined,
    }) as unknown as Stage
  const first = await startChild(t, directory)
  const before = stageOf(first)
  await assert.rejects(startChild(t, directory), /^Error: Another sandbox is at work in /)
  const session = credentialsIn(await ask(before, first, { Action: 'GetSessionToken' }))
  const names = Array.from({ length: 40 }, (_, n) => `user-${n}`)
  const answered: string[] = []
  const creating = names.map(async (UserName) => {
    const reply = await ask(before, first, { Action: 'CreateUser', UserName }, { service: 'iam' })
    if (reply.status === 200) answered.push(UserName)
    if (answered.length === 20) await first.kill()
  })
  await Promise.allSettled(creating)
  assert.ok(answered.length >= 20)

  const second = await startChild(t, directory)
  const after = stageOf(second)
  assert.deepEqual([second.accessKeyId, second.controlToken], [first.accessKeyId, first.controlToken])
  const list = (await ask(after, second, { Action: 'ListUsers' }, { service: 'iam' })).text
  for (const name of answered) assert.ok(list.includes(`<UserName>${name}</UserName>`), name)
  assert.equal((await ask(after, session, whoami)).status, 200)
  const told = JSON.stringify((await controlCall(after, 'GET', 'requests')).answer)
  for (const name of answered) assert.ok(told.includes(`"userName":"${name}"`), name)
})
