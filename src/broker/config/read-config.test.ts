import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Failure } from '../../model/failure.ts'
import { parseConfig } from './read-config.ts'
import { configJsonSchema } from './shape.ts'

const plain = `
publicUrl: http://127.0.0.1:8484/
upstream: { region: us-east-1, profile: broker }
roles:
  admin: { arn: "arn:aws:iam::111122223333:role/admin", longest: 4h }
authenticators:
  corp: { kind: oidc, issuer: "https://idp.example.com/", clientId: mayfly }
  github: { kind: jwt, issuer: "https://token.actions.githubusercontent.com" }
grants:
  - name: developers
    to: { groups: [developers] }
    role: admin
    longest: 1h30m
    allow:
      - { actions: ["s3:Get*"], resources: ["*"] }
    hours: { days: [mon, fri], from: "08:00", to: "18:30", zone: Europe/Berlin }
access:
  admins: { ids: [eve@example.com] }
`

const faultsOf = (text: string): string[] => {
  try {
    parseConfig(text, '/etc/mayfly/mayfly.yaml')
  } catch (error) {
    assert.ok(error instanceof Failure && error.code === 'config-invalid', String(error))
    assert.match(error.hint ?? '', /mayfly broker check/)
    return error.message.split('\n')
  }
  return []
}

test('a configuration is read with its defaults', () => {
  const config = parseConfig(plain, '/etc/mayfly/mayfly.yaml')
  assert.equal(config.publicUrl, 'http://127.0.0.1:8484')
  assert.equal(config.database, 'sqlite:/etc/mayfly/ledger.sqlite')
  assert.deepEqual(config.roles.admin, {
    name: 'admin',
    arn: 'arn:aws:iam::111122223333:role/admin',
    accountId: '111122223333',
    longest: 14_400,
    revocable: true,
  })
  const [grant] = config.grants
  assert.equal(grant?.longest, 5400)
  assert.equal(grant?.usual, 3600)
  assert.deepEqual(JSON.parse(grant?.policy ?? ''), {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: ['s3:Get*'], Resource: ['*'] }],
  })
  assert.deepEqual(grant?.hours, { days: [1, 5], from: 480, to: 1110, zone: 'Europe/Berlin' })
  assert.deepEqual(
    config.authenticators.map(({ kind }) => kind),
    ['oidc', 'jwt'],
  )
  assert.deepEqual(config.access.viewers, {})
})

test('every fault is told with its line, and none is passed over', () => {
  const broken = plain
    .replace('role: admin', 'role: root')
    .replace('longest: 1h30m', 'longest: soon')
    .replace('kind: jwt', 'kind: jot')
  const faults = faultsOf(broken)
  assert.ok(
    faults.some((line) => line.startsWith('/etc/mayfly/mayfly.yaml:13: grants[0].longest: ')),
    faults.join('\n'),
  )
  assert.ok(
    faults.some((line) => line.startsWith('/etc/mayfly/mayfly.yaml:8: authenticators.github')),
    faults.join('\n'),
  )
  assert.deepEqual(faultsOf(plain.replace('role: admin', 'role: root')), [
    '/etc/mayfly/mayfly.yaml:12: grants[0].role: there is no role root',
  ])
})

test('what is missing, of another kind or no length of time is told so', () => {
  const at = (from: string, to: string): string => faultsOf(plain.replace(from, to)).join('\n')
  assert.match(at('longest: 1h30m', 'ticket: {}'), /grants\[0\]\.longest: is missing/)
  assert.match(at('longest: 1h30m', 'longest: soon'), /grants\[0\]\.longest: must be seconds, or a text such as 45m/)
  assert.match(at('kind: jwt', 'kind: jot'), /authenticators\.github\.kind: is none of the kinds there are/)
  assert.match(at('to: { groups: [developers] }', 'to: { groups: developers }'), /to\.groups: must be a list/)
  assert.match(at('to: { groups: [developers] }', 'to: developers'), /grants\[0\]\.to: must be a mapping/)
  assert.match(faultsOf('{}').join('\n'), /:1: publicUrl: is missing\n.*:1: roles: is missing/s)
})

test('logins and credentials go nowhere in the clear, but on this machine', () => {
  const at = (url: string): string => faultsOf(plain.replace('http://127.0.0.1:8484/', url)).join()
  assert.match(at('http://mayfly.example.com'), /publicUrl: must begin with https/)
  assert.match(at('http://127.0.0.1.example.com'), /publicUrl: must begin with https/)
  assert.equal(at('https://mayfly.example.com'), '')
  assert.equal(at('http://localhost:8484'), '')
})

test('a misspelt key is a fault, and so is one that stands twice', () => {
  assert.match(
    faultsOf(plain.replace('    hours:', '    houers:')).join(),
    /mayfly\.yaml:16: grants\[0\]\.houers: is no key of this place/,
  )
  assert.match(faultsOf(`${plain}\npublicUrl: http://x\n`).join(), /unique/i)
})

