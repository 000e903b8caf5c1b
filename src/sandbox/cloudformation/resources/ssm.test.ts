import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parametersOf } from '../../ssm/state.ts'
import { account } from '../../stage.test.ts'
import type { Properties } from '../resource-type.ts'
import { existing, refusedWith, resourceStage, typeOf } from './stage.test.ts'

const type = typeOf('AWS::SSM::Parameter')
const arnOf = (name: string): string => `arn:aws:ssm:us-east-1:${account}:parameter/${name}`

test('a parameter is made, changed in place, tagged, and removed', async (t) => {
  const { cloud, at } = await resourceStage(t)
  const first: Properties = { Name: 'a', Type: 'String', Value: '1', Description: 'one', Tags: { kind: 'x' } }
  const made = await type.create(first, at)
  assert.deepEqual(made, { id: 'a', attributes: { Type: 'String', Value: '1' } })
  const find = () => parametersOf(cloud).get(arnOf('a'))
  assert.deepEqual([find()?.tags, find()?.versions[0]?.description], [{ team: 'blue', kind: 'x' }, 'one'])
  assert.deepEqual(type.replacedBy, ['Name'])

  const second: Properties = { Name: 'a', Type: 'StringList', Value: '1,2', Tags: { level: 3 } }
  const changed = await type.update(second, existing(made, first), at)
  assert.deepEqual(changed.attributes, { Type: 'StringList', Value: '1,2' })
  assert.deepEqual([find()?.tags, find()?.versions.length], [{ team: 'blue', level: '3' }, 2])

  const third: Properties = { ...second, Tags: { level: 4 } }
  await type.update(third, existing(changed, second), { ...at, tags: {} })
  assert.deepEqual([find()?.tags, find()?.versions.length], [{ level: '4' }, 2])

  await type.remove(existing(changed, third), at)
  assert.equal(find(), undefined)
  await type.remove(existing(changed, third), at)
})

test('a parameter without a name gets one', async (t) => {
  const { at } = await resourceStage(t)
  const { id } = await type.create({ Type: 'String', Value: '1' }, at)
  assert.match(id, /^CFN-stack-Thing-/)
})

test('no secret is made from a template, and nothing Parameter Store would refuse', async (t) => {
  const { cloud, at } = await resourceStage(t)
  const properties = { Name: 'a', Type: 'SecureString', Value: '1' }
  await refusedWith(type.create(properties, at), 'ValidationError', /#\/Type: SecureString is not a valid enum value/)
  const plain = { ...properties, Type: 'String' }
  await refusedWith(type.create({ ...plain, Policies: '[]' }, at), 'ValidationError', /unsupported property Policies/)
  await refusedWith(type.create({ ...plain, AllowedPattern: '[a-z]' }, at), 'ParameterPatternMismatchException')
  await refusedWith(type.create({ ...plain, Type: 'Text' }, at), 'ValidationError', /enum value set/)
  assert.equal(parametersOf(cloud).size, 0)
  const made = await type.create(plain, at)
  await refusedWith(type.create(plain, at), 'ParameterAlreadyExists')
  await refusedWith(type.update(properties, existing(made, plain), at), 'ValidationError', /SecureString/)
})

test('nobody makes through a stack what they may not', async (t) => {
  const { at, nobody, without } = await resourceStage(t)
  await refusedWith(type.create({ Type: 'String', Value: '1' }, without(nobody)), 'AccessDenied', /ssm:PutParameter/)
  await type.create({ Type: 'String', Value: '1' }, at)
})
