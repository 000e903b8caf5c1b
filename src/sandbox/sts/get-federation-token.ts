import { accessDenied } from '../fault.ts'
import { issueSession } from '../issue-session.ts'
import { operation } from '../service.ts'
import { integer, required, text } from '../shape.ts'
import { issuerOf } from './issuer.ts'
import { policyArnsMember, policyCharacters, tagsMember } from './members.ts'
import { readSessionPolicies } from './session-policies.ts'
import { readSessionTags, tagContext } from './session-tags.ts'

/** A session under a made-up name, with what both the calling user and the session policy allow. */
export const getFederationToken = operation({
  input: {
    Name: required(text({ min: 2, max: 32, pattern: '[\\w+=,.@-]*' })),
    Policy: text({ min: 1, max: 2048, pattern: policyCharacters }),
    PolicyArns: policyArnsMember,
    DurationSeconds: integer({ min: 900, max: 129_600 }),
    Tags: tagsMember,
  },
  readOnly: true,
  tellsAnswer: true,
  perform: (input, call) => {
    const { caller, cloud, at } = call
    if (caller.session) throw accessDenied('Cannot call GetFederationToken with session credentials')
    const { accountId } = caller
    const arn = `arn:aws:sts::${accountId}:federated-user/${input.Name}`
    const tags = readSessionTags(input, undefined)
    const context = tagContext(tags)
    call.authorize({ action: 'sts:GetFederationToken', resource: arn, context })
    if (Object.keys(tags.requested).length > 0) call.authorize({ action: 'sts:TagSession', resource: arn, context })
    const policies = readSessionPolicies(cloud, accountId, input, tags.requested)
    const asked = input.DurationSeconds ?? 43_200
    const userId = `${accountId}:${input.Name}`
    const Credentials = issueSession(cloud, at, {
      kind: 'federated-user',
      accountId,
      arn,
      userId,
      principalArn: arn,
      issuer: issuerOf(caller),
      duration: caller.kind === 'root' ? Math.min(asked, 3600) : asked,
      ...(policies.texts ? { policies: policies.texts } : {}),
      tags: tags.tags,
      transitiveTagKeys: [],
      parentKeyId: caller.accessKeyId,
    })
    return {
      Credentials,
      FederatedUser: { FederatedUserId: userId, Arn: arn },
      ...(policies.packedSize === undefined ? {} : { PackedPolicySize: policies.packedSize }),
    }
  },
})
