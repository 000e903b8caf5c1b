import { Failure } from '../model/failure.ts'
import type { Credentials } from '../model/signing-key.ts'
import type { TokenPlace, WebIdentitySpec } from '../model/source-spec.ts'
import { cached } from './cached.ts'
import { endedBy, readIssued } from './issued.ts'
import { assertSessionLimits } from './role-limits.ts'
import type { Opener } from './source.ts'
import { callSts } from './sts-call.ts'
import { holderOf } from './token-holder.ts'
import { webIdentityToken } from './web-identity-token.ts'

/**
 * A role for a token of an OpenID Connect provider: sts:AssumeRoleWithWebIdentity, unsigned. The token is taken from
 * its place anew at each call, trimmed, and kept nowhere.
 *
 * How long it lasts: a person's session ends with their sign-in, where the provider says when that is. A workload's
 * lasts as long as AWS grants, though its token ends sooner: tokens of CI systems and clusters live for minutes, because
 * they are meant to be traded at once, and there is no login behind them that could be over. Shorten it with
 * `duration_seconds`.
 *
 * Throws a `Failure`: `config-invalid` for a spec that AWS would refuse and for a token that is not there,
 * `login-needed` for one that is too old, `input-needed` where a person must sign in and cannot.
 */
export const openWebIdentity: Opener<WebIdentitySpec, Credentials> = (spec, host) => {
  assertSessionLimits(spec)
  return cached(spec, host, async () => {
    const { token, subject, loginEnds } = await webIdentityToken(spec.token, host)
    assertSameHolder(spec.token, token)
    const { policyArns } = spec
    const params = {
      RoleArn: spec.roleArn,
      RoleSessionName: spec.sessionName ?? sessionNameFor(subject, host.now()),
      WebIdentityToken: token,
      DurationSeconds: spec.duration,
      Policy: spec.policy,
      PolicyArns: policyArns?.length ? policyArns.map((arn) => ({ arn })) : undefined,
    }
    const result = await callSts(host, { action: 'AssumeRoleWithWebIdentity', params, target: spec.sts })
    return endedBy(readIssued(result, host.now()), loginEnds)
  })
}

/** The session is kept under the holder the spec names: another's token must not earn what is kept for the first. */
function assertSameHolder(place: TokenPlace, token: string): void {
  if ((place.from !== 'file' && place.from !== 'variable') || place.holder === undefined) return
  if (holderOf(token) === place.holder) return
  throw new Failure('file-conflict', "The web identity token was replaced by another holder's in the meantime.", {
    hint: 'Run the command again: it then asks for the new one.',
  })
}

/** What CloudTrail shows where the profile names nothing: whom the token is about, and the second. */
function sessionNameFor(subject: string | undefined, now: Date): string {
  const who = (subject ?? 'web').replace(/[^\w+=,.@-]/g, '-').slice(0, 40)
  return `mayfly-${who}-${Math.floor(now.getTime() / 1000)}`
}
