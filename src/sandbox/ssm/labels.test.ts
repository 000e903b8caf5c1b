import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Ask, refused, ssmStage } from './stage.test.ts'

const labelsOf = async (ask: Ask) =>
  ((await ask('GetParameterHistory', { Name: 'a' })).Parameters as readonly { Labels: string[] }[]).map(
    ({ Labels }) => Labels,
  )
const put = (ask: Ask, Value: string) => ask('PutParameter', { Name: 'a', Type: 'String', Value, Overwrite: true })

test('a label is on one version at a time, and goes with what it is put on next', async (t) => {
  const { ask } = await ssmStage(t)
  for (const value of ['1', '2']) await put(ask, value)
  await ask('LabelParameterVersion', { Name: 'a', ParameterVersion: 1, Labels: ['live', 'old'] })
  const moved = await ask('LabelParameterVersion', { Name: 'a', Labels: ['live', '9lives', 'aws-x'] })
  assert.deepEqual(moved, { InvalidLabels: ['9lives', 'aws-x'], ParameterVersion: 2 })
  assert.deepEqual(await labelsOf(ask), [['old'], ['live']])
  await refused(
    ask('LabelParameterVersion', { Name: 'a', ParameterVersion: 3, Labels: ['x'] }),
    'ParameterVersionNotFound',
  )
  const removed = await ask('UnlabelParameterVersion', { Name: 'a', ParameterVersion: 1, Labels: ['old', 'live'] })
  assert.deepEqual(removed, { RemovedLabels: ['old'], InvalidLabels: ['live'] })
  assert.deepEqual(await labelsOf(ask), [[], ['live']])
})

test('a version has ten labels at most', async (t) => {
  const { ask } = await ssmStage(t)
  await put(ask, '1')
  const label = (...Labels: string[]) => ask('LabelParameterVersion', { Name: 'a', Labels })
  const ten = Array.from({ length: 10 }, (_, index) => `l${index}`)
  await label(...ten)
  await refused(label('one-more'), 'ParameterVersionLabelLimitExceeded')
  assert.deepEqual(await labelsOf(ask), [ten])
  await label('l3')
})

test('of more than a hundred versions the oldest goes, unless it has a label', async (t) => {
  const { ask } = await ssmStage(t)
  for (let version = 1; version <= 100; version++) await put(ask, String(version))
  await put(ask, '101')
  await refused(ask('GetParameter', { Name: 'a:1' }), 'ParameterVersionNotFound')
  await ask('LabelParameterVersion', { Name: 'a', ParameterVersion: 2, Labels: ['kept'] })
  await refused(put(ask, '102'), 'ParameterMaxVersionLimitExceeded', /Version 2, the oldest version/)
  await ask('LabelParameterVersion', { Name: 'a', ParameterVersion: 3, Labels: ['kept'] })
  assert.equal((await put(ask, '102')).Version, 102)
})