test('what would grant by accident is refused: nobody, an unknown authenticator, a policy IAM would not take', () => {
  assert.match(
    faultsOf(plain.replace('to: { groups: [developers] }', 'to: {}')).join(),
    /:11: grants\[0\]\.to: names nobody/,
  )
  assert.match(
    faultsOf(plain.replace('{ groups: [developers] }', '{ authenticators: [gitlab] }')).join(),
    /there is no authenticator gitlab/,
  )
  assert.match(faultsOf(plain.replace('actions: ["s3:Get*"]', 'actions: ["nonsense"]')).join(), /grants\[0\]\.allow/)
  assert.match(faultsOf(plain.replace('longest: 1h30m', 'longest: 5h')).join(), /the role admin lasts 14400 s at most/)
  assert.match(faultsOf(plain.replace('longest: 4h', 'longest: 13h')).join(), /between 15m and 12h/)
})

test('a receiver of notices is reached by https or on this machine, unless somebody says that it need not be', () => {
  const told = (more: string): string[] =>
    faultsOf(`${plain}notify:\n  - { kind: slack, url: "https://hooks.example.com/T0/secret" }\n  - { ${more} }\n`)
  for (const kind of ['kind: slack', 'kind: webhook, secretFile: secret']) {
    for (const url of [
      'https://hooks.example.com/x',
      'http://127.0.0.1:8080/x',
      'http://localhost/x',
      'http://[::1]/x',
    ])
      assert.deepEqual(told(`${kind}, url: "${url}"`), [], url)
    const [fault = '', ...more] = told(`${kind}, url: "http://hooks.example.com/T0/secret"`)
    assert.match(fault, /^\/etc\/mayfly\/mayfly\.yaml:21: notify\[1\]\.url: must begin with https.*`insecure: true`$/)
    assert.ok(!fault.includes('secret') && more.length === 0)
    for (const url of [
      'http://127.0.0.1.example.com/x',
      'http://localhost.example.com/x',
      'HTTP://hooks.example.com/x',
    ])
      assert.equal(told(`${kind}, url: "${url}"`).length, 1, url)
    assert.deepEqual(told(`${kind}, url: "http://hooks.example.com/x", insecure: true`), [])
    assert.match(told(`${kind}, url: "https://ann:word@hooks.example.com/x"`).join(), /21: .* a name or password/)
  }
})

test('aliases cannot make a small file huge', () => {
  const bomb = `a: &a [x,x,x,x,x,x,x,x,x]\n${'bcdefgh'.replace(/./g, (letter) => `${letter}: &${letter} [${`*${String.fromCharCode(letter.charCodeAt(0) - 1)},`.repeat(9)}]\n`)}`
  assert.throws(() => parseConfig(bomb, 'x.yaml'))
})

test('the JSON Schema names every key of the file', () => {
  const schema = JSON.stringify(configJsonSchema())
  for (const key of ['publicUrl', 'authenticators', 'breakGlass', 'trustedProxies', 'approvals', 'mutualTls'])
    assert.ok(schema.includes(`"${key}"`), key)
})

test('a condition that names nothing, or whose name gets lost on the way, is not everybody', () => {
  const to = (who: string): string => plain.replace('{ groups: [developers] }', who)
  assert.match(faultsOf(to('{ claims: {} }'))[0] ?? '', /:11: grants\[0\]\.to\.claims: names no claim/)
  assert.match(faultsOf(to('{ anyOf: [{ claims: {} }] }'))[0] ?? '', /:11: .*names no claim/)
  assert.match(faultsOf(plain.replace('ids: [eve@example.com]', 'claims: {}'))[0] ?? '', /:18: access\.admins\.claims/)
  for (const lost of ['{ claims: { __proto__: x } }', '{ claims: { sub: y, "__proto__": [x] } }'])
    assert.match(faultsOf(to(lost))[0] ?? '', /:11: __proto__: is no key/)
  assert.deepEqual(faultsOf(to('{ claims: { constructor: x } }')), [])
})

test('a role has one name, so that revoking it says of all its sessions what becomes of them', () => {
  const also = (arn: string): string =>
    plain.replace('authenticators:', `  also: { arn: "arn:aws:iam::${arn}" }\nauthenticators:`)
  for (const arn of ['111122223333:role/admin', '111122223333:role/path/to/Admin'])
    assert.match(faultsOf(also(arn))[0] ?? '', /:6: roles\.also\.arn: is that of admin already/)
  for (const other of ['admin2', 'chief-admin', 'login'])
    assert.deepEqual(faultsOf(also(`111122223333:role/${other}`)), [])
  assert.deepEqual(faultsOf(also('444455556666:role/admin')), [])
})
