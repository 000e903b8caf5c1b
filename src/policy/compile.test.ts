import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { compile } from './compile.ts'
import type { PolicyDocument, Statement } from './document.ts'
import { explain } from './explain.ts'
import type { AccessQuestion, PolicySet } from './question.ts'

const account = '111111111111'
const ann = `arn:aws:iam::${account}:user/ann`
const session = `arn:aws:sts::${account}:assumed-role/dev/ann`
const role = `arn:aws:iam::${account}:role/dev`
const bob = `arn:aws:sts::${account}:federated-user/bob`

const action = fc.constantFrom(['*'], ['s3:*'], ['s3:Get*', 'ec2:*'], ['s3:PutObject'], ['sts:*'])
const resource = fc.constantFrom(
  ['*'],
  ['arn:aws:s3:::bkt/*'],
  ['arn:aws:s3:::bkt/a'],
  [`arn:aws:iam::${account}:role/*`],
)
const values = fc.subarray(['true', 'false', 'x'], { minLength: 1 })
const operator = fc.constantFrom(
  'StringEquals',
  'StringNotEquals',
  'BoolIfExists',
  'ForAllValues:StringEquals',
  'ForAnyValue:StringLike',
  'Null',
)
const condition = fc.record({ operator, key: fc.constantFrom('aws:k', 'aws:l'), values })
const pick = <Name extends string>(name: Name, not: string, from: fc.Arbitrary<readonly string[]>) =>
  fc.tuple(fc.boolean(), from).map(([plain, listed]) => (plain ? { [name]: listed } : { [not]: listed }))

const bare = (effect: fc.Arbitrary<Statement['effect']>): fc.Arbitrary<Statement> =>
  fc
    .tuple(
      effect,
      pick('action', 'notAction', action),
      pick('resource', 'notResource', resource),
      fc.array(condition, { maxLength: 2 }),
    )
    .map(([one, acts, on, conditions]) => ({ effect: one, ...acts, ...on, conditions }))
const either = fc.constantFrom<Statement['effect']>('Allow', 'Allow', 'Deny')
const names = fc.subarray([ann, session, role, bob, account, '*', '222222222222'], { minLength: 1 })
const named = (effect: fc.Arbitrary<Statement['effect']>): fc.Arbitrary<Statement> =>
  fc.tuple(bare(effect), names).map(([statement, aws]) => ({ ...statement, principal: { aws } }))

const documentOf = (statement: fc.Arbitrary<Statement>): fc.Arbitrary<PolicyDocument> =>
  fc.array(statement, { maxLength: 3 }).map((statements) => ({ version: '2012-10-17', statements }))
const documents = fc.array(documentOf(bare(either)), { minLength: 1, maxLength: 2 })

const policySet: fc.Arbitrary<PolicySet> = fc.record(
  {
    identity: documents,
    resource: documentOf(named(either)),
    boundary: documents,
    session: documents,
    scp: fc.array(documents, { minLength: 1, maxLength: 2 }),
    rcp: fc.array(fc.array(documentOf(named(either)), { minLength: 1, maxLength: 1 }), { minLength: 1, maxLength: 2 }),
    endpoint: documentOf(named(either)),
  },
  { requiredKeys: [] },
)

const question: fc.Arbitrary<AccessQuestion> = fc.record(
  {
    principal: fc.constantFrom(ann, session, bob, `arn:aws:iam::${account}:root`, 'ec2.amazonaws.com', '*'),
    action: fc.constantFrom(
      's3:GetObject',
      's3:PutObject',
      'sts:AssumeRole',
      'sts:GetSessionToken',
      'ec2:RunInstances',
    ),
    resource: fc.constantFrom('*', 'arn:aws:s3:::bkt/a', 'arn:aws:s3:::bkt/b', `arn:aws:iam::${account}:role/target`),
    resourceAccount: fc.constantFrom(account, '222222222222'),
    context: fc.dictionary(fc.constantFrom('aws:k', 'AWS:L'), fc.oneof(fc.constantFrom('true', 'false', 'x'), values)),
  },
  { requiredKeys: ['principal', 'action', 'resource', 'context'] },
)

const allowed = (policies: PolicySet, asked: AccessQuestion) => compile(policies)(asked).outcome === 'allowed'
const runs = { numRuns: 1500 }

