import type { WireRequest } from '../wire/message.ts'
import { Fault } from './fault.ts'

const mostHeaders = 200
const singular = new Set([
  'host',
  'authorization',
  'content-length',
  'content-type',
  'x-amz-date',
  'x-amz-security-token',
  'x-amz-content-sha256',
  'x-amz-target',
])

/**
 * What is refused before anyone asks what it is: requests that two readers could read differently, and requests that a
 * web page of elsewhere made this machine's browser send (its Host names another place than this machine).
 *
 * A target must be a path. The absolute form (RFC 9112, section 3.2.2) is for proxies; here it would only be a second
 * place to name the host in, so it is refused, as are the authority and asterisk forms.
 */
export function refuseAtDoor(request: WireRequest): void {
  if (!request.target.startsWith('/'))
    throw new Fault('InvalidURI', 400, 'The request target must be a path, not a full URL, an authority or *')
  if (request.headers.length > mostHeaders)
    throw new Fault('RequestHeaderSectionTooLarge', 431, `The request has more than ${mostHeaders} headers`)
  const seen = new Set<string>()
  let host: string | undefined
  for (const [name, value] of request.headers) {
    const key = name.toLowerCase()
    if (!singular.has(key)) continue
    if (seen.has(key)) throw new Fault('InvalidRequest', 400, `The header ${key} stands more than once`)
    seen.add(key)
    if (key === 'host') host = value
  }
  if (host === undefined || !isLoopback(host))
    throw new Fault(
      'ForbiddenHost',
      403,
      'The Host header must name this machine: 127.0.0.1, [::1], localhost or a name under localhost',
    )
}

/** Names under `localhost` always are this machine (RFC 6761, section 6.3), so no foreign name can be rebound to them. */
function isLoopback(host: string): boolean {
  const name = host.replace(/:\d{1,5}$/, '').toLowerCase()
  return /^(?:127(?:\.\d{1,3}){3}|\[::1\]|(?:[a-z0-9_-][a-z0-9._-]*\.)?localhost\.?)$/.test(name)
}
