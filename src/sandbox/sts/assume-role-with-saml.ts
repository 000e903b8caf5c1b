import type { Role, SamlProvider } from '../cloud.ts'
import { accessDenied, Fault } from '../fault.ts'
import { issueSession } from '../issue-session.ts'
import type { AssertionFacts } from '../saml/assertion-facts.ts'
import { verifyInWorker } from '../saml/verify-in-worker.ts'
import { type Call, operation } from '../service.ts'
import { integer, readInput, required, text } from '../shape.ts'
import { policyArnsMember, policyCharacters, tagKeysMember, tagsMember } from './members.ts'
import { durationOf, findRole } from './role.ts'
import { checkClaims, type SamlClaims } from './saml-claims.ts'
import { readSessionPolicies } from './session-policies.ts'
import { readSessionTags, type SessionTags, tagContext } from './session-tags.ts'

/** A session of a role for whoever a SAML identity provider of the account vouches for. The proof is the assertion. */
export const assumeRoleWithSaml = operation({
  input: {
    RoleArn: required(text({ min: 20, max: 2048 })),
    PrincipalArn: required(text({ min: 20, max: 2048 })),
    SAMLAssertion: required(text({ min: 4, max: 100_000, sensitive: true })),
    PolicyArns: policyArnsMember,
    Policy: text({ min: 1, max: 2048, pattern: policyCharacters }),
    DurationSeconds: integer({ min: 900, max: 43_200 }),
  },
  unsigned: true,
  readOnly: true,
  tellsAnswer: true,
  perform: async (input, call) => {
    const { cloud, at } = call
    const { RoleArn: roleArn, PrincipalArn: principalArn } = input
    // The assertion itself is as good as a password for five minutes; trails have its ID.
    const told = { roleArn, principalArn, durationSeconds: input.DurationSeconds ?? 3600 }
    call.note({ operation: 'AssumeRoleWithSAML', requestParameters: told })
    const provider = cloud.samlProviders.get(principalArn)
    if (provider === undefined) throw invalidToken("Specified provider doesn't exist")
    const facts = await verified(input.SAMLAssertion, provider)
    const claims = checkClaims(facts, { roleArn, provider, now: at })
    const tags = tagsOf(claims)
    call.note({
      operation: 'AssumeRoleWithSAML',
      vouched: { accountId: provider.accountId, userIdentity: samlUser(claims) },
      requestParameters: {
        sAMLAssertionID: facts.id,
        roleSessionName: claims.sessionName,
        principalTags: tags.requested,
        ...(tags.transitiveTagKeys.length > 0 ? { transitiveTagKeys: tags.transitiveTagKeys } : {}),
        ...(claims.sourceIdentity === undefined ? {} : { sourceIdentity: claims.sourceIdentity }),
        ...told,
      },
    })
    const role = authorized(call, roleArn, provider, claims, tags)
    const duration = shortened(durationOf(input.DurationSeconds, role), claims, at)
    const policies = readSessionPolicies(cloud, role.accountId, input, tags.tags)
    const assumed = `${role.name}/${claims.sessionName}`
    const AssumedRoleUser = {
      AssumedRoleId: `${role.id}:${claims.sessionName}`,
      Arn: `arn:aws:sts::${role.accountId}:assumed-role/${assumed}`,
    }
    const Credentials = issueSession(cloud, at, {
      kind: 'assumed-role',
      accountId: role.accountId,
      arn: AssumedRoleUser.Arn,
      userId: AssumedRoleUser.AssumedRoleId,
      principalArn: role.arn,
      issuer: { name: role.name, id: role.id, arn: role.arn },
      duration,
      ...(policies.texts ? { policies: policies.texts } : {}),
      tags: tags.tags,
      transitiveTagKeys: tags.transitiveTagKeys,
      ...(claims.sourceIdentity === undefined ? {} : { sourceIdentity: claims.sourceIdentity }),
      context: { 'aws:FederatedProvider': provider.arn },
    })
    call.note({
      operation: 'AssumeRoleWithSAML',
      resources: [
        { ARN: role.arn, accountId: role.accountId, type: 'AWS::IAM::Role' },
        { ARN: provider.arn, accountId: provider.accountId, type: 'AWS::IAM::SAMLProvider' },
      ],
    })
    return {
      Credentials,
      AssumedRoleUser,
      ...(policies.packedSize === undefined ? {} : { PackedPolicySize: policies.packedSize }),
      Subject: claims.subject,
      SubjectType: claims.subjectType,
      Issuer: facts.issuer,
      Audience: claims.recipient,
      NameQualifier: claims.nameQualifier,
      ...(claims.sourceIdentity === undefined ? {} : { SourceIdentity: claims.sourceIdentity }),
    }
  },
})

