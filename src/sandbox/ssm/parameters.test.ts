import assert from 'node:assert/strict'
import { test } from 'node:test'
import { measuring } from '../../../test/contracts/effort.ts'
import { allow } from '../stage.test.ts'
import { arnNamed, refused, ssmStage } from './stage.test.ts'

const theValue = ({ Parameter }: Readonly<Record<string, unknown>>) => (Parameter as { readonly Value: string }).Value

test('a parameter is read by name, ARN, version and label', async (t) => {
  const { ask } = await ssmStage(t)
  await ask('PutParameter', { Name: 'a', Type: 'String', Value: 'one' })
  await ask('PutParameter', { Name: 'a', Value: 'two', Overwrite: true })
  await ask('LabelParameterVersion', { Name: 'a', ParameterVersion: 1, Labels: ['first'] })
  for (const [Name, value] of [
    ['a', 'two'],
    ['a:1', 'one'],
    ['a:first', 'one'],
    [arnNamed('a'), 'two'],
    [`${arnNamed('a')}:1`, 'one'],
  ] as const)
    assert.equal(theValue(await ask('GetParameter', { Name })), value, Name)
  await refused(ask('GetParameter', { Name: 'a:3' }), 'ParameterVersionNotFound', /could not find version 3 of a/)
  await refused(ask('GetParameter', { Name: 'a:1:2' }), 'ValidationError')
  await refused(ask('GetParameter', { Name: 'b' }), 'ParameterNotFound')
  const told = await ask('GetParameters', { Names: ['a:1', 'b', 'a:7'] })
  assert.deepEqual(told.InvalidParameters, ['b', 'a:7'])
})

test('nobody reaches the parameter of another account, be it their root', async (t) => {
  const { ask, stranger } = await ssmStage(t)
  await ask('PutParameter', { Name: '/db/password', Type: 'SecureString', Value: 'open sesame' })
  const Name = arnNamed('db/password')
  const labels = { Labels: ['mine'], ParameterVersion: 1 }
  for (const [operation, input] of [
    ['GetParameter', { Name, WithDecryption: true }],
    ['GetParameter', { Name: `${Name}:1`, WithDecryption: true }],
    ['GetParameters', { Names: [Name], WithDecryption: true }],
    ['GetParameterHistory', { Name, WithDecryption: true }],
    ['DeleteParameter', { Name }],
    ['DeleteParameters', { Names: [Name] }],
    ['LabelParameterVersion', { Name, ...labels }],
    ['UnlabelParameterVersion', { Name, ...labels }],
    ['PutParameter', { Name, Value: 'theirs', Overwrite: true }],
    ['ListTagsForResource', { ResourceType: 'Parameter', ResourceId: Name }],
  ] as const)
    await refused(stranger(operation, input), 'AccessDenied', /is not authorized to perform: ssm:/)
  await refused(stranger('GetParameter', { Name: '/db/password' }), 'ParameterNotFound')
  assert.deepEqual((await stranger('DescribeParameters', {})).Parameters, [])
  assert.equal(theValue(await ask('GetParameter', { Name, WithDecryption: true })), 'open sesame')
})

test('a parameter is in its region', async (t) => {
  const { ask, elsewhere } = await ssmStage(t)
  await ask('PutParameter', { Name: 'a', Type: 'String', Value: 'one' })
  await refused(elsewhere('GetParameter', { Name: arnNamed('a') }), 'ParameterNotFound')
  await refused(elsewhere('DeleteParameter', { Name: arnNamed('a') }), 'ParameterNotFound')
  await elsewhere('PutParameter', { Name: 'a', Type: 'String', Value: 'other' })
  assert.equal(theValue(await ask('GetParameter', { Name: arnNamed('a') })), 'one')
})

