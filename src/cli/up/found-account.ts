import { createHash } from 'node:crypto'
import { callIam } from '../../broker/aws/call-iam.ts'
import { AwsRefusal } from '../../broker/aws/send-signed.ts'
import type { SigningKey } from '../../model/signing-key.ts'
import type { Sandbox } from '../../sandbox/index.ts'
import { callSts } from '../../sources/sts-call.ts'
import { textOf, type XmlElement } from '../../wire/xml.ts'
import { asAdministrator } from '../tour/as-administrator.ts'
import { brokerPolicy, brokerTrust } from './broker-policy.ts'

/** The roles of the pretended company, and what each may do. */
export const roles: Readonly<Record<string, readonly string[]>> = {
  reader: ['s3:Get*', 's3:List*'],
  developer: ['s3:*'],
  admin: ['*'],
}

/** A bucket to look at. */
export const bucket = 'company-plans'

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

/**
 * Sets up the sandbox's account for a broker, through calls of IAM as an administrator makes them: the broker's user with
 * just the permissions it needs, roles that trust it, a bucket. What is there already stays. Gives the broker's key:
 * `kept` when AWS still takes it, else a new one.
 */
export async function foundAccount(sandbox: Sandbox, kept?: SigningKey): Promise<SigningKey> {
  const { endpoint, region, accountId } = sandbox
  const iam = (action: string, params: Readonly<Record<string, string | number>>): Promise<XmlElement | undefined> =>
    callIam({ endpoint, region, fetch, key: async () => sandbox }, { action, params, key: sandbox, now: new Date() })
  const made = (action: string, params: Readonly<Record<string, string | number>>): Promise<XmlElement | undefined> =>
    iam(action, params).catch((error) => {
      if (error instanceof AwsRefusal && error.code === 'EntityAlreadyExists') return undefined
      throw error
    })
  const user = `arn:aws:iam::${accountId}:user/mayfly-broker`
  const arns = Object.keys(roles).map((name) => `arn:aws:iam::${accountId}:role/${name}`)
  await made('CreateUser', { UserName: 'mayfly-broker' })
  await iam('PutUserPolicy', {
    UserName: 'mayfly-broker',
    PolicyName: 'broker',
    PolicyDocument: JSON.stringify(brokerPolicy(user, arns)),
  })
  for (const [RoleName, actions] of Object.entries(roles)) {
    const AssumeRolePolicyDocument = JSON.stringify(brokerTrust(user))
    const role = await made('CreateRole', { RoleName, AssumeRolePolicyDocument, MaxSessionDuration: 43_200 })
    const Statement = [{ Effect: 'Allow', Action: actions, Resource: '*' }]
    const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement })
    if (role) await iam('PutRolePolicy', { RoleName, PolicyName: 'work', PolicyDocument })
  }
  const put = (path: string, body?: object) => {
    const headers = { 'x-amz-content-sha256': sha256(body ? JSON.stringify(body) : '') }
    return asAdministrator(sandbox, 's3', { method: 'PUT', path, headers, ...(body ? { body } : {}) })
  }
  await put(`/${bucket}`)
  await put(`/${bucket}/plan.json`, { plan: 'no long-lived keys' })
  if (kept && (await isTaken(sandbox, kept))) return kept
  const answer = await iam('CreateAccessKey', { UserName: 'mayfly-broker' })
  const part = (name: string): string => textOf(answer, 'CreateAccessKeyResult', 'AccessKey', name) ?? ''
  return { accessKeyId: part('AccessKeyId'), secretAccessKey: part('SecretAccessKey') }
}

const isTaken = ({ endpoint, region }: Sandbox, key: SigningKey): Promise<boolean> =>
  callSts(
    { fetch: (request) => fetch(request), now: () => new Date() },
    { action: 'GetCallerIdentity', params: {}, key, target: { region, endpoint } },
  ).then(
    () => true,
    () => false,
  )
