import { Token } from 'aws-cdk-lib'
import type { Construct } from 'constructs'
import { listOf, type OneOrMore } from './exact.ts'
import { OidcRole } from './oidc-role.ts'
import { Refusal } from './refusal.ts'
import type { TrustedRoleProps } from './trusted-role.ts'

export interface GitHubActionsRoleProps extends TrustedRoleProps {
  /**
   * Which jobs get the role, exactly: `repo:OWNER/NAME:ref:refs/heads/BRANCH`, `repo:OWNER/NAME:ref:refs/tags/TAG`,
   * `repo:OWNER/NAME:environment:ENVIRONMENT` or `repo:OWNER/NAME:pull_request`. A job in an environment always bears
   * the name of the environment, not of the branch.
   */
  readonly subjects: OneOrMore
  /**
   * Allows `pull_request`: whoever can open a pull request from a branch of the repository chooses what runs there, and
   * so what is done with this role, before anybody has looked at it. Default: refused.
   */
  readonly allowPullRequests?: boolean
  /** The account's provider for GitHub; an account can have only one. Default: the stack makes it, once. */
  readonly providerArn?: string
}

/**
 * A role for jobs of GitHub Actions, without a secret in the repository: exact subjects, and the audience
 * `sts.amazonaws.com` that `aws-actions/configure-aws-credentials` asks for.
 *
 * Refuses, at synth time, wildcards in owner, repository or what follows, subjects that name no branch, tag or
 * environment, and pull requests unless they are asked for; and what TrustedRole refuses.
 *
 * @example
 * const role = new GitHubActionsRole(this, 'Deploy', {
 *   roleName: 'deploy',
 *   subjects: ['repo:octo/app:environment:production', 'repo:octo/app:ref:refs/heads/main'],
 * })
 * bucket.grantReadWrite(role)
 */
export class GitHubActionsRole extends OidcRole {
  constructor(scope: Construct, id: string, { subjects, allowPullRequests = false, ...props }: GitHubActionsRoleProps) {
    const all = listOf(subjects)
    if (all.length === 0)
      throw new Refusal(scope, 'subjects is empty: name the jobs, as in repo:OWNER/NAME:ref:refs/heads/main.')
    for (const subject of all) checkSubject(scope, subject, allowPullRequests)
    super(scope, id, {
      description: 'A role for jobs of GitHub Actions',
      ...props,
      issuer: 'https://token.actions.githubusercontent.com',
      audience: 'sts.amazonaws.com',
      subjects: all,
    })
  }
}

function checkSubject(scope: Construct, subject: string, allowPullRequests: boolean): void {
  const refuse = (reason: string): never => {
    throw new Refusal(scope, `the subject ${JSON.stringify(subject)} ${reason}`)
  }
  if (Token.isUnresolved(subject)) refuse('is known at deployment only, so nobody can look at it before: write it out.')
  const [, owner = '', name = '', where = ''] = /^repo:([^/:]*)\/?([^/:]*):?(.*)$/s.exec(subject) ?? []
  if (/[*?]/.test(owner))
    refuse('has a wildcard for its owner: anybody on GitHub can make a repository that fits, and would get this role.')
  if (/[*?]/.test(name))
    refuse('has a wildcard for its repository: whoever may make a repository there would get this role.')
  if (/[*?]/.test(where))
    refuse(
      'has a wildcard: whoever may push a branch or a tag that fits would get this role, reviewed or not. Name each.',
    )
  if (!/^[A-Za-z0-9](?:[A-Za-z0-9-]*)$/.test(owner) || !/^[\w.-]+$/.test(name))
    refuse('names no owner and repository: it begins with repo:OWNER/NAME:')
  if (where === 'pull_request') {
    if (!allowPullRequests)
      refuse(
        'lets whoever opens a pull request decide what is done with this role, before anybody has looked at it. Give ' +
          'pull requests a role of their own that can only read, and say allowPullRequests: true.',
      )
    return
  }
  if (!/^(?:ref:refs\/(?:heads|tags)\/[^\s:]+|environment:\S(?:.*\S)?)$/.test(where))
    refuse(
      'names no branch, tag or environment: it ends in ref:refs/heads/…, ref:refs/tags/…, environment:… or pull_request.',
    )
}
