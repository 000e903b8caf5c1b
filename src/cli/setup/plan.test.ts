import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Change } from '@aws-sdk/client-cloudformation'
import { planOf, renderPlan } from './plan.ts'

const change = (ResourceChange: Change['ResourceChange']): Change => ({ Type: 'Resource', ResourceChange })
const filled = {
  Group: { ManagedPolicyArns: ['arn:aws:iam::aws:policy/AmazonS3FullAccess'] },
  Gate: {
    PolicyDocument: {
      Version: '2012-10-17',
      Statement: { Effect: 'Deny', Action: '*', Resource: '*' },
    },
    Groups: ['Group'],
  },
  User: { UserName: 'ann', PermissionsBoundary: 'arn:aws:iam::111122223333:policy/limit' },
}

test('a new stack is told resource by resource, with what each may do', () => {
  const plan = planOf(
    [
      change({ Action: 'Add', LogicalResourceId: 'Group', ResourceType: 'AWS::IAM::Group' }),
      change({ Action: 'Add', LogicalResourceId: 'Gate', ResourceType: 'AWS::IAM::Policy' }),
      change({ Action: 'Add', LogicalResourceId: 'User', ResourceType: 'AWS::IAM::User' }),
    ],
    filled,
  )
  assert.equal(
    renderPlan(plan),
    `  + Group  AWS::IAM::Group
      grants arn:aws:iam::aws:policy/AmazonS3FullAccess
  + Gate   AWS::IAM::Policy
      denies everything on everything
      in Group
  + User   AWS::IAM::User
      never more than arn:aws:iam::111122223333:policy/limit`,
  )
  assert.deepEqual(plan[1]?.rights?.PolicyDocument, filled.Gate.PolicyDocument)
})

test('a change names its properties, and says when another resource takes the place of the first', () => {
  const modify = (Replacement: 'True' | 'False' | 'Conditional'): Change =>
    change({
      Action: 'Modify',
      LogicalResourceId: 'Key',
      ResourceType: 'AWS::IAM::AccessKey',
      PhysicalResourceId: 'AKIARTX3GSDSVBBKRTNP',
      Replacement,
      Details: [
        { Target: { Attribute: 'Properties', Name: 'UserName' } },
        { Target: { Attribute: 'Tags' } },
        { Target: { Attribute: 'Properties', Name: 'UserName' } },
      ],
    })
  const told = (one: Change): string => renderPlan(planOf([one], filled))
  assert.equal(told(modify('True')), '  ~ Key  AWS::IAM::AccessKey: Tags, UserName (another takes its place)')
  assert.match(told(modify('Conditional')), /another may take its place/)
  assert.equal(told(modify('False')), '  ~ Key  AWS::IAM::AccessKey: Tags, UserName')
})

test('what is removed grants nothing any more, and no text of AWS moves the cursor', () => {
  const removed = change({ Action: 'Remove', LogicalResourceId: 'Gate', ResourceType: 'AWS::IAM::Policy' })
  assert.equal(renderPlan(planOf([removed], filled)), '  - Gate  AWS::IAM::Policy')
  const forged = change({ Action: 'Add', LogicalResourceId: 'A\u001b[2K', ResourceType: 'AWS::S3::Bucket' })
  assert.doesNotMatch(renderPlan(planOf([forged], {})), /\u001b/)
})
