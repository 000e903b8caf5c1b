import type { AccessKey, Cloud, MfaDevice, User } from '../cloud.ts'
import { Fault } from '../fault.ts'
import { operation } from '../service.ts'
import { passwordPolicyOf } from './password-policy.ts'
import { accountSince, byName, under } from './views.ts'

interface Report {
  readonly at: string
  readonly csv: string
}

/** Reports are kept for four hours; until then the same one is given again. */
const lifetime = 4 * 60 * 60 * 1000

const table = (cloud: Cloud) => cloud.store.table<Report>('credential-report')
const isFresh = (report: Report, now: Date): boolean => now.getTime() - new Date(report.at).getTime() < lifetime

const generate = operation({
  input: {},
  needs: () => ({ action: 'iam:GenerateCredentialReport', resource: '*' }),
  perform: (_, { cloud, caller, at }) => {
    const known = table(cloud).get(caller.accountId)
    if (known && isFresh(known, at)) return { State: 'COMPLETE' }
    table(cloud).put(caller.accountId, { at: at.toISOString(), csv: credentialReport(cloud, caller.accountId) })
    return { State: 'STARTED', Description: 'No report exists. Starting a new report generation task' }
  },
})

const get = operation({
  input: {},
  needs: () => ({ action: 'iam:GetCredentialReport', resource: '*' }),
  perform: (_, { cloud, caller, at }) => {
    const report = table(cloud).get(caller.accountId)
    if (report === undefined)
      throw new Fault('ReportNotPresent', 410, 'No report has been generated. Call GenerateCredentialReport first.')
    if (!isFresh(report, at))
      throw new Fault('ReportExpired', 410, 'The most recent report has expired. Call GenerateCredentialReport again.')
    return { Content: Buffer.from(report.csv), ReportFormat: 'text/csv', GeneratedTime: new Date(report.at) }
  },
})

const columns = [
  ...['user', 'arn', 'user_creation_time', 'password_enabled', 'password_last_used', 'password_last_changed'],
  ...['password_next_rotation', 'mfa_active'],
  ...[1, 2].flatMap((place) =>
    ['active', 'last_rotated', 'last_used_date', 'last_used_region', 'last_used_service'].map(
      (what) => `access_key_${place}_${what}`,
    ),
  ),
  ...[1, 2].flatMap((place) => ['active', 'last_rotated'].map((what) => `cert_${place}_${what}`)),
]

/**
 * The credential report of an account as CSV, root first. See "Getting credential reports for your AWS account" in the
 * IAM User Guide for the columns.
 */
function credentialReport(cloud: Cloud, accountId: string): string {
  const keys = [...cloud.accessKeys.values()].filter((key) => key.accountId === accountId)
  const devices = [...under(cloud.mfaDevices.values(), accountId)]
  const age = passwordPolicyOf(cloud, accountId)?.MaxPasswordAge
  const users = [...under(cloud.users.values(), accountId)].sort((a, b) => (byName(a) < byName(b) ? -1 : 1))
  const rows = [
    [
      ...['<root_account>', `arn:aws:iam::${accountId}:root`, stamp(accountSince(cloud, accountId).toISOString())],
      ...['not_supported', 'no_information', 'not_supported', 'not_supported', 'false'],
      ...keyColumns(keys.filter(({ userName }) => userName === undefined)),
    ],
    ...users.map((user) => [
      user.name,
      user.arn,
      stamp(user.createdAt),
      ...ownColumns(user, devices, age),
      ...keyColumns(keys.filter(({ userName }) => userName === user.name)),
    ]),
  ].map((row) => [...row, 'false', 'N/A', 'false', 'N/A'])
  return [columns, ...rows].map((row) => row.map(cell).join(',')).join('\n')
}

function ownColumns(user: User, devices: readonly MfaDevice[], age: number | undefined): string[] {
  const { login } = user
  const changed = login?.changedAt ?? login?.createdAt
  const next =
    changed === undefined || age === undefined ? undefined : new Date(new Date(changed).getTime() + age * 86_400_000)
  return [
    String(login !== undefined),
    login === undefined ? 'N/A' : login.lastUsed === undefined ? 'no_information' : stamp(login.lastUsed),
    stamp(changed),
    stamp(next?.toISOString()),
    String(devices.some(({ userName }) => userName === user.name)),
  ]
}

function keyColumns(keys: readonly AccessKey[]): string[] {
  return [keys[0], keys[1]].flatMap((key) => [
    String(key?.status === 'Active'),
    stamp(key?.createdAt),
    stamp(key?.lastUsed?.at),
    key?.lastUsed?.region ?? 'N/A',
    key?.lastUsed?.service ?? 'N/A',
  ])
}

const stamp = (instant: string | undefined): string =>
  instant === undefined ? 'N/A' : instant.replace(/\.\d{3}Z$/, '+00:00')

// Names may hold commas.
const cell = (text: string): string => (/[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)

export const credentialReports = { GenerateCredentialReport: generate, GetCredentialReport: get }
