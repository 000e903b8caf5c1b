import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { compile, parsePolicyValue, type RequestContext } from '../../policy/index.ts'
import { type Denials, denyPolicy, mostOnRole, mostOnUser } from './deny-policy.ts'

const noon = Date.UTC(2026, 10, 21, 12)
const nothing: Denials = { userIds: [], people: [], themselves: [], issuedAt: [] }

const allowAll = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] }

function documentOf(value: unknown) {
  const parsed = parsePolicyValue(value, 'identity')
  assert.ok(parsed.ok, JSON.stringify(parsed))
  return parsed.document
}

/** Whether whoever has these keys is denied; a permanent key has no time of issue. */
function denies(policy: string | undefined) {
  const documents = [allowAll, ...(policy === undefined ? [] : [JSON.parse(policy)])].map(documentOf)
  const decide = compile({ identity: documents })
  return (context: RequestContext): boolean =>
    decide({
      principal: 'arn:aws:iam::111122223333:user/ann',
      action: 's3:ListAllMyBuckets',
      resource: '*',
      context,
    }).outcome === 'explicitly-denied'
}

/** What AWS knows of a session: times of issue are whole seconds. */
const issued = (at: number, more: RequestContext = {}): RequestContext => ({
  'aws:TokenIssueTime': new Date(Math.floor(at / 1000) * 1000).toISOString().replace('.000Z', 'Z'),
  ...more,
})

test('nothing to deny is no policy', () => {
  assert.deepEqual(denyPolicy(nothing, mostOnRole), {
    policy: undefined,
    left: { userIds: [], people: [], themselves: [], issuedAt: [] },
  })
})

test('a session is denied by its user id, and its neighbour is not', () => {
  const denied = denies(denyPolicy({ ...nothing, userIds: ['AROAX:ann-s1'] }, mostOnRole).policy)
  assert.equal(denied({ 'aws:userid': 'AROAX:ann-s1' }), true)
  assert.equal(denied({ 'aws:userid': 'AROAX:ann-s2' }), false)
  assert.equal(denied({ 'aws:userid': 'AROAX:ann-s11' }), false)
})

test('nothing of the second of a revocation survives it, and what is issued in the next second does', () => {
  for (const at of [noon + 1, noon + 500, noon + 999, noon + 1000]) {
    const everybody = denies(denyPolicy({ ...nothing, before: at }, mostOnRole).policy)
    const person = denies(
      denyPolicy({ ...nothing, people: [{ sourceIdentity: 'ann', before: at }] }, mostOnRole).policy,
    )
    for (const [when, expected] of [
      [noon, true],
      [noon + 1000, false],
    ] as const) {
      assert.equal(everybody(issued(when)), expected, `${at - noon}`)
      assert.equal(person(issued(when, { 'aws:SourceIdentity': 'ann' })), expected)
      assert.equal(person(issued(when, { 'aws:SourceIdentity': 'bob' })), false)
    }
    assert.equal(everybody({}), false, 'a permanent key is none of ours')
  }
})

test("a user's session is denied by its second, and neither the permanent key nor another second is", () => {
  const denied = denies(denyPolicy({ ...nothing, issuedAt: [noon + 400] }, mostOnUser).policy)
  assert.deepEqual([issued(noon), issued(noon - 1000), issued(noon + 1000), {}].map(denied), [
    true,
    false,
    false,
    false,
  ])
})

test('somebody who is revoked twice, and people of one second, take room once', () => {
  const people = [
    { sourceIdentity: 'ann', before: noon },
    { sourceIdentity: 'ann', before: noon + 5000 },
    { sourceIdentity: 'bob', before: noon + 4500 },
  ]
  const { policy } = denyPolicy({ ...nothing, people }, mostOnRole)
  assert.equal(JSON.parse(policy ?? '').Statement.length, 1)
})

test('a full policy keeps what comes first, names what it leaves, and is no slower for it', () => {
  const userIds = Array.from({ length: 20_000 }, (_, place) => `AROAEXAMPLEEXAMPLE:ann@example.com-s${place}`)
  const { policy, left } = denyPolicy({ ...nothing, userIds }, mostOnRole)
  assert.ok(policy && policy.length <= mostOnRole && policy.length > mostOnRole - 100)
  const denied = denies(policy)
  const kept = userIds.length - left.userIds.length
  assert.equal(denied({ 'aws:userid': userIds[kept - 1] ?? '' }), true)
  assert.equal(denied({ 'aws:userid': userIds[kept] ?? '' }), false)
  assert.deepEqual(left.userIds, userIds.slice(kept))
  const issuedAt = Array.from({ length: 100 }, (_, place) => noon - place * 1000)
  const ofUser = denyPolicy({ ...nothing, issuedAt }, mostOnUser)
  assert.ok((ofUser.policy ?? '').length <= mostOnUser)
  assert.ok(ofUser.left.issuedAt.length > 0 && ofUser.left.issuedAt.length < 50)
})

test('whatever is to be denied, the policy has its size, denies what it does not leave, and nobody else', () => {
  const instant = fc.integer({ min: 0, max: 20_000 }).map((offset) => noon + offset)
  const name = fc.stringMatching(/^[\w+=,.@-]{2,64}$/)
  const denials = fc.record(
    {
      userIds: fc.uniqueArray(
        name.map((text) => `AROAX:${text}`),
        { maxLength: 12 },
      ),
      people: fc.array(fc.record({ sourceIdentity: name, before: instant }), { maxLength: 8 }),
      themselves: fc.array(fc.record({ sourceIdentity: name, before: instant }), { maxLength: 8 }),
      issuedAt: fc.array(instant, { maxLength: 8 }),
      before: instant,
    },
    { requiredKeys: ['userIds', 'people', 'themselves', 'issuedAt'] },
  )
  fc.assert(
    fc.property(denials, fc.integer({ min: 400, max: 2000 }), instant, (given, most, other) => {
      const { policy, left } = denyPolicy(given, most)
      assert.ok((policy ?? '').length <= most)
      const denied = denies(policy)
      for (const id of given.userIds) if (!left.userIds.includes(id)) assert.ok(denied({ 'aws:userid': id }))
      if (left.people.length + left.userIds.length > 0) assert.deepEqual(left.themselves, given.themselves)
      for (const { sourceIdentity, before } of [...given.people, ...given.themselves])
        if (![...left.people, ...left.themselves].some((one) => one.sourceIdentity === sourceIdentity))
          assert.ok(denied(issued(before - 1, { 'aws:SourceIdentity': sourceIdentity })))
      for (const at of given.issuedAt) if (!left.issuedAt.includes(at)) assert.ok(denied(issued(at)))
      if (given.before !== undefined) assert.ok(denied(issued(given.before - 1)))
      const second = (at: number): number => Math.floor(at / 1000)
      const spared =
        (given.before === undefined || other >= Math.ceil(given.before / 1000) * 1000) &&
        !given.issuedAt.some((at) => second(at) === second(other))
      if (spared) assert.equal(denied(issued(other, { 'aws:userid': 'X', 'aws:SourceIdentity': '!' })), false)
      assert.equal(denied({}), false)
    }),
    { numRuns: 200 },
  )
})
