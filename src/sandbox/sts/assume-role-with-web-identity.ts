import { headerOf } from '../../wire/message.ts'
import type { Cloud, Role } from '../cloud.ts'
import { accessDenied, validationError } from '../fault.ts'
import { issueSession } from '../issue-session.ts'
import { type Call, operation } from '../service.ts'
import { integer, required, text } from '../shape.ts'
import { claimContext, sessionClaims } from '../web-identity/claims.ts'
import { noVerificationKey, type ProvenToken, verifyToken } from '../web-identity/verify-token.ts'
import { policyArnsMember, policyCharacters } from './members.ts'
import { durationOf, findRole } from './role.ts'
import { readSessionPolicies } from './session-policies.ts'
import { readSessionTags, tagContext } from './session-tags.ts'

/** A session of a role, for who an OpenID Connect provider of the role's account vouches for. Nobody signs the call. */
export const assumeRoleWithWebIdentity = operation({
  input: {
    RoleArn: required(text({ min: 20, max: 2048 })),
    RoleSessionName: required(text({ min: 2, max: 64, pattern: '[\\w+=,.@-]*' })),
    WebIdentityToken: required(text({ min: 4, max: 20_000, sensitive: true })),
    ProviderId: text({ min: 4, max: 2048 }),
    PolicyArns: policyArnsMember,
    Policy: text({ min: 1, max: 2048, pattern: policyCharacters }),
    DurationSeconds: integer({ min: 900, max: 43_200 }),
  },
  unsigned: true,
  readOnly: true,
  tellsAnswer: true,
  perform: async (input, call) => {
    const { cloud, at } = call
    if (input.ProviderId !== undefined)
      throw validationError('ProviderId is only for OAuth 2.0 access tokens of www.amazon.com and graph.facebook.com')
    // AWS answers like this, too: SDKs that send their last session's token along have met it.
    if (headerOf(call.request, 'x-amz-security-token') !== undefined) throw noVerificationKey()
    const role = findRole(cloud, input.RoleArn)
    const accountId = role?.accountId ?? accountIn(cloud, input.RoleArn)
    const proven = await verifyToken(cloud, accountId, input.WebIdentityToken, at)
    const { provider, claims, audience } = proven
    call.note({ operation: 'AssumeRoleWithWebIdentity', vouched: { accountId, userIdentity: identityOf(proven) } })
    const session = sessionClaims(claims)
    const tags = readSessionTags(session, undefined)
    const sourceIdentity = session.SourceIdentity
    if (sourceIdentity !== undefined && /^aws:/i.test(sourceIdentity))
      throw validationError('SourceIdentity must not begin with aws:')
    const federation = {
      ...claimContext(provider.url.replace(/^https?:\/\//, ''), claims, audience),
      'aws:FederatedProvider': provider.arn,
    }
    authorize(call, provider.arn, input.RoleArn, role, {
      actions: [
        'sts:AssumeRoleWithWebIdentity',
        ...(Object.keys(tags.tags).length > 0 ? ['sts:TagSession'] : []),
        ...(sourceIdentity === undefined ? [] : ['sts:SetSourceIdentity']),
      ],
      context: {
        ...federation,
        ...tagContext(tags),
        'sts:RoleSessionName': input.RoleSessionName,
        ...(sourceIdentity === undefined ? {} : { 'sts:SourceIdentity': sourceIdentity }),
      },
    })
    // Nobody gets this far with a role that is not there.
    if (!role) throw accessDenied(refusal('sts:AssumeRoleWithWebIdentity'))
    const duration = durationOf(input.DurationSeconds, role)
    const policies = readSessionPolicies(cloud, role.accountId, input, tags.tags)
    const userId = `${role.id}:${input.RoleSessionName}`
    const arn = `arn:aws:sts::${role.accountId}:assumed-role/${role.name}/${input.RoleSessionName}`
    const Credentials = issueSession(cloud, at, {
      ...{ kind: 'assumed-role', accountId: role.accountId, arn, userId, principalArn: role.arn, duration },
      issuer: { name: role.name, id: role.id, arn: role.arn },
      ...(policies.texts ? { policies: policies.texts } : {}),
      ...{ tags: tags.tags, transitiveTagKeys: tags.transitiveTagKeys },
      ...(sourceIdentity === undefined ? {} : { sourceIdentity }),
      context: federation,
    })
    call.note({
      operation: 'AssumeRoleWithWebIdentity',
      resources: [{ ARN: role.arn, accountId: role.accountId, type: 'AWS::IAM::Role' }],
    })
    return {
      ...(sourceIdentity === undefined ? {} : { SourceIdentity: sourceIdentity }),
      AssumedRoleUser: { AssumedRoleId: userId, Arn: arn },
      Credentials,
      ...(policies.packedSize === undefined ? {} : { PackedPolicySize: policies.packedSize }),
      SubjectFromWebIdentityToken: claims.sub,
      Provider: claims.iss,
      Audience: audience.aud,
    }
  },
})

const accountIn = (cloud: Cloud, arn: string): string => {
  const account = arn.split(':')[4] ?? ''
  return cloud.accounts.get(account)?.id ?? ''
}

interface Asked {
  readonly actions: readonly string[]
  readonly context: Readonly<Record<string, string | readonly string[]>>
}

const nobody = '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"sts:*"}]}'

/** Every action must be allowed by the trust policy; a role that is not there refuses as one that does not trust. */
function authorize(
  call: Call,
  principal: string,
  arn: string,
  role: Role | undefined,
  { actions, context }: Asked,
): void {
  for (const action of actions)
    call.authorize({
      ...{ principal, action, resource: arn, context, refusal: refusal(action) },
      resourceAccount: role?.accountId ?? '',
      resourcePolicy: role?.trust ?? nobody,
      resourceTags: role?.tags ?? {},
    })
}

const refusal = (action: string): string => `Not authorized to perform ${action}`

/** The WebIdentityUser of CloudTrail. */
const identityOf = ({ provider, claims, audience }: ProvenToken): Readonly<Record<string, unknown>> => ({
  type: 'WebIdentityUser',
  principalId: `${provider.arn}:${audience.aud}:${claims.sub}`,
  userName: claims.sub,
  identityProvider: provider.arn,
})
