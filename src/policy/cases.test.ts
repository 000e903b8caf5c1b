import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'
import { renderCaseReport, runCases, runCasesText } from './cases.ts'

const text = readFileSync(new URL('iam-decisions.cases.json', import.meta.url), 'utf8')
const allow = { Version: '2012-10-17', Statement: { Effect: 'Allow', Action: 's3:*', Resource: '*' } }
const simple = {
  id: 'one',
  want: 'A',
  principal: 'arn:aws:iam::111111111111:user/ann',
  action: 's3:GetObject',
  resource: 'arn:aws:s3:::bkt/a.txt',
  identity: [allow],
}

const report = runCasesText(text)

test('there are 58 known decisions, and each can be asked', () => {
  assert.equal(report.results.length, 58)
  assert.deepEqual(report.faults, [])
})

for (const { id, want, got, explanation } of report.results)
  test(`known decision ${id} comes out as ${want}`, () => assert.equal(got, want, explanation.join('\n')))

test('a mismatch fails the report and explains itself', () => {
  const { passed, results } = runCases([
    { ...simple, want: 'X' },
    { ...simple, id: 'two' },
  ])
  assert.equal(passed, false)
  assert.deepEqual(
    results.map((result) => result.passed),
    [false, true],
  )
  assert.match(results[0]?.explanation.join('\n') ?? '', /Allow identity\[0\]\.Statement\[0\]: matches/)
  assert.equal(results[1]?.explanation.length, 0)
})

test('a malformed case is told with its place and path, and the others run', () => {
  const broken = {
    ...simple,
    id: 'broken',
    identity: [{ ...allow, Statement: [{ Effect: 'Maybe', Action: '*', Resource: '*' }] }],
  }
  const { passed, results, faults } = runCases([broken, simple])
  assert.equal(passed, false)
  assert.equal(results.length, 1)
  assert.deepEqual(
    faults.map(({ index, id, path }) => ({ index, id, path })),
    [{ index: 0, id: 'broken', path: '[0].identity[0].Statement[0].Effect' }],
  )
})

test('each field of a case is checked, and a full case passes', () => {
  const paths = (change: object) => runCases([{ ...simple, ...change }]).faults.map(({ path }) => path)
  assert.deepEqual(paths({ wnat: 'A' }), ['[0].wnat'])
  assert.deepEqual(paths({ want: 'allow' }), ['[0].want'])
  assert.deepEqual(paths({ want: undefined }), ['[0].want'])
  assert.deepEqual(paths({ id: undefined }), ['[0].id'])
  assert.deepEqual(paths({ racc: 111111111111 }), ['[0].racc'])
  assert.deepEqual(paths({ principal: 'ann' }), ['[0].principal'])
  assert.deepEqual(paths({ action: 's3:*' }), ['[0].action'])
  assert.deepEqual(paths({ ctx: { 'aws:username': { a: 1 } } }), ['[0].ctx.aws:username'])
  assert.deepEqual(paths({ scp: [[allow], [{}]] }), ['[0].scp[1][0].Statement'])
  assert.deepEqual(
    paths({
      ctx: { 'aws:MultiFactorAuthPresent': true, 'aws:TagKeys': ['a'] },
      scp: [[allow], allow],
      pb: allow,
      session: [allow],
    }),
    [],
  )
  assert.equal(runCases([simple, simple]).faults[0]?.path, '[1].id')
})

test('the example in docs/policy.md runs', () => {
  const page = readFileSync(new URL('../../docs/policy.md', import.meta.url), 'utf8')
  const example = /```json\n(.*?)```/s.exec(page)?.[1] ?? ''
  const { passed, results } = runCasesText(example)
  assert.deepEqual([passed, results.length], [true, 1])
})

test('a file that is no list of cases fails', () => {
  for (const value of [[], {}, null, 'x']) assert.equal(runCases(value).passed, false)
  assert.equal(runCasesText('[{').passed, false)
  assert.equal(runCasesText('[{"id":"a","id":"b"}]').faults[0]?.path, '[0].id')
})

test('RCPFullAWSAccess is there without being written, and a Deny beside it still denies', () => {
  const deny = {
    Version: '2012-10-17',
    Statement: { Effect: 'Deny', Principal: '*', Action: 's3:DeleteObject', Resource: '*' },
  }
  assert.equal(runCases([{ ...simple, rcp: [deny] }]).passed, true)
  assert.equal(runCases([{ ...simple, rcp: [deny], action: 's3:DeleteObject', want: 'X' }]).passed, true)
})

test('whatever JSON a file holds, the report is a report and its lines are lines', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.jsonValue(),
        fc.array(fc.dictionary(fc.constantFrom(...Object.keys(simple), 'rp', 'ctx'), fc.jsonValue())),
      ),
      (value) => {
        const found = runCases(value)
        for (const line of renderCaseReport(found)) assert.ok(!line.includes('\n'))
      },
    ),
  )
})
