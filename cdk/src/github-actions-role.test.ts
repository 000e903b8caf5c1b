import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Duration, type Stack } from 'aws-cdk-lib'
import { Template } from 'aws-cdk-lib/assertions'
import { findings } from '../test/findings.ts'
import { refuses } from '../test/refuses.ts'
import { trustOf } from '../test/trust.ts'
import { GitHubActionsRole, type GitHubActionsRoleProps } from './github-actions-role.ts'

const onMain = 'repo:octo/app:ref:refs/heads/main'
const make = (stack: Stack, props: Partial<GitHubActionsRoleProps> = {}) =>
  new GitHubActionsRole(stack, 'Deploy', { subjects: onMain, ...props })

test('a job on the branch gets the role, by exact subject and audience', () => {
  const host = 'token.actions.githubusercontent.com'
  const { Condition, Action } = trustOf((stack) => make(stack))
  assert.deepEqual(Condition, { StringEquals: { [`${host}:aud`]: 'sts.amazonaws.com', [`${host}:sub`]: onMain } })
  assert.equal(Action, 'sts:AssumeRoleWithWebIdentity')
})

test('several subjects, name, session and provider are written down', () => {
  const subjects = [
    'repo:octo/app:environment:prod',
    'repo:octo/app:ref:refs/tags/v1.0',
    'repo:octo-2/a.b_c:environment:x y',
  ]
  let role: GitHubActionsRole | undefined
  const { Condition } = trustOf((stack) => {
    role = make(stack, { subjects, roleName: 'deploy', maxSession: Duration.hours(2) })
  })
  assert.deepEqual(Object.values((Condition as { StringEquals: object }).StringEquals)[1], subjects)
  assert.ok(role)
  const template = Template.fromStack(role.stack)
  template.hasResourceProperties('AWS::IAM::Role', { RoleName: 'deploy', MaxSessionDuration: 7200 })
  template.hasResourceProperties('AWS::IAM::OIDCProvider', { ClientIdList: ['sts.amazonaws.com'] })
})

test('subjects that let others in are refused with the reason', () => {
  const of = (subjects: string | readonly string[], more: Partial<GitHubActionsRoleProps> = {}) => ({
    subjects,
    ...more,
  })
  refuses(make, [
    [of('repo:*'), /wildcard for its owner: anybody on GitHub/, of(onMain)],
    [of('repo:*/app:ref:refs/heads/main'), /wildcard for its owner/, of(onMain)],
    [of('repo:oct?/app:ref:refs/heads/main'), /wildcard for its owner/, of(onMain)],
    [of('repo:octo/*'), /wildcard for its repository/, of(onMain)],
    [of('repo:octo/app:*'), /may push a branch or a tag that fits/, of(onMain)],
    [of('repo:octo/app:ref:refs/tags/v*'), /Name each/, of('repo:octo/app:ref:refs/tags/v1')],
    [of(''), /names no owner and repository/, of(onMain)],
    [of([]), /subjects is empty/, of([onMain])],
    [of([onMain, 'octo/app:ref:refs/heads/main']), /names no owner and repository/, of([onMain])],
    [of('repo:octo/app'), /names no branch, tag or environment/, of('repo:octo/app:environment:app')],
    [of('repo:octo/app:environment:'), /names no branch/, of('repo:octo/app:environment:e')],
    [of('repo:octo/app:ref:main'), /names no branch/, of(onMain)],
    [
      of('repo:octo/app:pull_request'),
      /before anybody has looked at it/,
      of('repo:octo/app:pull_request', { allowPullRequests: true }),
    ],
    [of('repo:octo/app/x:ref:refs/heads/main'), /names no branch/, of(onMain)],
    [of('$' + '{Token[TOKEN.1]}'), /names no owner|known at deployment only/, of(onMain)],
  ])
})

test('cdk-nag finds nothing', () => assert.deepEqual(findings(make), []))
