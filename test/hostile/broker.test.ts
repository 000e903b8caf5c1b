import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { callIam } from '../../src/broker/aws/call-iam.ts'
import { account, configText, person } from '../contracts/broker-stage.ts'
import { postgresSkip, startPostgres } from '../contracts/postgres.ts'
import { type RunningBroker, runningBroker } from '../contracts/running-broker.ts'

const ann = person('ann', ['developers'])
const bob = person('bob', ['leads'])
const eve = person('eve', ['security'])
const root = join(import.meta.dirname, '..', '..')

const codeOf = (answer: { readonly body: { readonly error?: { readonly code: string } } }): string | undefined =>
  answer.body?.error?.code

describe('somebody who wants more than they are granted', () => {
  test('forges groups into their login, and is nobody', async (t) => {
    const { call, tokenOf } = await runningBroker(t)
    const token = await tokenOf(ann)
    const [head = '', payload = '', signature = ''] = token.split('.')
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString())
    const text = JSON.stringify(claims).replaceAll('developers', 'security')
    assert.notEqual(text, JSON.stringify(claims))
    const forged = Buffer.from(text).toString('base64url')
    const none = Buffer.from('{"alg":"none","typ":"mayfly-login+jwt"}').toString('base64url')
    for (const bad of [`${head}.${forged}.${signature}`, `${none}.${forged}.`, `${head}.${forged}.`])
      assert.equal((await call('/v1/revocations', { token: bad })).status, 401)
    assert.equal((await call('/v1/revocations', { token })).status, 403)
    assert.equal((await call('/v1/revocations', { token: await tokenOf(eve) })).status, 200)
  })

  test('asks with a policy that widens, and gets what the grant allows and no more', async (t) => {
    const running = await runningBroker(t, {
      config: configText().replace(
        'role: reader, longest: 4h }',
        'role: reader, longest: 4h, allow: [{ actions: ["iam:ListAccountAliases"], resources: ["*"] }] }',
      ),
    })
    const { stage, call, tokenOf } = running
    const policy = JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }],
    })
    const token = await tokenOf(ann)
    const wide = await call('/v1/sessions', { token, body: { role: 'reader', policy } })
    assert.equal(wide.status, 201, wide.text)
    const use = (action: string) =>
      callIam(stage.parts.aws, { action, params: {}, key: wide.body.credentials, now: stage.now }).then(
        () => 'done',
        (error: Error) => error.message,
      )
    assert.match(await use('ListUsers'), /no session policy allows/)
    assert.equal(await use('ListAccountAliases'), 'done')
    const broken = await call('/v1/sessions', { token, body: { role: 'reader', policy: '{"Statement":"*"}' } })
    assert.equal(codeOf(broken), 'policy-malformed')
  })

  test('names roles by paths, wildcards and members of every object, and gets none', async (t) => {
    const { call, tokenOf } = await runningBroker(t)
    const token = await tokenOf(ann)
    const tricks = ['../reader', 'reader/../admin', 'reader\0', ' reader', 'READER', '*', '', 'readers']
    const members = ['__proto__', 'constructor', 'toString', 'hasOwnProperty']
    const arns = [`arn:aws:iam::${account}:role/*`, `arn:aws:iam::${account}:role/../reader`]
    for (const role of [...tricks, ...members, ...arns]) {
      const refused = await call('/v1/sessions', { token, body: { role } })
      assert.ok(['no-grant', 'malformed'].includes(codeOf(refused) ?? ''), `${role}: ${refused.text}`)
    }
    assert.equal((await call('/v1/sessions', { token, body: { role: 'reader' } })).status, 201)
    const arn = `arn:aws:iam::${account}:role/reader`
    assert.equal((await call('/v1/sessions', { token, body: { role: arn } })).status, 201)
  })

  test('pollutes prototypes with the body, and nothing comes of it', async (t) => {
    const { call, tokenOf } = await runningBroker(t)
    const token = await tokenOf(ann)
    for (const body of [
      '{"role":"admin","__proto__":{"breakGlass":true,"requestId":"r","reason":"x"}}',
      '{"role":"admin","constructor":{"prototype":{"breakGlass":true}}}',
      '{"__proto__":{"role":"reader"}}',
    ])
      assert.notEqual((await call('/v1/sessions', { token, body })).status, 201, body)
    assert.equal(Object.hasOwn(Object.prototype, 'breakGlass'), false)
    assert.equal((await call('/v1/sessions', { token, body: { role: 'reader' } })).status, 201)
  })

  test('approves what they asked for by another authenticator, or twice by two, and it does not count', async (t) => {
    const ways = configText().replace(
      /^ {2}corp: .*$/m,
      '$&\n  saml: { kind: aws, accounts: ["111122223333"] }\n  ci: { kind: aws, accounts: ["111122223333"] }',
    )
    const { call, tokenOf } = await runningBroker(t, { config: ways.replace('count: 1', 'count: 2') })
    const asker = person('ann', ['developers', 'leads'])
    const body = { role: 'admin', reason: 'deploy' }
    const asked = await call('/v1/requests', { token: await tokenOf(asker), body })
    assert.equal(asked.status, 201, asked.text)
    const vote = async (who: typeof ann) =>
      call(`/v1/requests/${asked.body.id}/votes`, { token: await tokenOf(who), body: { approve: true } })
    const other = { authenticator: 'saml', groups: ['leads'] }
    assert.equal((await vote(asker)).status, 403)
    assert.equal((await vote({ ...asker, ...other, id: 'saml:ann', name: 'Ann@Example.com' })).status, 403)
    assert.equal((await vote(bob)).body.state, 'waiting')
    assert.equal((await vote(bob)).status, 403)
    assert.equal((await vote({ ...bob, ...other, id: 'saml:bob', name: 'BOB@example.com' })).status, 403)
    assert.equal((await vote({ ...bob, kind: 'workload', id: 'ci:bot', name: 'bot' })).status, 403)
    assert.equal((await vote(person('carla', ['leads']))).body.state, 'approved')
    const token = await tokenOf(asker)
    const use = () => call('/v1/sessions', { token, body: { ...body, requestId: asked.body.id } })
    const [first, second] = await Promise.all([use(), use()])
    assert.deepEqual([first.status, second.status].sort(), [201, 403], 'an approval is used once')
  })

  test('says to come from elsewhere, and is where their connection is', async (t) => {
    const inside = configText().replace(
      'role: reader, longest: 4h }',
      'role: reader, longest: 4h, networks: [10.0.0.0/8] }',
    )
    const { call, tokenOf, stage } = await runningBroker(t, { config: inside })
    const token = await tokenOf(ann)
    const headers = { 'X-Forwarded-For': '10.1.2.3', Forwarded: 'for=10.1.2.3', 'X-Real-IP': '10.1.2.3' }
    const asked = { token, headers, body: { role: 'reader' } }
    assert.equal(codeOf(await call('/v1/sessions', asked)), 'outside-network')
    assert.ok(stage)
    const here = await runningBroker(t, { config: inside.replace('10.0.0.0/8', '127.0.0.0/8') })
    const issued = await here.call('/v1/sessions', { ...asked, token: await here.tokenOf(ann) })
    assert.equal(issued.body.session.sourceIp, '127.0.0.1')
  })
})

