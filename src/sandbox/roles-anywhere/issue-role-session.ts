import type { RequestContext } from '../../policy/index.ts'
import { managedText } from '../caller-policies.ts'
import { keyOf, type PolicyText, type Tags } from '../cloud.ts'
import { issueSession } from '../issue-session.ts'
import type { Call } from '../service.ts'
import { trustsService } from '../service-session.ts'
import { packed } from '../sts/session-policies.ts'
import { mappedTags } from './attribute-mapping.ts'
import type { CertificateFacts } from './certificate.ts'
import { refused } from './faults.ts'
import type { SessionRequest } from './session-request.ts'
import type { Profile, TrustAnchor } from './state.ts'

interface Proven {
  readonly anchor: TrustAnchor
  readonly profile: Profile
  readonly leaf: CertificateFacts
  readonly request: SessionRequest
}

/**
 * Issues the session of a role to a certificate that was found good, when the role trusts Roles Anywhere with it, and
 * gives it as CreateSession answers it. Throws AccessDeniedException.
 */
export function issueRoleSession(call: Call, { anchor, profile, leaf, request }: Proven): object {
  const { cloud, at } = call
  const { roleArn } = request
  const unable = refused(`Unable to assume role for ${roleArn}`)
  const role = cloud.roles.get(keyOf(anchor.accountId, roleArn.slice(roleArn.lastIndexOf('/') + 1)))
  if (role?.arn !== roleArn) throw unable
  const name = sessionName(leaf, profile, request)
  const tags = mappedTags(leaf, profile.mappings, roleArn)
  const sourceIdentity = sourceIdentityOf(leaf)
  const context: RequestContext = {
    'aws:SourceArn': anchor.arn,
    'aws:SourceAccount': anchor.accountId,
    'sts:RoleSessionName': name,
    ...(sourceIdentity === undefined ? {} : { 'sts:SourceIdentity': sourceIdentity }),
    ...tagContext(tags),
  }
  const actions = ['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity']
  if (!trustsService(role, service, call, context, actions)) throw unable
  const policies = sessionPolicies(call, profile)
  const duration = Math.min(request.durationSeconds ?? profile.duration, profile.duration, role.maxSessionDuration)
  const userId = `${role.id}:${name}`
  const arn = `arn:aws:sts::${role.accountId}:assumed-role/${role.name}/${name}`
  const issued = issueSession(cloud, at, {
    kind: 'assumed-role',
    accountId: role.accountId,
    arn,
    userId,
    principalArn: role.arn,
    issuer: { name: role.name, id: role.id, arn: role.arn },
    duration,
    ...(policies ? { policies } : {}),
    tags,
    transitiveTagKeys: [],
    ...(sourceIdentity === undefined ? {} : { sourceIdentity }),
  })
  const assumedRoleUser = { arn, assumedRoleId: userId }
  call.note({
    operation: 'CreateSession',
    resources: [{ ARN: role.arn, accountId: role.accountId, type: 'AWS::IAM::Role' }],
    responseElements: { assumedRoleUser, accessKeyId: issued.AccessKeyId, sourceIdentity: sourceIdentity ?? null },
  })
  return {
    assumedRoleUser,
    credentials: {
      accessKeyId: issued.AccessKeyId,
      secretAccessKey: issued.SecretAccessKey,
      sessionToken: issued.SessionToken,
      expiration: issued.Expiration.toISOString().replace(/\.\d{3}Z$/, 'Z'),
    },
    packedPolicySize: Math.min(100, packed(profile.sessionPolicy, profile.managedPolicyArns, tags) ?? 0),
    roleArn,
    ...(sourceIdentity === undefined ? {} : { sourceIdentity }),
  }
}

const service = 'rolesanywhere.amazonaws.com'

/** The serial number in hexadecimal (in the credential of the signature it is decimal), or the name asked for. */
function sessionName({ certificate }: CertificateFacts, profile: Profile, request: SessionRequest): string {
  const asked = request.roleSessionName ?? request.sessionName
  if (asked === undefined) return certificate.serialNumber.toLowerCase()
  if (profile.acceptRoleSessionName) return asked
  throw refused('The profile does not accept a custom role session name')
}

/** The common name of the subject, in the characters a source identity can have. */
function sourceIdentityOf({ subject }: CertificateFacts): string | undefined {
  const names = subject.flatMap(([type, value]) => (type === 'CN' ? value : []))
  const text = names
    .join('/')
    .replace(/[^\w+=,.@-]/g, '_')
    .slice(0, 64)
  return text.length >= 2 ? text : undefined
}

/** Trust policies see the attributes of the certificate as tags of the principal, and of the request. */
const tagContext = (tags: Tags): RequestContext => ({
  ...Object.fromEntries(
    Object.entries(tags).flatMap(([key, value]) => [
      [`aws:PrincipalTag/${key}`, value],
      [`aws:RequestTag/${key}`, value],
    ]),
  ),
  ...(Object.keys(tags).length > 0 ? { 'aws:TagKeys': Object.keys(tags) } : {}),
})

/** The policies that narrow every session of the profile; undefined when it has none. */
function sessionPolicies({ cloud }: Call, profile: Profile): readonly PolicyText[] | undefined {
  const managed = profile.managedPolicyArns.map((arn) => {
    const owner = cloud.policies.get(arn)?.accountId
    const document = owner === profile.accountId || owner === 'aws' ? managedText(cloud, arn) : undefined
    if (document === undefined) throw refused(`The managed policy ${arn} of the profile does not exist`)
    return document
  })
  const all = [...(profile.sessionPolicy === undefined ? [] : [profile.sessionPolicy]), ...managed]
  return all.length === 0 ? undefined : all
}
