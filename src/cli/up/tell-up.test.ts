import assert from 'node:assert/strict'
import { test } from 'node:test'
import { tellUp, type UpFacts, withoutSecrets } from './tell-up.ts'

const facts: UpFacts = {
  url: 'http://127.0.0.1:8484',
  configFile: '/home/ann/up/mayfly.yaml',
  awsConfigFile: '/Users/ann/Application Support/up/aws-config',
  database: 'memory:',
  hasPage: true,
  people: [{ name: 'ann', password: 'shown', groups: ['developers'] }],
  commands: ['mayfly login', 'mayfly exec', 'mayfly sessions revoke'],
  sandbox: {
    endpoint: 'http://127.0.0.1:4566',
    region: 'us-east-1',
    accountId: '111122223333',
    accessKeyId: 'AKIA',
    secretAccessKey: 'not for people to see',
    oidcIssuer: 'http://127.0.0.1:4566/_oidc',
    controlToken: 'nor this',
  },
}

test('people are told whom to sign in as and three commands, in lines that can be pasted', () => {
  const told = tellUp(facts, { style: (_, text) => text })
  assert.match(told, /^ {2}export AWS_CONFIG_FILE='\/Users\/ann\/Application Support\/up\/aws-config'$/m)
  for (const part of ['ann  shown', ...facts.commands]) assert.ok(told.includes(part), part)
})

test('where a shell would not find mayfly, the first line to paste sees to it', () => {
  const style = (_: unknown, text: string): string => text
  assert.match(
    tellUp(facts, { style }, '/src/may fly'),
    /:\n {2}export PATH='\/src\/may fly':"\$PATH"\n {2}export AWS_/,
  )
  assert.doesNotMatch(tellUp(facts, { style }), /export PATH/)
})

test('the administrator of the pretended AWS is for programs to know', () => {
  const told = tellUp(facts, { style: (_, text) => text })
  assert.ok(!told.includes(facts.sandbox.secretAccessKey) && !told.includes(facts.sandbox.controlToken))
})

test('of a database its place is told, and no secret wherever it stands', () => {
  const place = 'postgres://db.internal:5432/mayfly'
  for (const secret of [
    'postgres://ann:hush@db.internal:5432/mayfly',
    'postgres://ann:hu@sh@db.internal:5432/mayfly',
    'postgres://db.internal:5432/mayfly?user=ann&password=hush',
  ])
    assert.equal(withoutSecrets(secret), place)
  assert.equal(withoutSecrets(place), place)
  assert.equal(withoutSecrets('postgres://ann:hush@[nonsense'), 'a PostgreSQL')
  assert.equal(withoutSecrets('sqlite:/home/ann@work/ledger.sqlite'), 'sqlite:/home/ann@work/ledger.sqlite')
})