describe('somebody who listens', () => {
  test('cannot tell what there is from what there is not', async (t) => {
    const { call, tokenOf } = await runningBroker(t)
    const [anns, carls] = [await tokenOf(ann), await tokenOf(person('carl', ['strangers']))]
    const { session } = (await call('/v1/sessions', { token: anns, body: { role: 'reader' } })).body
    const asked = await call('/v1/requests', { token: anns, body: { role: 'admin', reason: 'x' } })
    const unknown = session.id.replace(/.$/, (last: string) => (last === 'a' ? 'b' : 'a'))
    const pairs: readonly (readonly [string, string, ((id: string) => unknown)?])[] = [
      [`/v1/sessions/${session.id}`, `/v1/sessions/${unknown}`],
      [`/v1/requests/${asked.body.id}/votes`, '/v1/requests/raaaaaaaaaaaaaaaaaa/votes', () => ({ approve: true })],
    ]
    for (const [there, absent, body] of pairs) {
      const [one, two] = [
        await call(there, { token: carls, ...(body ? { body: body(there) } : {}) }),
        await call(absent, { token: carls, ...(body ? { body: body(absent) } : {}) }),
      ]
      assert.deepEqual([one.status, one.text], [two.status, two.text])
    }
    const revoke = (sessionId: string) =>
      call('/v1/revocations', { token: carls, body: { target: { kind: 'session', sessionId }, reason: 'x' } })
    assert.equal((await revoke(session.id)).text, (await revoke(unknown)).text)
    const roles = ['reader', 'nonesuch'].map((role) => call('/v1/sessions', { token: carls, body: { role } }))
    const [known, other] = await Promise.all(roles)
    assert.equal(known?.text.replace('reader', ''), other?.text.replace('nonesuch', ''))
    assert.deepEqual((await call('/v1/grants', { token: carls })).body, [])
  })

  test('finds no secret in a log, a row or an answer but the one it is handed in', async (t) => {
    const { call, tokenOf, log, stage, broker } = await runningBroker(t)
    const tokens = await Promise.all([ann, bob, eve].map(tokenOf))
    const [token = '', , admin = ''] = tokens
    const issued = await call('/v1/sessions', { token, body: { role: 'reader', reason: token, ticket: 'T-1' } })
    assert.equal(issued.headers.get('cache-control'), 'no-store')
    const { secretAccessKey, sessionToken } = issued.body.credentials
    stage.between = async () => Promise.reject(new Error(`not there: ${sessionToken}`))
    await call('/v1/sessions', { token, body: { role: 'foreign' } })
    stage.between = undefined
    await call('/v1/sessions?cursor=x', { token })
    await call('/v1/revocations', { token: admin, body: { target: { kind: 'everything' }, reason: 'x' } })
    const key = await stage.parts.aws.key()
    const told: string[] = [...log]
    for (const path of ['/v1/sessions', '/v1/alerts', '/v1/revocations', '/metrics', '/openapi.json'])
      told.push((await call(path, { token: admin })).text)
    for await (const row of broker.ledger.events()) told.push(JSON.stringify(row))
    const all = told.join('\n').replaceAll(token, (found, at: number, whole: string) =>
      // What somebody writes as their reason is theirs.
      whole.slice(at - 10, at) === '"reason":"' ? '' : found,
    )
    for (const secret of [secretAccessKey, sessionToken, key.secretAccessKey, ...tokens])
      assert.ok(!all.includes(secret), 'a secret was told')
    assert.ok(all.includes(issued.body.credentials.accessKeyId), 'what is no secret was')
  })
})

