import { sha256 } from '../../wire/sigv4/canonical.ts'
import { checkTime } from '../../wire/sigv4/verify.ts'
import { readX509Authentication, type X509Authentication } from '../../wire/x509/authentication.ts'
import { verifyX509Signature } from '../../wire/x509/verify.ts'
import type { Fault } from '../fault.ts'
import type { Answer, Call } from '../service.ts'
import { certificateFacts } from './certificate.ts'
import { checkLeaf, checkTrust } from './check-certificate.ts'
import { invalid, notFound, refused } from './faults.ts'
import { issueRoleSession } from './issue-role-session.ts'
import { readSessionRequest } from './session-request.ts'
import { rolesAnywhereState } from './state.ts'
import { noteSubject } from './subjects.ts'

/** Minutes a signature's date may be off, either way. */
export const skewMinutes = 5

/**
 * A session of a role for whoever holds the key of a certificate that a trust anchor vouches for. The checks stand in
 * AWS's order: signature, leaf, chain, revocation, what is enabled, the profile's roles, the role's trust. See
 * "CreateSession" in the IAM Roles Anywhere User Guide; it is in no SDK.
 */
export async function createSession(call: Call): Promise<Answer> {
  call.note({ operation: 'CreateSession', readOnly: false })
  const body = await call.body()
  const authentication = authenticate(call, body)
  const request = readSessionRequest(call, body)
  const { trustAnchorArn, profileArn, roleArn } = request
  call.note({ operation: 'CreateSession', requestParameters: { ...request } })

  const state = rolesAnywhereState(call.cloud)
  const anchor = state.trustAnchors.get(trustAnchorArn)
  if (!anchor || anchor.region !== authentication.scope.region) throw notFound('Trust anchor')
  const profile = state.profiles.get(profileArn)
  if (!profile || profile.accountId !== anchor.accountId || profile.region !== anchor.region) throw notFound('Profile')

  const leaf = await certificateFacts(authentication.certificate)
  if (!leaf) throw refused('Untrusted Signing Certificate')
  const attempt = (failed: boolean): string => noteSubject(call.cloud, call.at, anchor, leaf, failed)
  try {
    checkLeaf(leaf, call.at)
    const lists = [...state.revocationLists.values()].filter((list) => list.trustAnchorArn === anchor.arn)
    await checkTrust(leaf, authentication.chain, anchor, lists, call.at)
    if (!anchor.enabled) throw refused('Trust anchor is disabled')
    if (!profile.enabled) throw refused('Profile is disabled')
    if (!profile.roleArns.includes(roleArn)) throw refused(`Unable to assume role for ${roleArn}`)
    const credentialSet = issueRoleSession(call, { anchor, profile, leaf, request })
    const answer = { credentialSet: [credentialSet], subjectArn: attempt(false) }
    return { status: 201, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(answer) }
  } catch (error) {
    attempt(true)
    throw error
  }
}

function authenticate(call: Call, body: Uint8Array): X509Authentication {
  const read = readX509Authentication(call.request)
  if (!read.allowed) throw read.code === 'malformed-authentication' ? invalid(read.because) : refused(read.because)
  const { authentication } = read
  if (authentication.scope.service !== 'rolesanywhere')
    throw refused("Credential should be scoped to correct service: 'rolesanywhere'. ")
  const time = checkTime({ form: 'header', at: authentication.at }, call.at, skewMinutes * 60)
  if (!time.allowed) throw refused(time.because)
  if (!verifyX509Signature(call.request, authentication, sha256(body))) throw mismatch()
  return authentication
}

const mismatch = (): Fault =>
  refused(
    'The request signature we calculated does not match the signature you provided. Check your signing method. Consult the service documentation for details.',
  )
