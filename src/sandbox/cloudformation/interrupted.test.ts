import assert from 'node:assert/strict'
import { test } from 'node:test'
import { settleInterrupted } from './interrupted.ts'
import { putStack, stackOf } from './run.ts'
import { named, setCloudFormationStage, template, user } from './stage.test.ts'

test('a stack whose operation the end of the sandbox cut off says so, and can be rolled back', async (t) => {
  const stage = await setCloudFormationStage(t)
  const { done, rest, iam, told } = stage
  const { cloud } = stage.sandbox
  const make = (path: string) => ({
    StackName: 's',
    TemplateBody: template({ Ann: user('ann', { Path: path }) }),
    ...named,
  })
  const stackId = (await done({ Action: 'CreateStack', ...make('/a/') })).get('StackId') ?? ''
  await rest('s')
  settleInterrupted(cloud)
  assert.equal(await rest('s'), 'CREATE_COMPLETE')
  const before = stackOf({ cloud, stackId })
  await done({ Action: 'UpdateStack', ...make('/b/') })
  await rest('s')
  const after = stackOf({ cloud, stackId })
  // As it stood on the disk between the two: the property was being changed, and nobody noted that it was done.
  const resources = after.resources.map((resource) => ({ ...resource, status: 'UPDATE_IN_PROGRESS' }))
  putStack({ cloud }, { ...after, resources, status: 'UPDATE_IN_PROGRESS', before })
  settleInterrupted(cloud)
  assert.equal(await rest('s'), 'UPDATE_FAILED')
  assert.match((await told('s')).at(-1) ?? '', /UPDATE_FAILED The sandbox ended in the middle/)
  await done({ Action: 'RollbackStack', StackName: 's' })
  assert.equal(await rest('s'), 'UPDATE_ROLLBACK_COMPLETE')
  assert.match((await iam({ Action: 'GetUser', UserName: 'ann' })).text, /<Path>\/a\/<\/Path>/)
})
