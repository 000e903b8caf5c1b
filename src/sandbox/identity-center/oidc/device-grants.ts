import type { Cloud } from '../../cloud.ts'
import type { Call, Output } from '../../service.ts'
import { readInput, required, text } from '../../shape.ts'
import {
  after,
  type DeviceGrant,
  isOver,
  isStartUrl,
  newSecret,
  type OidcClient,
  type Person,
  stateOf,
} from '../state.ts'
import { provenClient } from './clients.ts'
import { beginLogin, sessionSeconds } from './logins.ts'
import { oidcFault } from './oidc-fault.ts'

const lifetime = 600
const interval = 1

const request = {
  clientId: required(text({ min: 1, max: 256 })),
  clientSecret: required(text({ min: 1, max: 4096, sensitive: true })),
  startUrl: required(text({ min: 1, max: 2048 })),
}

/** StartDeviceAuthorization: a code for the person, and one for the program that waits (RFC 8628, section 3.2). */
export function startDeviceAuthorization(call: Call, body: object): Output {
  const { cloud, at } = call
  const input = readInput(request, body)
  const client = provenClient(cloud, at, input.clientId, input.clientSecret)
  if (!isStartUrl(cloud, call.endpoint, input.startUrl))
    throw oidcFault('InvalidRequestException', 'Invalid startUrl provided')
  const grant: DeviceGrant = {
    deviceCode: newSecret(cloud),
    userCode: freshUserCode(cloud),
    clientId: client.id,
    startUrl: input.startUrl,
    expiresAt: after(at, lifetime),
    polls: [],
    outcome: 'pending',
  }
  stateOf(cloud).deviceGrants.put(grant.deviceCode, grant)
  call.note({
    operation: 'StartDeviceAuthorization',
    requestParameters: { clientId: client.id, startUrl: input.startUrl },
  })
  return {
    deviceCode: grant.deviceCode,
    userCode: grant.userCode,
    verificationUri: `${call.endpoint}/device`,
    verificationUriComplete: `${call.endpoint}/device?user_code=${grant.userCode}`,
    expiresIn: lifetime,
    interval,
  }
}

// No vowels, so that no code is a word, and nothing that looks like something else (RFC 8628, section 6.1).
const letters = 'BCDFGHJKLMNPQRSTVWXZ'

function freshUserCode(cloud: Cloud): string {
  const letter = (): string => {
    for (;;) {
      const byte = cloud.randomBytes(1)[0] ?? 255
      if (byte < 240) return letters.charAt(byte % letters.length)
    }
  }
  for (;;) {
    const code = Array.from({ length: 8 }, letter)
      .join('')
      .replace(/^(.{4})/, '$1-')
    if (!grantOfUserCode(cloud, code)) return code
  }
}

/** The grant of a user code as a person types it: case, spaces and the dash do not matter. */
function grantOfUserCode(cloud: Cloud, typed: string): DeviceGrant | undefined {
  const bare = (code: string): string => code.toUpperCase().replace(/[^A-Z]/g, '')
  for (const grant of stateOf(cloud).deviceGrants.values()) if (bare(grant.userCode) === bare(typed)) return grant
  return undefined
}

/** The grant of a user code that still waits for its person; undefined for one that is over, answered or unknown. */
export function waitingGrant(cloud: Cloud, at: Date, userCode: string): DeviceGrant | undefined {
  const grant = grantOfUserCode(cloud, userCode)
  return grant?.outcome === 'pending' && !isOver(grant.expiresAt, at) ? grant : undefined
}

/** Says yes or no to what waits for its person. */
export function answerGrant(cloud: Cloud, at: Date, grant: DeviceGrant, person: Person | undefined): void {
  const answered: DeviceGrant = person
    ? { ...grant, outcome: 'approved', personId: person.id, sessionEnds: after(at, sessionSeconds) }
    : { ...grant, outcome: 'denied' }
  stateOf(cloud).deviceGrants.put(grant.deviceCode, answered)
}

/** The tokens of a device code, once the person has said yes (RFC 8628, section 3.5). */
export function redeemDeviceCode(cloud: Cloud, at: Date, client: OidcClient, deviceCode: string): Output {
  const { deviceGrants } = stateOf(cloud)
  const grant = deviceGrants.get(deviceCode)
  if (grant?.clientId !== client.id || grant.outcome === 'used')
    throw oidcFault('InvalidGrantException', 'Invalid device code provided')
  if (isOver(grant.expiresAt, at)) throw oidcFault('ExpiredTokenException', 'The device code has expired')
  if (grant.outcome === 'denied') throw oidcFault('AccessDeniedException', 'The request was denied by the user')
  if (grant.personId === undefined || grant.sessionEnds === undefined) {
    deviceGrants.put(deviceCode, { ...grant, polls: [...grant.polls.slice(-1), at.toISOString()] })
    // The AWS CLI asks twice in a row before it waits for the first time, and is not told to slow down for it.
    const [before] = grant.polls.length > 1 ? grant.polls.slice(-2) : []
    if (before !== undefined && at.getTime() - new Date(before).getTime() < interval * 1000)
      throw oidcFault('SlowDownException', 'Slow down')
    throw oidcFault('AuthorizationPendingException', 'The user has not approved the request yet')
  }
  deviceGrants.put(deviceCode, { ...grant, outcome: 'used' })
  return beginLogin(cloud, at, { client, personId: grant.personId, sessionEnds: grant.sessionEnds }).answer
}
