import { mfaGated, readerTrust, readOnly, revokeOlderSessions } from './policies.ts'
import type { Stage } from './stage.ts'
import type { Chapter, Step } from './step.ts'

const bucket = 'mayfly-tour'
const list = ['aws', 's3api', 'list-objects-v2', '--bucket', bucket]
const quiet = (): string => ''

/** From a permanent key that opens nothing to sessions that end on command. */
export const keyChapter: Chapter = {
  summary: 'from a permanent key to sessions that end',
  steps: ({ sandbox: { accountId, endpoint }, phone }) => storyOf(accountId, phone, endpoint),
  closing: `The same on your own account:
  1. Give the user the policy of docs/mfa.md (shown above is its Deny) and what they may do with MFA.
  2. mayfly keys import PROFILE        takes the key out of ~/.aws/credentials
  3. mayfly mfa enroll PROFILE         shows a QR code to scan
  4. mayfly exec PROFILE -- aws s3 ls  asks for a code, then works until the session ends
  Tools that read ~/.aws/config themselves: credential_process = mayfly creds PROFILE`,
}

function storyOf(accountId: string, phone: string, endpoint: string): readonly Step[] {
  const reader = `arn:aws:iam::${accountId}:role/reader`
  return [
    {
      title: 'An administrator makes a bucket with a file in it',
      as: 'administrator',
      command: ['aws', 's3api', 'create-bucket', '--bucket', bucket],
      expect: 'succeeds',
    },
    {
      title: '',
      as: 'administrator',
      prepare: (stage) => stage.write('plan.txt', 'the plan\n'),
      command: ['aws', 's3api', 'put-object', '--bucket', bucket, '--key', 'plan.txt', '--body', 'plan.txt'],
      expect: 'succeeds',
      show: quiet,
    },
    {
      title: 'and a user, ann, whose policy denies everything without MFA',
      as: 'administrator',
      command: ['aws', 'iam', 'create-user', '--user-name', 'ann'],
      expect: 'succeeds',
      show: quiet,
    },
    {
      title: '',
      as: 'administrator',
      prepare: (stage) => stage.write('mfa-gated.json', mfaGated),
      command: putUserPolicy('mfa-or-nothing', 'mfa-gated.json'),
      expect: 'succeeds',
      show: () => `${JSON.stringify(mfaGated.Statement.at(-1), undefined, 2)}`,
    },
    {
      title: '',
      as: 'administrator',
      command: ['aws', 'iam', 'create-access-key', '--user-name', 'ann'],
      expect: 'succeeds',
      keep: (stage, outcome) => {
        const key = accessKeyIn(outcome.stdout)
        stage.write('.aws/credentials', `[ann]\naws_access_key_id = ${key.id}\naws_secret_access_key = ${key.secret}\n`)
        stage.write('.aws/config', configFile(endpoint, reader, phone))
        stage.write('leaked-copy', `[default]\naws_access_key_id = ${key.id}\naws_secret_access_key = ${key.secret}\n`)
      },
      show: (outcome) => outcome.stdout.replace(/("SecretAccessKey": ?")[^"]+/, '$1(hidden)'),
    },
    {
      title: 'The permanent key alone opens nothing',
      as: 'thief',
      command: list,
      expect: 'AccessDenied',
    },
    {
      title: 'ann moves the key out of ~/.aws/credentials into the vault',
      as: 'ann',
      command: ['mayfly', 'keys', 'import', 'ann', '--no-input'],
      expect: 'succeeds',
    },
    {
      title: 'and enrols her authenticator app',
      as: 'ann',
      command: ['mayfly', 'mfa', 'enroll', 'ann', '--mfa-process', phone],
      expect: 'succeeds',
      keep: (stage) => nextCode(stage),
    },
    { title: 'One code, one session', as: 'ann', command: ['mayfly', 'login', 'ann'], expect: 'succeeds' },
    {
      title: 'The same call now succeeds',
      as: 'ann',
      command: ['mayfly', 'exec', 'ann', '--', ...list],
      expect: 'succeeds',
    },
    {
      title: 'For less than that, a role that may only look',
      as: 'administrator',
      prepare: (stage) => stage.write('trust.json', readerTrust(accountId)),
      command: 'aws iam create-role --role-name reader --assume-role-policy-document file://trust.json'.split(' '),
      expect: 'succeeds',
      show: quiet,
    },
    {
      title: '',
      as: 'administrator',
      prepare: (stage) => stage.write('read-only.json', readOnly),
      command: putRolePolicy('look', 'read-only.json'),
      expect: 'succeeds',
    },
    {
      title: 'Reading works, without another code',
      as: 'ann',
      command: ['mayfly', 'exec', 'reader', '--', ...list],
      expect: 'succeeds',
      show: (outcome) => outcome.stdout.split('\n').slice(0, 5).join('\n'),
    },
    {
      title: 'deleting does not',
      as: 'ann',
      command: `mayfly exec reader -- aws s3api delete-object --bucket ${bucket} --key plan.txt`.split(' '),
      expect: 'AccessDenied',
    },
    {
      title: 'The leaked copy of the permanent key still opens nothing',
      as: 'thief',
      command: list,
      expect: 'AccessDenied',
    },
    {
      title: 'and cannot give itself another key',
      as: 'thief',
      command: ['aws', 'iam', 'create-access-key', '--user-name', 'ann'],
      expect: 'AccessDenied',
    },
    {
      title: 'A laptop is lost: every session issued until now is revoked, the user’s',
      as: 'administrator',
      prepare: async (stage) => stage.write('revoke.json', revokeOlderSessions(await aMomentFrom(stage))),
      command: putUserPolicy('AWSRevokeOlderSessions', 'revoke.json'),
      expect: 'succeeds',
    },
    {
      title: 'and, because a role’s sessions outlive the user’s, the role’s',
      as: 'administrator',
      command: putRolePolicy('AWSRevokeOlderSessions', 'revoke.json'),
      expect: 'succeeds',
    },
    {
      title: 'Both sessions are denied at their next call',
      as: 'ann',
      command: ['mayfly', 'exec', 'ann', '--', ...list],
      expect: 'AccessDenied',
    },
    { title: '', as: 'ann', command: ['mayfly', 'exec', 'reader', '--', ...list], expect: 'AccessDenied' },
    {
      title: 'ann is not locked out: she forgets the dead session',
      as: 'ann',
      command: ['mayfly', 'logout', '--all'],
      expect: 'succeeds',
      keep: (stage) => nextCode(stage),
    },
    { title: 'and a new code gives a new one', as: 'ann', command: ['mayfly', 'login', 'ann'], expect: 'succeeds' },
    {
      title: '',
      as: 'ann',
      command: ['mayfly', 'exec', 'ann', '--', ...list],
      expect: 'succeeds',
      show: (outcome) => outcome.stdout.split('\n').slice(0, 5).join('\n'),
    },
  ]
}

