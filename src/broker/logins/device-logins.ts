import { createHmac } from 'node:crypto'
import type { Principal } from '../../model/principal.ts'
import { onOneLine } from './admission.ts'
import type { BrokerKey } from './key.ts'
import type { LoginParts } from './login-parts.ts'
import type { Waiting } from './pages.ts'
import { principalClaims, principalIn } from './principal-claims.ts'
import type { Seal } from './seal.ts'

/** A device login that waits, under the name it was left by. */
export interface WaitingDevice extends Waiting {
  readonly id: string
  /** Milliseconds since 1970. */
  readonly until: number
}

/** Logins of programs that have no browser beside them (RFC 8628). They wait in the database, for any broker to go on with. */
export interface DeviceLogins {
  readonly ask: (
    sourceIp: string,
    agent: string,
  ) => Promise<{
    readonly deviceCode: string
    readonly userCode: string
    readonly expiresIn: number
    readonly interval: number
  }>
  readonly poll: (deviceCode: string) => Promise<
    | { readonly kind: 'in'; readonly principal: Principal }
    | {
        readonly kind: 'not'
        readonly error: 'invalid_grant' | 'expired_token' | 'slow_down' | 'authorization_pending' | 'access_denied'
      }
  >
  /** The login that waits under a code as it was typed. */
  readonly find: (typed: string) => Promise<WaitingDevice | undefined>
  /** Lets the device in as that principal, or refuses it. False when somebody answered before. */
  readonly answer: (device: WaitingDevice, principal: Principal, allowed: boolean) => Promise<boolean>
}

/** No vowels, so that no words come out, and no letter that looks like another's or a digit's. */
const letters = 'BCDFGHJKLMNPQRSTVWXZ'
const codeLength = 8
/** Seconds. */
const lasts = 600
const interval = 2
const longestAgent = 120

export function openDeviceLogins(
  { ledger, limits, now, randomBytes }: Pick<LoginParts, 'ledger' | 'limits' | 'now' | 'randomBytes'>,
  key: Pick<BrokerKey, 'derive'>,
  seal: Seal,
): DeviceLogins {
  const codeKey = key.derive('user codes')
  // Whoever reads the database must not find codes that wait there.
  const nameOf = (plain: string): string =>
    `user-code:${createHmac('sha256', codeKey).update(plain).digest('base64url')}`

  return {
    async ask(sourceIp, agent) {
      const id = Buffer.from(randomBytes(18)).toString('base64url')
      const at = now().getTime()
      for (;;) {
        const plain = newCode(randomBytes)
        const userCode = shown(plain)
        const content = { id, userCode, sourceIp, agent: onOneLine(agent).slice(0, longestAgent), at }
        const text = await seal.seal('device-asked', content, lasts)
        if (!(await ledger.put(nameOf(plain), text, at + lasts * 1000, at))) continue
        return { deviceCode: await seal.seal('device', { id }, lasts), userCode, expiresIn: lasts, interval }
      }
    },
    async poll(deviceCode) {
      const code = await seal.unseal('device', deviceCode)
      // Nothing tells a code that has ended from one that never was; for a device it comes to the same.
      if (code === undefined || typeof code.content.id !== 'string') return { kind: 'not', error: 'expired_token' }
      const { id } = code.content
      if (limits.take('poll', id) > 0) return { kind: 'not', error: 'slow_down' }
      const text = await ledger.take(`device:${id}`, now().getTime())
      if (text === undefined) return { kind: 'not', error: 'authorization_pending' }
      const { allowed, principal, for: device } = (await seal.unseal('device-answer', text))?.content ?? {}
      if (device !== id || allowed !== true) return { kind: 'not', error: 'access_denied' }
      const who = typeof principal === 'object' && principal !== null ? principalIn({ ...principal }) : undefined
      return who ? { kind: 'in', principal: who } : { kind: 'not', error: 'invalid_grant' }
    },
    async find(typed) {
      const plain = typed.toUpperCase().replace(/[^A-Z]/g, '')
      if (plain.length !== codeLength) return undefined
      const text = await ledger.get(nameOf(plain), now().getTime())
      const waiting = text === undefined ? undefined : await seal.unseal('device-asked', text)
      return waiting && readWaiting(waiting.content, waiting.until)
    },
    async answer({ id, userCode, until }, principal, allowed) {
      const taken = await ledger.take(nameOf(userCode.replace('-', '')), now().getTime())
      if (taken === undefined) return false
      const seconds = Math.ceil((until - now().getTime()) / 1000)
      const content = { for: id, allowed, ...(allowed ? { principal: principalClaims(principal) } : {}) }
      return ledger.put(`device:${id}`, await seal.seal('device-answer', content, seconds), until, now().getTime())
    },
  }
}

/** Eight letters, all of them equally likely. */
function newCode(randomBytes: LoginParts['randomBytes']): string {
  let code = ''
  while (code.length < codeLength)
    for (const byte of randomBytes(codeLength))
      if (byte < evenBytes && code.length < codeLength) code += letters.charAt(byte % letters.length)
  return code
}

/** From here on a byte would make some letters likelier. */
const evenBytes = 256 - (256 % letters.length)

const shown = (plain: string): string => `${plain.slice(0, codeLength / 2)}-${plain.slice(codeLength / 2)}`

/** What was sealed of a login that waits. */
export function readWaiting(content: Readonly<Record<string, unknown>>, until: number): WaitingDevice | undefined {
  const { id, userCode, sourceIp, agent, at } = content
  if (typeof id !== 'string' || typeof userCode !== 'string' || typeof sourceIp !== 'string') return undefined
  if (typeof agent !== 'string' || typeof at !== 'number') return undefined
  return { id, userCode, sourceIp, agent, at, until }
}
