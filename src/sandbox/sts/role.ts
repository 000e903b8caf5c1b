import { accountOfArn } from '../../model/arn.ts'
import { type Cloud, keyOf, type Role } from '../cloud.ts'
import { validationError } from '../fault.ts'

/** The role whose ARN this is, path included and to the letter. */
export function findRole(cloud: Cloud, arn: string): Role | undefined {
  const account = accountOfArn(arn)
  if (account === undefined) throw validationError(`${arn} is invalid`)
  const role = cloud.roles.get(keyOf(account, arn.slice(arn.lastIndexOf('/') + 1)))
  return role?.arn === arn ? role : undefined
}

/** The seconds a session of the role lasts: an hour unless asked, and never more than the role allows. */
export function durationOf(asked: number | undefined, role: Role): number {
  const duration = asked ?? 3600
  if (duration > role.maxSessionDuration)
    throw validationError('The requested DurationSeconds exceeds the MaxSessionDuration set for this role.')
  return duration
}