test('a Deny added anywhere never widens', () => {
  const deny = fc.constant<Statement['effect']>('Deny')
  const where = fc.constantFrom('identity', 'boundary', 'session', 'resource', 'endpoint', 'scp', 'rcp')
  fc.assert(
    fc.property(policySet, question, where, bare(deny), named(deny), (policies, asked, type, plain, naming) => {
      const added = (one: PolicyDocument | undefined, statement: Statement): PolicyDocument => ({
        version: '2012-10-17',
        statements: [...(one?.statements ?? []), statement],
      })
      const wider: PolicySet =
        type === 'resource' || type === 'endpoint'
          ? policies[type] === undefined
            ? policies
            : { ...policies, [type]: added(policies[type], naming) }
          : type === 'scp' || type === 'rcp'
            ? {
                ...policies,
                ...(policies[type] && {
                  [type]: [
                    [...(policies[type][0] ?? []), added(undefined, type === 'scp' ? plain : naming)],
                    ...policies[type].slice(1),
                  ],
                }),
              }
            : { ...policies, ...(policies[type] && { [type]: [...policies[type], added(undefined, plain)] }) }
      if (allowed(wider, asked)) assert.ok(allowed(policies, asked))
    }),
    runs,
  )
})

test('a session policy never widens, but for the federated user who has nothing without one', () => {
  fc.assert(
    fc.property(policySet, question, documents, (policies, asked, added) => {
      fc.pre(policies.session === undefined && !asked.principal.includes('federated-user'))
      if (allowed({ ...policies, session: added }, asked)) assert.ok(allowed(policies, asked))
    }),
    runs,
  )
})

test('an empty session policy leaves nothing but what a resource policy grants the caller itself', () => {
  fc.assert(
    fc.property(policySet, question, (policies, asked) => {
      fc.pre(asked.principal.includes(':') && asked.action !== 'sts:GetSessionToken')
      const clipped = { ...policies, session: [] }
      if (!allowed(clipped, asked)) return
      const { statements } = explain(clipped, asked)
      assert.ok(
        statements.some(({ ref, matched, principal }) => ref.type === 'resource' && matched && principal === 'direct'),
      )
    }),
    runs,
  )
})

test('a boundary never widens', () => {
  fc.assert(
    fc.property(policySet, question, documents, (policies, asked, boundary) => {
      const { boundary: _, ...without } = policies
      if (allowed({ ...without, boundary }, asked)) assert.ok(allowed(without, asked))
    }),
    runs,
  )
})

test('the order of statements and documents never matters', () => {
  fc.assert(
    fc.property(policySet, question, (policies, asked) => {
      const turned = (one: PolicyDocument): PolicyDocument => ({ ...one, statements: one.statements.toReversed() })
      const flip = (listed: readonly PolicyDocument[]) => listed.map(turned).toReversed()
      const { identity, resource, boundary, session: passed, scp, rcp, endpoint } = policies
      const reversed: PolicySet = {
        ...(identity && { identity: flip(identity) }),
        ...(resource && { resource: turned(resource) }),
        ...(boundary && { boundary: flip(boundary) }),
        ...(passed && { session: flip(passed) }),
        ...(scp && { scp: scp.map(flip).toReversed() }),
        ...(rcp && { rcp: rcp.map(flip).toReversed() }),
        ...(endpoint && { endpoint: turned(endpoint) }),
      }
      const [one, other] = [compile(policies)(asked), compile(reversed)(asked)]
      assert.equal(one.outcome, other.outcome)
      assert.equal(one.silent, other.silent)
      assert.equal(one.deciding.length, other.deciding.length)
    }),
    runs,
  )
})

test('an explanation agrees with the verdict: what decided matched, and every Deny that matched decided', () => {
  fc.assert(
    fc.property(policySet, question, (policies, asked) => {
      const { verdict, statements } = explain(policies, asked)
      assert.deepEqual(verdict, compile(policies)(asked))
      const matched = statements.filter((one) => one.matched)
      for (const ref of verdict.deciding)
        assert.ok(
          matched.some(
            (one) =>
              one.ref.type === ref.type && one.ref.document === ref.document && one.ref.statement === ref.statement,
          ),
        )
      const denies = matched.filter(({ statement }) => statement.effect === 'Deny')
      assert.equal(verdict.outcome === 'explicitly-denied', denies.length > 0)
      if (denies.length > 0) assert.equal(verdict.deciding.length, denies.length)
    }),
    runs,
  )
})
