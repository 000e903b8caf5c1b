import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Failure } from '../model/failure.ts'
import { readProfiles } from './read.ts'
import { type ListedRole, planSync, type SyncOptions } from './sso-profiles.ts'

const role = (accountName: string, roleName: string, accountId = '111122223333'): ListedRole => ({
  accountId,
  accountName,
  roleName,
})
const options: SyncOptions = {
  session: 'corp',
  template: '{account}.{role}',
  prune: false,
  taken: new Set(),
}
const plan = (text: string, roles: readonly ListedRole[], more: Partial<SyncOptions> = {}) =>
  planSync(text, 'config', roles, { ...options, ...more })
const usage = (error: unknown): boolean => error instanceof Failure && error.code === 'usage'

const mine = '# mine\n[profile ann]\nregion=eu-central-1   \n\n[sso-session corp]\nsso_region = us-east-1'

test('each role becomes a profile that AWS tools read, and no other byte changes', () => {
  const { text, added } = plan(mine, [role('Data Lake', 'Reader'), role('prod', 'Admin', '444455556666')], {
    region: 'eu-central-1',
  })
  assert.equal(
    text,
    `${mine}

[profile Data-Lake.Reader]
sso_session = corp
sso_account_id = 111122223333
sso_role_name = Reader
region = eu-central-1
mayfly_managed = sso:corp

[profile prod.Admin]
sso_session = corp
sso_account_id = 444455556666
sso_role_name = Admin
region = eu-central-1
mayfly_managed = sso:corp
`,
  )
  assert.deepEqual(added, ['Data-Lake.Reader', 'prod.Admin'])
})

test('a second sync of the same roles changes nothing', () => {
  const roles = [role('prod', 'Reader'), role('prod', 'Admin')]
  const once = plan(mine, roles)
  const twice = plan(once.text, roles, { prune: true })
  assert.equal(twice.text, once.text)
  assert.deepEqual([twice.added, twice.changed, twice.removed], [[], [], []])
})

test('what somebody added to a managed profile stays; what sync wrote is kept right', () => {
  const roles = [role('prod', 'Reader')]
  const { text } = plan('', roles)
  const touched = text
    .replace('111122223333', '999999999999')
    .replace('mayfly_managed', 'output = json\nmayfly_managed')
  const again = plan(touched, roles)
  assert.deepEqual(again.changed, ['prod.Reader'])
  assert.match(again.text, /output = json/)
  assert.match(again.text, /sso_account_id = 111122223333/)
})

test('only with prune, and only what this session made, goes when its role is gone', () => {
  const both = plan(mine, [role('prod', 'Reader'), role('prod', 'Admin')]).text
  const other = `${both}\n[profile other.Admin]\nmayfly_managed = sso:other\n`
  const kept = plan(other, [role('prod', 'Reader')])
  assert.equal(kept.text, other)
  assert.deepEqual([kept.vanished, kept.removed], [['prod.Admin'], []])
  const pruned = plan(other, [role('prod', 'Reader')], { prune: true })
  assert.deepEqual([pruned.vanished, pruned.removed], [[], ['prod.Admin']])
  const names = [...readProfiles({ path: 'c', text: pruned.text }, { path: 'd', text: undefined }).profiles.keys()]
  assert.deepEqual(names, ['ann', 'prod.Reader', 'other.Admin'])
  assert.ok(pruned.text.startsWith(mine))
  assert.deepEqual(plan(plan(mine, [role('a', 'b')]).text, [], { prune: true }).text.trimEnd(), mine)
})

test("somebody else's profile of the name is left alone, in either file; one free name beside it is taken", () => {
  const theirs = '[profile prod.Reader]\nrole_arn = x\n'
  const { text, blocked, added } = plan(theirs, [role('prod', 'Reader'), role('prod', 'Admin')])
  assert.deepEqual([blocked, added], [['prod.Reader'], ['prod.Admin']])
  assert.ok(text.startsWith(theirs))
  assert.deepEqual(plan('', [role('prod', 'Reader')], { taken: new Set(['prod.Reader']) }).blocked, ['prod.Reader'])
})

test('accounts of the same name are told apart by id', () => {
  const { added } = plan('', [role('prod', 'A', '111122223333'), role('prod', 'A', '444455556666'), role('dev', 'A')])
  assert.deepEqual(added, ['prod.A-111122223333', 'prod.A-444455556666', 'dev.A'])
  assert.throws(() => plan('', [role('prod', 'A'), role('prod', 'B')], { template: '{account}' }), usage)
  assert.equal(plan('', [role('prod', 'A'), role('prod', 'B')], { template: '{account}/{role}' }).added.length, 2)
})

test('a template with a part that is nothing, or of letters no name has, is refused', () => {
  for (const template of ['{acount}', '{}', 'a b', '[x]', '', 'a{account'])
    assert.throws(() => plan('', [role('prod', 'A')], { template }), usage, template)
  for (const template of ['{session}:{account_id}', 'x', '{account}@{role}'])
    assert.equal(plan('', [role('prod', 'A')], { template }).added.length, 1, template)
})

test('no name of an account can write anything but its own profile', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.stringMatching(/^[\w+=,.@-]{1,64}$/), (accountName, roleName) => {
      const { text, added } = plan(mine, [role(accountName, roleName)])
      assert.ok(text.startsWith(mine))
      const { profiles } = readProfiles({ path: 'c', text }, { path: 'd', text: undefined })
      assert.equal(profiles.size, 2)
      const made = profiles.get(added[0] ?? '')
      assert.deepEqual(
        ['sso_account_id', 'sso_role_name', 'mayfly_managed'].map((key) => made?.entries.get(key)?.value),
        ['111122223333', roleName, 'sso:corp'],
      )
    }),
  )
})
