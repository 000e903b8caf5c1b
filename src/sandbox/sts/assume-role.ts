import { accountOfArn } from '../../model/arn.ts'
import type { Role } from '../cloud.ts'
import { accessDenied, validationError } from '../fault.ts'
import { issueSession } from '../issue-session.ts'
import { type Call, operation, type Permission } from '../service.ts'
import { integer, list, required, structure, text } from '../shape.ts'
import { checkMfa } from './check-mfa.ts'
import {
  policyArnsMember,
  policyCharacters,
  serialMember,
  tagKeysMember,
  tagsMember,
  tokenCodeMember,
} from './members.ts'
import { durationOf, findRole } from './role.ts'
import { readSessionPolicies } from './session-policies.ts'
import { readSessionTags, tagContext } from './session-tags.ts'

const nameCharacters = '[\\w+=,.@-]*'

/** A session of a role, for whom the role trusts. */
export const assumeRole = operation({
  input: {
    RoleArn: required(text({ min: 20, max: 2048 })),
    RoleSessionName: required(text({ min: 2, max: 64, pattern: nameCharacters })),
    PolicyArns: policyArnsMember,
    Policy: text({ min: 1, pattern: policyCharacters }),
    DurationSeconds: integer({ min: 900, max: 43_200 }),
    Tags: tagsMember,
    TransitiveTagKeys: tagKeysMember,
    ExternalId: text({ min: 2, max: 1224, pattern: '[\\w+=,.@:\\/-]*' }),
    SerialNumber: serialMember,
    TokenCode: tokenCodeMember,
    SourceIdentity: text({ min: 2, max: 64, pattern: nameCharacters }),
    ProvidedContexts: list(
      structure({ ProviderArn: text({ min: 20, max: 2048 }), ContextAssertion: text({ min: 4, max: 2048 }) }),
      { max: 5 },
    ),
  },
  readOnly: true,
  tellsAnswer: true,
  perform: (input, call) => {
    const { caller, cloud, at } = call
    if (caller.kind === 'root') throw accessDenied('Roles may not be assumed by root accounts.')
    const parent = caller.session
    const role = findRole(cloud, input.RoleArn)
    const tags = readSessionTags(input, parent)
    const sourceIdentity = checkSourceIdentity(input.SourceIdentity, parent?.sourceIdentity)
    const withMfa = checkMfa(input, call)
    authorize(
      call,
      input.RoleArn,
      role,
      {
        ...tagContext(tags),
        'sts:RoleSessionName': input.RoleSessionName,
        ...(input.ExternalId === undefined ? {} : { 'sts:ExternalId': input.ExternalId }),
        ...(sourceIdentity === undefined ? {} : { 'sts:SourceIdentity': sourceIdentity }),
        ...(withMfa ? { 'aws:MultiFactorAuthPresent': 'true', 'aws:MultiFactorAuthAge': '0' } : {}),
      },
      [
        'sts:AssumeRole',
        ...(Object.keys(tags.tags).length > 0 ? ['sts:TagSession'] : []),
        ...(sourceIdentity === undefined ? [] : ['sts:SetSourceIdentity']),
      ],
    )
    // Nobody gets this far with a role that is not there: it was refused above as one that may not be assumed.
    if (role === undefined) throw accessDenied('Access denied')
    const duration = checkDuration(input.DurationSeconds, role, parent !== undefined)
    const policies = readSessionPolicies(cloud, role.accountId, input, tags.tags)
    const userId = `${role.id}:${input.RoleSessionName}`
    const arn = `arn:aws:sts::${role.accountId}:assumed-role/${role.name}/${input.RoleSessionName}`
    const Credentials = issueSession(cloud, at, {
      kind: 'assumed-role',
      accountId: role.accountId,
      arn,
      userId,
      principalArn: role.arn,
      issuer: { name: role.name, id: role.id, arn: role.arn },
      duration,
      ...(withMfa ? { mfaAt: at.toISOString() } : {}),
      ...(policies.texts ? { policies: policies.texts } : {}),
      tags: tags.tags,
      transitiveTagKeys: tags.transitiveTagKeys,
      ...(sourceIdentity === undefined ? {} : { sourceIdentity }),
      parentKeyId: caller.accessKeyId,
      ...(parent ? { chained: true } : {}),
    })
    call.note({
      operation: 'AssumeRole',
      resources: [{ ARN: role.arn, accountId: role.accountId, type: 'AWS::IAM::Role' }],
    })
    return {
      ...(sourceIdentity === undefined ? {} : { SourceIdentity: sourceIdentity }),
      AssumedRoleUser: { AssumedRoleId: userId, Arn: arn },
      Credentials,
      ...(policies.packedSize === undefined ? {} : { PackedPolicySize: policies.packedSize }),
    }
  },
})

/** Every action must be allowed; a role that is not there is refused in the words of one that does not trust the caller. */
function authorize(
  call: Call,
  arn: string,
  role: Role | undefined,
  context: NonNullable<Permission['context']>,
  actions: readonly string[],
): void {
  const nobody = '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"sts:*"}]}'
  for (const action of actions)
    call.authorize({
      action,
      resource: arn,
      ...(accountOfArn(arn) === call.caller.accountId ? {} : { resourceAccount: accountOfArn(arn) ?? '' }),
      resourcePolicy: role?.trust ?? nobody,
      resourceTags: role?.tags ?? {},
      context,
      terse: true,
    })
}

/** A source identity that was set once stays down the chain. */
function checkSourceIdentity(asked: string | undefined, inherited: string | undefined): string | undefined {
  if (asked !== undefined && /^aws:/i.test(asked)) throw validationError('SourceIdentity must not begin with aws:')
  if (asked !== undefined && inherited !== undefined && asked !== inherited)
    throw accessDenied('SourceIdentity cannot be changed once it has been set by the calling session.')
  return asked ?? inherited
}

function checkDuration(asked: number | undefined, role: Role, chained: boolean): number {
  if (chained && asked !== undefined && asked > 3600)
    throw validationError(
      'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.',
    )
  return durationOf(asked, role)
}