test('what is about a parameter as a whole takes no version', async (t) => {
  const { ask } = await ssmStage(t)
  await ask('PutParameter', { Name: 'a', Type: 'String', Value: 'one' })
  await refused(ask('DeleteParameter', { Name: 'a:1' }), 'ValidationError', /^Parameter name/)
  await refused(ask('GetParameterHistory', { Name: 'a:1' }), 'ValidationError')
  await refused(ask('LabelParameterVersion', { Name: 'a:1', Labels: ['x'] }), 'ValidationError')
  assert.deepEqual((await ask('DeleteParameters', { Names: ['a:1'] })).InvalidParameters, ['a:1'])
  await ask('LabelParameterVersion', { Name: 'a', Labels: ['x'] })
  await ask('DeleteParameter', { Name: 'a' })
  await refused(ask('DeleteParameter', { Name: 'a' }), 'ParameterNotFound')
})

test('a secure parameter is sealed unless it is asked for open, and its value is in no trail', async (t) => {
  const { ask, cloud } = await ssmStage(t)
  const secure = { Name: 'a', Type: 'SecureString', Value: 'open sesame' }
  await ask('PutParameter', secure)
  await refused(ask('PutParameter', secure), 'ParameterAlreadyExists')
  assert.notEqual(theValue(await ask('GetParameter', { Name: 'a' })), 'open sesame')
  assert.equal(theValue(await ask('GetParameter', { Name: 'a', WithDecryption: true })), 'open sesame')
  const told = JSON.stringify([...cloud.calls.values()])
  assert.ok(told.includes('PutParameter') && !told.includes('open sesame'))
})

test('a policy that names one path grants nothing beside it, and tags decide', async (t) => {
  const { ask, userWith } = await ssmStage(t)
  await ask('PutParameter', { Name: '/app/a', Type: 'String', Value: '1' })
  await ask('PutParameter', {
    ...{ Name: '/other/b', Type: 'String', Value: '2' },
    Tags: [{ Key: 'team', Value: 'blue' }],
  })
  const ann = userWith(allow('ssm:*', arnNamed('app/*')))
  await ann('GetParameter', { Name: '/app/a' })
  await refused(ann('GetParameter', { Name: '/other/b' }), 'AccessDenied')
  const blue = userWith(allow('ssm:GetParameter', '*', { StringEquals: { 'aws:ResourceTag/team': 'blue' } }))
  await blue('GetParameter', { Name: '/other/b' })
  await refused(blue('GetParameter', { Name: '/app/a' }), 'AccessDenied')
  const tagging = userWith(allow('ssm:*', '*', { StringEquals: { 'aws:RequestTag/team': 'blue' } }))
  const put = { Name: 'c', Type: 'String', Value: '3' }
  await refused(tagging('PutParameter', { ...put, Tags: [{ Key: 'team', Value: 'red' }] }), 'AccessDenied')
  await tagging('PutParameter', { ...put, Tags: [{ Key: 'team', Value: 'blue' }] })
})

test('names and values are held to what Parameter Store takes', async (t) => {
  const { ask } = await ssmStage(t)
  const put = (Name: string, Value = 'v', more: object = {}) =>
    ask('PutParameter', { Name, Value, Type: 'String', ...more })
  await refused(put('a b'), 'ValidationError')
  await refused(put('a:1'), 'ValidationError')
  await refused(put('ssm-a'), 'ValidationError', /prefixed with "ssm"/)
  await refused(put('/aws/a'), 'AccessDeniedException', /reserved/)
  await refused(put('a/b'), 'ValidationError', /fully qualified/)
  await refused(put('/1'.repeat(16)), 'HierarchyLevelLimitExceededException')
  await put('/1'.repeat(15))
  await refused(put('a', ''), 'ValidationError')
  await refused(put('a', 'x'.repeat(4097)), 'ValidationError', /4096/)
  await put('a', 'x'.repeat(4096))
  await refused(put('b', 'x'.repeat(8193), { Tier: 'Advanced' }), 'ValidationError', /8192/)
  assert.equal((await put('b', 'x'.repeat(4097), { Tier: 'Intelligent-Tiering' })).Tier, 'Advanced')
  await refused(put('b', 'x', { Overwrite: true, Tier: 'Standard' }), 'ValidationError', /downgrade/)
  await refused(ask('PutParameter', { Name: 'c', Value: 'x' }), 'ValidationError', /type is required/)
})

