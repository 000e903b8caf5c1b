import { headerOf } from '../../wire/message.ts'
import { after, digestOf, isOver } from '../identity-center/state.ts'
import type { Call } from '../service.ts'
import { invalidRequest } from './signin-fault.ts'
import { stateOf } from './state.ts'

/** Seconds a proof may be old, or its clock ahead. */
const window = 300

/**
 * The thumbprint of the key that a request proves to hold (RFC 9449, section 4.3): signed with ES256 by the key in its
 * header, for this method and this very address, just now, and never seen before.
 */
export async function provenThumbprint(call: Call): Promise<string> {
  const proof = headerOf(call.request, 'dpop')
  if (proof === undefined) throw invalidRequest('The request has no DPoP proof')
  const { calculateJwkThumbprint, EmbeddedJWK, jwtVerify } = await import('jose')
  const { payload, protectedHeader } = await jwtVerify(proof, EmbeddedJWK, {
    typ: 'dpop+jwt',
    algorithms: ['ES256'],
    currentDate: call.at,
    clockTolerance: window,
    requiredClaims: ['jti', 'htm', 'htu', 'iat'],
  }).catch(() => {
    throw invalidRequest('The DPoP proof is not valid')
  })
  const { jti, htm, htu, iat = 0 } = payload
  const now = call.at.getTime() / 1000
  if (htm !== call.request.method || htu !== addressOf(call))
    throw invalidRequest('The DPoP proof is for another request')
  if (Math.abs(now - iat) > window) throw invalidRequest('The DPoP proof is not of now')
  if (!protectedHeader.jwk || typeof jti !== 'string' || jti.length > 256)
    throw invalidRequest('The DPoP proof is not valid')
  const thumbprint = await calculateJwkThumbprint(protectedHeader.jwk)
  remember(call, digestOf(`${thumbprint} ${jti}`))
  return thumbprint
}

/** Nothing waits between the look and the note, so of two at once one is refused. */
function remember({ cloud, at }: Call, id: string): void {
  const { proofs } = stateOf(cloud)
  for (const known of [...proofs.values()]) if (isOver(known.until, at)) proofs.delete(known.id)
  if (proofs.get(id)) throw invalidRequest('The DPoP proof was used before')
  proofs.put(id, { id, until: after(at, 2 * window) })
}

/** The address as the client wrote it, without its query; the door has seen to it that the host is this machine. */
const addressOf = ({ request, path }: Call): string => `http://${headerOf(request, 'host') ?? ''}${path}`