const putUserPolicy = (name: string, file: string): readonly string[] =>
  `aws iam put-user-policy --user-name ann --policy-name ${name} --policy-document file://${file}`.split(' ')

const putRolePolicy = (name: string, file: string): readonly string[] =>
  `aws iam put-role-policy --role-name reader --policy-name ${name} --policy-document file://${file}`.split(' ')

const configFile = (endpoint: string, reader: string, phone: string): string => `[profile ann]
region = us-east-1
endpoint_url = ${endpoint}
# The tour's stand-in for your phone. Without this line Mayfly asks you for the code.
mfa_process = ${phone}

[profile reader]
source_profile = ann
role_arn = ${reader}
region = us-east-1
endpoint_url = ${endpoint}
`

function accessKeyIn(answer: string): { readonly id: string; readonly secret: string } {
  const id = /"AccessKeyId": ?"([^"]+)"/.exec(answer)?.[1]
  const secret = /"SecretAccessKey": ?"([^"]+)"/.exec(answer)?.[1]
  if (!id || !secret) throw new Error('create-access-key answered no key.')
  return { id, secret }
}

const clockOf = async (stage: Stage, change?: RequestInit): Promise<Date> => {
  const response = await fetch(`${stage.sandbox.endpoint}/_mayfly/clock`, {
    ...change,
    headers: { authorization: `Bearer ${stage.sandbox.controlToken}`, 'content-type': 'application/json' },
  })
  const answer: unknown = await response.json()
  return new Date(typeof answer === 'object' && answer && 'now' in answer ? String(answer.now) : Number.NaN)
}

/** A code works once. Where a person would wait half a minute for the next one, the sandbox's clock is moved on. */
async function nextCode(stage: Stage): Promise<void> {
  const now = await clockOf(stage)
  const next = new Date(now.getTime() + 30_000)
  await clockOf(stage, { method: 'PUT', body: JSON.stringify({ now: next.toISOString() }) })
}

/** The next whole second: sessions issued in this one are then older. */
async function aMomentFrom(stage: Stage): Promise<string> {
  const now = await clockOf(stage)
  return new Date(Math.floor(now.getTime() / 1000) * 1000 + 1000).toISOString().replace('.000', '')
}
