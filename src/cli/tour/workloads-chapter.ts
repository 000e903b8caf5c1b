import { readOnly, revokeOlderSessions, webIdentityTrust } from './policies.ts'
import type { Stage } from './stage.ts'
import type { Chapter, Step } from './step.ts'

const bucket = 'mayfly-tour'
const words = (line: string): readonly string[] => line.split(' ')
const list = `aws s3api list-objects-v2 --bucket ${bucket}`
const quiet = (): string => ''

/** A build job with a token, a server with a certificate: no permanent key anywhere. */
export const workloadsChapter: Chapter = {
  summary: 'a build job with a token, a server with a certificate',
  steps: (stage) => [...bucketToRead, ...buildJob(stage), ...server],
  closing: `The same on your own account:
  docs/tutorial-github-actions.md        a build job, from its own OpenID Connect token
  docs/tutorial-server-certificate.md    a server, from a certificate
  docs/sources.md                        every other way in`,
}

const bucketToRead: readonly Step[] = [
  {
    title: 'An administrator makes a bucket',
    as: 'administrator',
    command: words(`aws s3api create-bucket --bucket ${bucket}`),
    expect: 'succeeds',
    show: quiet,
  },
]

function buildJob({ sandbox, directory }: Stage): readonly Step[] {
  // The sandbox mints tokens in the name of GitHub's issuer, and knows its keys.
  const issuer = 'https://token.actions.githubusercontent.com'
  const provider = `arn:aws:iam::${sandbox.accountId}:oidc-provider/${issuer.replace(/^https?:\/\//, '')}`
  const token = (repository: string): string =>
    `mayfly sandbox token --audience sts.amazonaws.com --github repo:${repository}:ref:refs/heads/main`
  const profile = (name: string): string =>
    `[profile ${name}]
role_arn = arn:aws:iam::${sandbox.accountId}:role/deploy
role_session_name = ${name}
web_identity_token_process = ${directory}/token-${name}
region = ${sandbox.region}
endpoint_url = ${sandbox.endpoint}
# In GitHub Actions this would be: mayfly_github_actions_audience = sts.amazonaws.com`
  return [
    {
      title: 'The account trusts GitHub to say which job asks',
      as: 'administrator',
      command: words(`aws iam create-open-id-connect-provider --url ${issuer} --client-id-list sts.amazonaws.com`),
      expect: 'succeeds',
    },
    {
      title: 'and has a role for the main branch of one repository',
      as: 'administrator',
      prepare: (stage) =>
        stage.write('job-trust.json', webIdentityTrust(provider, issuer, 'repo:octo/app:ref:refs/heads/main')),
      command: words('aws iam create-role --role-name deploy --assume-role-policy-document file://job-trust.json'),
      expect: 'succeeds',
      show: () => JSON.stringify(webIdentityTrust(provider, issuer, 'repo:octo/app:ref:refs/heads/main'), undefined, 2),
    },
    {
      title: '',
      as: 'administrator',
      prepare: (stage) => stage.write('read-only.json', readOnly),
      command: words(
        'aws iam put-role-policy --role-name deploy --policy-name look --policy-document file://read-only.json',
      ),
      expect: 'succeeds',
    },
    {
      title: 'The job has a token that says what it is, and nothing else',
      as: 'job',
      prepare: (stage) => {
        stage.append(profile('deploy'))
        stage.append(profile('stranger'))
        stage.program('token-deploy', token('octo/app'))
        stage.program('token-stranger', token('evil/app'))
      },
      command: words(token('octo/app')),
      expect: 'succeeds',
      show: ({ stdout }) => `${stdout.slice(0, 60)}…`,
    },
    {
      title: 'That is enough',
      as: 'job',
      command: words(`mayfly exec deploy -- ${list}`),
      expect: 'succeeds',
    },
    {
      title: 'A job of another repository is turned away',
      as: 'job',
      command: words(`mayfly exec stranger -- ${list}`),
      expect: 'refused',
    },
  ]
}

const server: readonly Step[] = [
  {
    title: 'A server gets a certificate, and a role for it: IAM Roles Anywhere',
    as: 'server',
    command: words(
      'mayfly sandbox cert --common-name web-1 --role web --policy-arn arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess --out web-1',
    ),
    expect: 'succeeds',
    keep: (stage, { stdout }) => stage.append(stdout),
  },
  {
    title: 'It signs with the certificate’s key and has a session',
    as: 'server',
    command: words(`mayfly exec web -- ${list}`),
    expect: 'succeeds',
  },
  {
    title: 'for what its role may do, and nothing else',
    as: 'server',
    command: words(`mayfly exec web -- aws s3api delete-bucket --bucket ${bucket}`),
    expect: 'AccessDenied',
  },
  {
    title: 'The server is broken into: what it has is revoked',
    as: 'administrator',
    prepare: (stage) =>
      stage.write('revoke.json', revokeOlderSessions(new Date(Date.now() + 1000).toISOString().replace(/\.\d+/, ''))),
    command: words(
      'aws iam put-role-policy --role-name web --policy-name AWSRevokeOlderSessions --policy-document file://revoke.json',
    ),
    expect: 'succeeds',
  },
  {
    title: '',
    as: 'server',
    command: words(`mayfly exec web -- ${list}`),
    expect: 'AccessDenied',
  },
]
