import { type Authentication, readAuthentication } from '../wire/sigv4/authentication.ts'
import { sha256 } from '../wire/sigv4/canonical.ts'
import { verifySignature } from '../wire/sigv4/verify.ts'
import { type Body, checkedBody, readWhole, wholeBody } from './body.ts'
import { type Claim, checkClaim } from './claim.ts'
import type { Cloud } from './cloud.ts'
import { Fault } from './fault.ts'
import type { Incoming } from './incoming.ts'
import type { Service } from './service.ts'
import { signatureFault } from './signature-faults.ts'

/** A request that was let in. Only what `claim` names is proven; without it the caller is anonymous. */
export type Signed =
  | { readonly claim: Claim; readonly authentication: Authentication; readonly body: Body }
  | { readonly claim?: never; readonly authentication?: never; readonly body: Body }

/**
 * Who signed the request, and its body. Throws the service's own refusal; only S3, and services that claim them, take
 * requests without a signature.
 */
export async function authenticate(cloud: Cloud, service: Service, incoming: Incoming, at: Date): Promise<Signed> {
  const { request, source } = incoming
  if (service.claims?.(request)) return { body: wholeBody(await readWhole(source)) }
  const protocol = service.protocol ?? (service.name === 's3' ? 's3' : 'query')
  const read = readAuthentication(request)
  if (!read.allowed) {
    if (protocol === 's3' && read.code === 'missing-authentication')
      return { body: checkedBody(request, source, undefined) }
    throw signatureFault(protocol, read)
  }
  const { authentication } = read
  const checked = checkClaim(cloud, service, authentication, at)
  if (!checked.allowed) throw signatureFault(protocol, checked, { authentication, now: at })
  const { claim } = checked
  const mismatch = { allowed: false, code: 'signature-mismatch', because: '' } as const
  if (protocol === 's3') {
    const { payload } = authentication
    if (payload === undefined)
      throw new Fault('InvalidRequest', 400, 'Missing required header for this request: x-amz-content-sha256')
    if (!verifySignature(request, authentication, claim.key, payload))
      throw signatureFault(protocol, mismatch, { authentication, now: at })
    return { claim, authentication, body: checkedBody(request, source, { authentication, key: claim.key }) }
  }
  const bytes = await readWhole(source)
  const digest = sha256(bytes)
  const declared = authentication.payload ?? digest
  if (declared !== digest || !verifySignature(request, authentication, claim.key, digest))
    throw signatureFault(protocol, mismatch)
  return { claim, authentication, body: wholeBody(bytes) }
}
