import { Failure } from '../../model/failure.ts'
import { notFound } from '../../profiles/suggest.ts'
import type { Cli } from '../cli.ts'
import { hostOptions } from '../options.ts'
import { printable } from '../output.ts'
import { userProfiles } from '../profile.ts'
import { administrator } from './administrator.ts'
import { deploy } from './deploy.ts'
import {
  againWords,
  assertName,
  assertNoQuestion,
  type SetupOptions,
  sharedParameters,
  stackNameFor,
  tagsFrom,
} from './options.ts'
import roleTemplate from './role.template.data.json' with { type: 'json' }
import { assertFree, saveProfile } from './save-profile.ts'
import { outputsOf } from './stack.ts'
import { tellWaiting } from './tell-waiting.ts'

export interface RoleOptions extends SetupOptions {
  readonly sourceProfile?: string
  readonly trustedPrincipalArn: readonly string[]
  readonly maxSessionDuration?: string
}

/** A role for people of this account who come with MFA: the stack, and a profile over the person's own. */
export async function setupRole(cli: Cli, roleName: string, options: RoleOptions): Promise<void> {
  assertNoQuestion(options, options.execute)
  assertName('role', roleName)
  const isQuiet = options.json === true
  const stackName = stackNameFor('role', roleName, options.stackName)
  const parameters = { RoleName: roleName, ...sharedParameters(options), ...roleParameters(options) }
  const profile = options.saveAs ?? roleName
  const source = sourceOf(cli, options.sourceProfile)
  const again = againWords('role', roleName, options) + (source ? ` --source-profile ${source.name}` : '')
  const host = await cli.host(hostOptions(options))
  const by = await administrator(cli, host, options)
  if (source) assertFree(cli, profile, { account: by.account, roleName })
  const { changes, waiting, stack } = await deploy(cli, host, by, {
    ...{ stackName, template: JSON.stringify(roleTemplate), parameters, ...tagsFrom(options.tags) },
    ...{ owner: 'RoleName', again, isAgreed: options.yes === true, execute: options.execute, isQuiet },
  })
  const about = { stackName, account: by.account, region: by.region, changes }
  if (waiting) return tellWaiting(cli, waiting, { ...about, again, isQuiet })
  const { RoleArn: made } = outputsOf(stack)
  if (!made) throw new Failure('aws-refused', `The stack ${stackName} does not tell its role.`)
  if (source) {
    const { name: source_profile, ...device } = source
    const values = { role_arn: made, source_profile, ...device, region: by.region, ...by.addressing }
    await saveProfile(cli, host, profile, values, isQuiet)
  }
  if (isQuiet) return cli.print(JSON.stringify({ ...about, roleName, roleArn: made, ...(source ? { profile } : {}) }))
  cli.print(`${printable(made)} is there. Who is to have it needs a policy that allows sts:AssumeRole on it.`)
  cli.print(
    source
      ? `Next: mayfly whoami ${profile}`
      : `For a profile over the one of a person: ${again} --source-profile PROFILE`,
  )
}

/** The person's profile, with what the role asks of their sessions: the device, and the user's name as theirs. */
function sourceOf(
  cli: Cli,
  name: string | undefined,
): { readonly name: string; readonly mfa_serial: string; readonly role_session_name: string } | undefined {
  if (name === undefined) return undefined
  const known = userProfiles(cli.env)
  const profile = known.profiles.get(name)
  if (profile === undefined) throw notFound(known, name)
  const serial = profile.entries.get('mfa_serial')?.value
  const user = /^arn:[\w-]+:iam::\d{12}:mfa\/(?:.*\/)?([\w+=,.@-]{2,64})$/.exec(serial ?? '')?.[1]
  if (serial === undefined || user === undefined)
    throw new Failure('profile-incomplete', `The profile ${name} has no mfa_serial, and the role asks for MFA.`, {
      hint: `mayfly mfa enroll ${name}`,
    })
  return { name, mfa_serial: serial, role_session_name: user }
}

function roleParameters({ trustedPrincipalArn, maxSessionDuration }: RoleOptions): Readonly<Record<string, string>> {
  for (const arn of trustedPrincipalArn)
    if (!/^arn:[\w-]+:iam::\d{12}:(?:root|(?:user|role)\/[\w+=.@/-]+)$/.test(arn))
      throw new Failure('usage', 'A principal is a user, a role or the root of an account, by its ARN.', {
        hint: 'Such as arn:aws:iam::111122223333:user/ann',
      })
  const seconds = Number(maxSessionDuration ?? 3600)
  if (!Number.isInteger(seconds) || seconds < 3600 || seconds > 43_200)
    throw new Failure('usage', '--max-session-duration is 3600 to 43200 seconds.', { hint: 'An hour to twelve.' })
  return {
    ...(trustedPrincipalArn.length === 0 ? {} : { TrustedPrincipalArns: trustedPrincipalArn.join(',') }),
    ...(maxSessionDuration === undefined ? {} : { MaxSessionDuration: maxSessionDuration }),
  }
}