test('an allowed pattern is held, and one that takes without end is refused in time', async (t) => {
  const { ask } = await ssmStage(t)
  const put = (Value: string, AllowedPattern: string) =>
    ask('PutParameter', { Name: 'a', Type: 'String', Value, AllowedPattern, Overwrite: true })
  await put('abc', '[a-z]+')
  await refused(put('ABC', '[a-z]+'), 'ParameterPatternMismatchException')
  await refused(put('abc!', '[a-z]+'), 'ParameterPatternMismatchException')
  await refused(put('abc', '('), 'InvalidAllowedPatternException', /not a regular expression/)
  const effort = measuring()
  await refused(put(`${'a'.repeat(60)}!`, '(a+)+$'), 'InvalidAllowedPatternException', /too long/)
  assert.ok(effort() < 2000)
  await put('a'.repeat(60), '(a+)+')
})

test('parameters are listed by path, filtered, and in pages', async (t) => {
  const { ask } = await ssmStage(t)
  for (const Name of ['/a/b', '/a/c', '/a/d/e', '/ab/c'])
    await ask('PutParameter', { Name, Type: 'String', Value: Name })
  const names = async (operation: string, input: object) =>
    ((await ask(operation, input)).Parameters as readonly { Name: string }[]).map(({ Name }) => Name)
  assert.deepEqual(await names('GetParametersByPath', { Path: '/a' }), ['/a/b', '/a/c'])
  assert.deepEqual(await names('GetParametersByPath', { Path: '/a/', Recursive: true }), ['/a/b', '/a/c', '/a/d/e'])
  const first = await ask('DescribeParameters', { MaxResults: 3 })
  const rest = await names('DescribeParameters', { NextToken: first.NextToken })
  assert.deepEqual(rest, ['/ab/c'])
  await refused(ask('DescribeParameters', { NextToken: 'zz' }), 'InvalidNextToken')
  const filtered = (Key: string, Option: string | undefined, ...Values: string[]) =>
    names('DescribeParameters', { ParameterFilters: [{ Key, ...(Option ? { Option } : {}), Values }] })
  assert.deepEqual(await filtered('Name', 'Contains', 'd/'), ['/a/d/e'])
  assert.deepEqual(await filtered('Path', 'OneLevel', '/a'), ['/a/b', '/a/c'])
  assert.deepEqual(await filtered('Path', 'Recursive', '/a'), ['/a/b', '/a/c', '/a/d/e'])
  await refused(filtered('Colour', undefined, 'x'), 'InvalidFilterKey')
  await refused(filtered('Name', 'Like', 'x'), 'InvalidFilterOption')
})

test('tags are added, listed and taken away, fifty at most', async (t) => {
  const { ask } = await ssmStage(t)
  await ask('PutParameter', { Name: 'a', Type: 'String', Value: '1', Tags: [{ Key: 'x', Value: '1' }] })
  const on = { ResourceType: 'Parameter', ResourceId: 'a' }
  await ask('AddTagsToResource', { ...on, Tags: [{ Key: 'y', Value: '2' }] })
  await ask('RemoveTagsFromResource', { ...on, TagKeys: ['x'] })
  assert.deepEqual((await ask('ListTagsForResource', on)).TagList, [{ Key: 'y', Value: '2' }])
  const many = Array.from({ length: 50 }, (_, index) => ({ Key: `k${index}`, Value: '' }))
  await refused(ask('AddTagsToResource', { ...on, Tags: many }), 'TooManyTagsError')
  await ask('AddTagsToResource', { ...on, Tags: many.slice(1) })
  await refused(ask('ListTagsForResource', { ...on, ResourceId: 'b' }), 'InvalidResourceId')
})
