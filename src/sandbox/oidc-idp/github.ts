/** Who issues the tokens of GitHub Actions. */
export const gitHubIssuer = 'https://token.actions.githubusercontent.com'

/**
 * The claims GitHub Actions gives a job, from what its `sub` says: `repo:octo/app:ref:refs/heads/main`,
 * `repo:octo/app:environment:prod` or `repo:octo/app:pull_request`; undefined for any other text. See "OpenID Connect
 * reference" in GitHub's documentation.
 */
export function gitHubClaims(sub: string): { readonly sub: string; readonly [claim: string]: string } | undefined {
  const found =
    /^(?:repo:)?([\w.-]+)\/([\w.-]+):(?:ref:(refs\/(heads|tags)\/.+)|environment:(.+)|(pull_request))$/.exec(sub)
  if (!found) return undefined
  const [, owner = '', name = '', ref = 'refs/heads/main', kind = 'heads', environment, pull] = found
  const repository = `${owner}/${name}`
  return {
    sub: sub.startsWith('repo:') ? sub : `repo:${sub}`,
    ...{ repository, repository_owner: owner, repository_id: '74', repository_owner_id: '65' },
    ...{
      repository_visibility: 'private',
      actor: owner,
      actor_id: '12',
      workflow: 'deploy',
      base_ref: '',
      head_ref: '',
    },
    ...(pull
      ? { ref: 'refs/pull/1/merge', ref_type: 'branch' }
      : { ref, ref_type: kind === 'tags' ? 'tag' : 'branch' }),
    ...(environment ? { environment } : {}),
    ...{ event_name: pull ? 'pull_request' : 'push', sha: '10e27b4a0d5c1e7f6a8b9c0d1e2f3a4b5c6d7e8f' },
    ...{ run_id: '1', run_number: '1', run_attempt: '1', runner_environment: 'github-hosted' },
    job_workflow_ref: `${repository}/.github/workflows/deploy.yml@${pull ? 'refs/pull/1/merge' : ref}`,
  }
}
