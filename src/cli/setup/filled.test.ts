import assert from 'node:assert/strict'
import { test } from 'node:test'
import { filledResources } from './filled.ts'
import roleTemplate from './role.template.data.json' with { type: 'json' }
import userTemplate from './user.template.data.json' with { type: 'json' }

const pseudo = { 'AWS::AccountId': '111122223333', 'AWS::Partition': 'aws-cn' }
const s3 = 'arn:aws-cn:iam::aws:policy/AmazonS3FullAccess'

test('parameters that are given are filled in, and properties without a value are not there', () => {
  const given = { UserName: 'ann', ManagedPolicyArns: `${s3},${s3}2`, Path: '/people/' }
  const { Group, Gate, User } = filledResources(
    { template: JSON.stringify(userTemplate), parameters: given },
    {},
    pseudo,
  )
  assert.deepEqual(Group, { ManagedPolicyArns: [s3, `${s3}2`], Path: '/people/' })
  assert.deepEqual(User, { Groups: ['Group'], Path: '/people/', UserName: 'ann' })
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a policy variable
  assert.ok(JSON.stringify(Gate).includes('arn:aws-cn:iam::*:user/people/${aws:username}'))
})

test('what is not given keeps its value, and before that the default', () => {
  const fill = (previous: Record<string, string>) =>
    filledResources({ template: JSON.stringify(roleTemplate), parameters: { RoleName: 'reader' } }, previous, pseudo)
      .Role
  const boundary = 'arn:aws-cn:iam::111122223333:policy/limit'
  assert.equal(fill({ PermissionsBoundaryArn: boundary })?.PermissionsBoundary, boundary)
  assert.equal(fill({})?.PermissionsBoundary, undefined)
  assert.equal(fill({})?.Path, '/')
  assert.match(JSON.stringify(fill({})), /"AWS":"arn:aws-cn:iam::111122223333:root"/)
})

test('no function is left in what the templates of setup give', () => {
  for (const template of [userTemplate, roleTemplate])
    assert.doesNotMatch(
      JSON.stringify(filledResources({ template: JSON.stringify(template), parameters: {} }, {}, pseudo)),
      /"(Ref|Fn::\w+)"/,
    )
})
