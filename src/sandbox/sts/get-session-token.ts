import { accessDenied } from '../fault.ts'
import { issueSession } from '../issue-session.ts'
import { operation } from '../service.ts'
import { integer } from '../shape.ts'
import { checkMfa } from './check-mfa.ts'
import { issuerOf } from './issuer.ts'
import { serialMember, tokenCodeMember } from './members.ts'

/** A session of the user (or root) who calls with a permanent key; with MFA when a code is given. */
export const getSessionToken = operation({
  input: {
    DurationSeconds: integer({ min: 900, max: 129_600 }),
    SerialNumber: serialMember,
    TokenCode: tokenCodeMember,
  },
  readOnly: true,
  tellsAnswer: true,
  perform: (input, call) => {
    const { caller, cloud, at } = call
    if (caller.session) throw accessDenied('Cannot call GetSessionToken with session credentials')
    // The engine allows it unless a policy denies it outright, which is what AWS's own quarantine policy counts on.
    call.authorize({ action: 'sts:GetSessionToken', resource: '*' })
    const withMfa = checkMfa(input, call)
    const asked = input.DurationSeconds ?? 43_200
    const Credentials = issueSession(cloud, at, {
      kind: 'session-token',
      accountId: caller.accountId,
      arn: caller.arn,
      userId: caller.userId,
      principalArn: caller.arn,
      issuer: issuerOf(caller),
      // The one case where AWS shortens what was asked instead of refusing it.
      duration: caller.kind === 'root' ? Math.min(asked, 3600) : asked,
      ...(withMfa ? { mfaAt: at.toISOString() } : {}),
      tags: {},
      transitiveTagKeys: [],
      parentKeyId: caller.accessKeyId,
    })
    return { Credentials }
  },
})