describe('somebody who writes what others read', () => {
  const script = '</script><script>alert(1)</script>'

  test('writes a script, and it comes back as text that nothing runs', async (t) => {
    const { call, tokenOf } = await runningBroker(t)
    const [anns, bobs, eves] = [await tokenOf(ann), await tokenOf(bob), await tokenOf(eve)]
    const asked = await call('/v1/requests', { token: anns, body: { role: 'admin', reason: script } })
    const { session } = (await call('/v1/sessions', { token: anns, body: { role: 'reader', reason: script } })).body
    for (const [path, token] of [
      ['/v1/requests', bobs],
      ['/v1/sessions', eves],
      [`/v1/sessions/${session.id}`, eves],
    ] as const) {
      const answer = await call(path, { token })
      assert.match(answer.headers.get('content-type') ?? '', /^application\/json/)
      assert.equal(answer.headers.get('x-content-type-options'), 'nosniff')
      assert.match(answer.headers.get('content-security-policy') ?? '', /script-src 'self';/)
      assert.ok(JSON.stringify(answer.body).includes(JSON.stringify(script).slice(1, -1)))
    }
    for (const path of [`/v1/${script}`, `/device?user_code=${encodeURIComponent(script)}`, `/${script}`])
      assert.ok(!(await call(path)).text.includes('<script>alert'), path)
    assert.equal(asked.status, 201)
  })

  test('writes line ends and escapes, and every line of the log stays one, without what looks like a secret', () => {
    const nasty = `x\n{"level":"info","msg":"forged"}\r\n\u001b[2J\u2028\0 IQoJb3JpZ2luX2VjE${'a'.repeat(300)}`
    const code = `import { brokerLog } from './src/cli/broker/logger.ts'
      const nasty = ${JSON.stringify(nasty)}
      const log = brokerLog('info')
      log('info', nasty, { because: nasty, path: nasty, token: 'sesame', deep: { sessionToken: 'sesame' } })
      log('warn', 'key ' + 'A'.repeat(40))`
    const { stderr, status } = spawnSync(process.execPath, ['--input-type=module', '-e', code], {
      cwd: root,
      encoding: 'utf8',
    })
    assert.equal(status, 0, stderr)
    const lines = stderr.trimEnd().split('\n')
    assert.equal(lines.length, 2)
    for (const line of lines) assert.ok(JSON.parse(line).level)
    assert.doesNotMatch(stderr, /[\r\u001b\0]|sesame|a{100}|A{40}/)
    assert.match(stderr, /forged/, 'it is told, on its line')
  })

  const nasties = [
    "' OR 1=1 --",
    "x'); DROP TABLE event;--",
    '%',
    '_',
    '\\',
    '\0',
    'a\0b',
    '\ud800',
    '\u202e',
    '$1',
    '?',
  ]

  const searches = async (running: RunningBroker): Promise<void> => {
    const { call, tokenOf } = running
    const [anns, eves] = [await tokenOf(ann), await tokenOf(eve)]
    for (const nasty of nasties) {
      const text = encodeURIComponent(nasty.toWellFormed())
      for (const path of [`text=${text}`, `principal=${text}`, `role=${text}`, `account=${text}`, `cursor=${text}`])
        assert.ok(
          [200, 400].includes((await call(`/v1/sessions?${path}`, { token: eves })).status),
          `${path} of a list`,
        )
      for (const path of [`/v1/sessions/${text}`, `/v1/revocations/${text}`])
        assert.equal((await call(path, { token: eves })).status, 404, path)
      const odd = { role: 'reader', reason: nasty, ticket: nasty }
      const issued = await call('/v1/sessions', { token: anns, body: odd })
      assert.equal(issued.status, 201, issued.text)
      const found = await call(`/v1/sessions/${issued.body.session.id}`, { token: anns })
      assert.equal(found.body.session.reason, nasty)
      const target = { kind: 'principal', principalId: nasty }
      assert.equal((await call('/v1/revocations', { token: eves, body: { target, reason: nasty } })).status, 200)
    }
    const { items } = (await call('/v1/sessions?live=true', { token: eves })).body
    assert.equal(items.length, nasties.length, 'none was revoked by a name that is nobody’s')
    const theirs = (await call('/v1/sessions', { token: await tokenOf(person('ann\0', ['developers'])) })).body
    assert.deepEqual(theirs.items, [], 'one principal is not another')
  }

  test('writes what databases choke on, to SQLite', async (t) => searches(await runningBroker(t)))

  test('writes what databases choke on, to PostgreSQL', { skip: postgresSkip }, async (t) => {
    const postgres = await startPostgres()
    t.after(postgres.stop)
    await searches(await runningBroker(t, { database: await postgres.database() }))
  })
})