const invalidToken = (message: string): Fault => new Fault('InvalidIdentityToken', 400, message)

async function verified(base64: string, provider: SamlProvider): Promise<AssertionFacts> {
  const packed = base64.replace(/[\r\n]/g, '')
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(packed) || packed.length % 4 !== 0)
    throw invalidToken('Invalid base64 SAMLResponse')
  const outcome = await verifyInWorker(Buffer.from(packed, 'base64').toString('utf8'), provider.keys)
  if (outcome.kind === 'verified') return outcome.assertion
  throw invalidToken(outcome.kind === 'unsigned' ? 'Response signature invalid' : 'Invalid SAML response')
}

const tagsOf = ({ tags, transitiveTagKeys }: SamlClaims): SessionTags =>
  readSessionTags(
    readInput(
      { Tags: tagsMember, TransitiveTagKeys: tagKeysMember },
      { Tags: tags, TransitiveTagKeys: transitiveTagKeys },
    ),
    undefined,
  )

/** The role, once its trust policy lets the provider do all that the assertion asks for. */
function authorized(call: Call, roleArn: string, provider: SamlProvider, claims: SamlClaims, tags: SessionTags): Role {
  const found = findRole(call.cloud, roleArn)
  // A provider vouches for roles of its own account alone.
  const role = found?.accountId === provider.accountId ? found : undefined
  const { sourceIdentity } = claims
  const actions = [
    'sts:AssumeRoleWithSAML',
    ...(Object.keys(tags.requested).length > 0 ? ['sts:TagSession'] : []),
    ...(sourceIdentity === undefined ? [] : ['sts:SetSourceIdentity']),
  ]
  if (role === undefined) throw accessDenied(refusalOf('sts:AssumeRoleWithSAML'))
  for (const action of actions)
    call.authorize({
      action,
      resource: roleArn,
      resourceAccount: role.accountId,
      resourcePolicy: role.trust,
      resourceTags: role.tags,
      principal: provider.arn,
      refusal: refusalOf(action),
      context: {
        ...tagContext(tags),
        ...claims.trustKeys,
        'aws:FederatedProvider': provider.arn,
        'sts:RoleSessionName': claims.sessionName,
        ...(sourceIdentity === undefined ? {} : { 'sts:SourceIdentity': sourceIdentity }),
      },
    })
  return role
}

const refusalOf = (action: string): string => `Not authorized to perform ${action}`

/** Never longer than asked, than the assertion wishes, or than the session at the provider. */
function shortened(asked: number, { sessionDuration, sessionEnd }: SamlClaims, at: Date): number {
  const left = sessionEnd === undefined ? asked : Math.floor((sessionEnd.getTime() - at.getTime()) / 1000)
  return Math.min(asked, sessionDuration ?? asked, left)
}

const samlUser = ({ nameQualifier, subject }: SamlClaims): Readonly<Record<string, unknown>> => ({
  type: 'SAMLUser',
  principalId: `${nameQualifier}:${subject}`,
  userName: subject,
  identityProvider: nameQualifier,
})
