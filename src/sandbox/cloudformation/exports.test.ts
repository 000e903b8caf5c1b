import assert from 'node:assert/strict'
import { test } from 'node:test'
import { named, setCloudFormationStage, template } from './stage.test.ts'

const parameter = (name: string, value: unknown) => ({
  Type: 'AWS::SSM::Parameter',
  Properties: { Name: name, Type: 'String', Value: value },
})

const exporting = (value: string | undefined) => ({
  StackName: 'base',
  TemplateBody: template(
    { Kept: parameter('/base', 'same') },
    { Outputs: value === undefined ? {} : { Shared: { Value: value, Export: { Name: 'shared' } } } },
  ),
})

const importing = (name: string) => ({
  StackName: name,
  TemplateBody: template({ Used: parameter(`/${name}`, { 'Fn::ImportValue': 'shared' }) }),
})

test('an export that other stacks use can be neither deleted nor changed, and its stack stays as it is', async (t) => {
  const { done, rest, told } = await setCloudFormationStage(t)
  await done({ Action: 'CreateStack', ...exporting('one'), ...named })
  assert.equal(await rest('base'), 'CREATE_COMPLETE')
  for (const name of ['left', 'middle', 'right']) {
    await done({ Action: 'CreateStack', ...importing(name) })
    assert.equal(await rest(name), 'CREATE_COMPLETE')
  }
  const last = async () => (await told('base')).at(-1)
  await done({ Action: 'DeleteStack', StackName: 'base' })
  assert.equal(await rest('base'), 'CREATE_COMPLETE')
  const users = 'left, middle and right'
  assert.equal(
    await last(),
    `base CREATE_COMPLETE Delete canceled. Cannot delete export shared as it is in use by ${users}.`,
  )
  const rolledBack = async () =>
    (await told('base')).findLast((line) => line.startsWith('base UPDATE_ROLLBACK_IN_PROGRESS'))
  await done({ Action: 'UpdateStack', ...exporting('two') })
  assert.equal(await rest('base'), 'UPDATE_ROLLBACK_COMPLETE')
  assert.match((await rolledBack()) ?? '', /Cannot update export shared as it is in use by left, middle and right\.$/)
  await done({ Action: 'UpdateStack', ...exporting(undefined) })
  assert.equal(await rest('base'), 'UPDATE_ROLLBACK_COMPLETE')
  assert.match((await rolledBack()) ?? '', /Delete canceled\. Cannot delete export shared as it is in use by left/)
  for (const name of ['left', 'middle']) await done({ Action: 'DeleteStack', StackName: name })
  await done({ Action: 'DeleteStack', StackName: 'base' })
  assert.match((await last()) ?? '', /^base UPDATE_ROLLBACK_COMPLETE .* as it is in use by right\.$/)
  await done({ Action: 'DeleteStack', StackName: 'right' })
  await done({ Action: 'UpdateStack', ...exporting('two') })
  assert.equal(await rest('base'), 'UPDATE_COMPLETE')
})
