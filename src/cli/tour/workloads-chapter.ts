import { asAdministrator } from './as-administrator.ts'
import { deviceMayAsk, readOnly, revokeOlderSessions, serviceTrust, webIdentityTrust } from './policies.ts'
import type { Stage } from './stage.ts'
import type { Chapter, Step } from './step.ts'

const bucket = 'mayfly-tour'
const words = (line: string): readonly string[] => line.split(' ')
const list = `aws s3api list-objects-v2 --bucket ${bucket}`
const quiet = (): string => ''

/** A build job with a token, a server and a device with certificates: no permanent key anywhere. */
export const workloadsChapter: Chapter = {
  summary: 'a build job with a token, a server and a device with certificates, a container',
  steps: (stage) => [...bucketToRead, ...buildJob(stage), ...server, ...device(stage), ...container(stage)],
  closing: `The same on your own account:
  docs/tutorial-github-actions.md        a build job, from its own OpenID Connect token
  docs/tutorial-server-certificate.md    a server, from a certificate
  docs/tutorial-device.md                a device, by mutual TLS
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

function device({ sandbox, directory }: Stage): readonly Step[] {
  const { accountId, region } = sandbox
  return [
    {
      title: 'A device has a role too: AWS IoT',
      as: 'administrator',
      prepare: (stage) => stage.write('device-trust.json', serviceTrust('credentials.iot.amazonaws.com')),
      command: words('aws iam create-role --role-name lamp --assume-role-policy-document file://device-trust.json'),
      expect: 'succeeds',
      show: () => JSON.stringify(serviceTrust('credentials.iot.amazonaws.com'), undefined, 2),
    },
    {
      title: '',
      as: 'administrator',
      command: words(
        'aws iam put-role-policy --role-name lamp --policy-name look --policy-document file://read-only.json',
      ),
      expect: 'succeeds',
    },
    {
      title:
        'Registered, with a certificate of its own (docs/tutorial-device.md has each call), it asks over mutual TLS',
      as: 'device',
      prepare: async (stage) => {
        await register(stage)
        stage.append(`[profile lamp]
mayfly_iot_endpoint = ${sandbox.iotCredentialsEndpoint}
mayfly_iot_role_alias = lamp
mayfly_iot_thing = lamp-1
mayfly_certificate = ${directory}/lamp.crt
mayfly_private_key = ${directory}/lamp.key
mayfly_ca_bundle = ${directory}/authority.pem
region = ${region}
endpoint_url = ${sandbox.endpoint}`)
      },
      command: words('mayfly whoami lamp'),
      expect: 'succeeds',
    },
    { title: '', as: 'device', command: words(`mayfly exec lamp -- ${list}`), expect: 'succeeds' },
    {
      title: 'Its certificate is taken out of service: nothing more comes of it',
      as: 'device',
      prepare: async (stage) => {
        const { certificates } = await asAdministrator(stage.sandbox, 'iot', { method: 'GET', path: '/certificates' })
        const [first] = Array.isArray(certificates) ? certificates : []
        await asAdministrator(stage.sandbox, 'iot', {
          method: 'PUT',
          path: `/certificates/${first?.certificateId}?newStatus=INACTIVE`,
        })
      },
      command: words('mayfly creds lamp --refresh'),
      expect: 'refused',
    },
  ]

  /** A certificate with its key, the thing it belongs to, the policy that lets it ask, and the alias of the role. */
  async function register(stage: Stage): Promise<void> {
    const iot = (method: string, path: string, body?: object, headers?: Readonly<Record<string, string>>) =>
      asAdministrator(sandbox, 'iot', { method, path, ...(body ? { body } : {}), ...(headers ? { headers } : {}) })
    const made = await iot('POST', '/keys-and-certificate?setAsActive=true')
    const principal = String(made.certificateArn)
    const keys =
      typeof made.keyPair === 'object' && made.keyPair && 'PrivateKey' in made.keyPair ? made.keyPair : undefined
    stage.write('lamp.crt', String(made.certificatePem))
    stage.write('lamp.key', String(keys?.PrivateKey))
    const authority = await stage.control('GET', 'certificates/authority')
    if (typeof authority !== 'object' || !authority || !('certificate' in authority)) throw new Error('No authority.')
    stage.write('authority.pem', String(authority.certificate))
    await iot('POST', '/things/lamp-1', {})
    await iot('PUT', '/things/lamp-1/principals', undefined, { 'x-amzn-principal': principal })
    await iot('POST', '/policies/lamps', { policyDocument: JSON.stringify(deviceMayAsk(accountId, region)) })
    await iot('PUT', '/target-policies/lamps', { target: principal })
    await iot('POST', '/role-aliases/lamp', { roleArn: `arn:aws:iam::${accountId}:role/lamp` })
  }
}

function container({ sandbox }: Stage): readonly Step[] {
  const given = {
    AWS_CONTAINER_CREDENTIALS_FULL_URI: sandbox.containerCredentialsUri,
    AWS_CONTAINER_AUTHORIZATION_TOKEN: sandbox.containerAuthorizationToken,
  }
  return [
    {
      title: 'A container is given its role by the service that runs it',
      as: 'administrator',
      prepare: (stage) => stage.write('task-trust.json', serviceTrust('ecs-tasks.amazonaws.com')),
      command: words('aws iam create-role --role-name task --assume-role-policy-document file://task-trust.json'),
      expect: 'succeeds',
      show: quiet,
    },
    {
      title: 'Mayfly sits on top of that as well, so that one profile works everywhere',
      as: 'job',
      env: given,
      prepare: async (stage) => {
        await stage.control('PUT', 'task', { roleName: 'task' })
        stage.append(
          `[profile here]\nmayfly_source = container\nregion = ${sandbox.region}\nendpoint_url = ${sandbox.endpoint}`,
        )
      },
      command: words('mayfly whoami here'),
      expect: 'succeeds',
    },
    {
      title: 'A role that may do nothing opens nothing',
      as: 'job',
      env: given,
      command: words(`mayfly exec here -- ${list}`),
      expect: 'AccessDenied',
    },
  ]
}
