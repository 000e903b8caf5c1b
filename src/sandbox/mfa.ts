import { createHmac, timingSafeEqual } from 'node:crypto'
import { decodeBase32 } from './base32.ts'
import type { Cloud, MfaDevice } from './cloud.ts'

/** The 30-second step an instant falls in. */
export const stepAt = (at: Date): number => Math.floor(at.getTime() / 30_000)

/** The six digits of a step: TOTP of RFC 6238 with SHA-1. Throws a TypeError for a seed that is not base32. */
export function totpAt(seedBase32: string, step: number): string {
  const seed = decodeBase32(seedBase32)
  if (seed === undefined || seed.length === 0) throw new TypeError('a TOTP seed must be base32')
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(Math.max(0, step)))
  const digest = createHmac('sha1', seed).update(counter).digest()
  const offset = (digest.at(-1) ?? 0) & 15
  return String((digest.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, '0')
}

/** The step from `first` to `last` whose code this is and which is not spent yet. Takes as long whether or not one is. */
export function stepOfCode(device: MfaDevice, code: string, first: number, last: number): number | undefined {
  let found: number | undefined
  const given = Buffer.from(/^\d{6}$/.test(code) ? code : 'no-one')
  for (let step = first; step <= last; step++) {
    const same = timingSafeEqual(given, Buffer.from(totpAt(device.seed, step)))
    if (same && found === undefined && step > (device.lastStep ?? -1)) found = step
  }
  return found
}

/**
 * Whether a code is one the device shows now, give or take a step. A code that is accepted is spent from here on, with
 * all before it: the device is put back before anything is answered.
 */
export function acceptCode(cloud: Cloud, device: MfaDevice, code: string, at: Date): boolean {
  const current = stepAt(at) + (device.drift ?? 0)
  const step = stepOfCode(device, code, current - 1, current + 1)
  if (step === undefined) return false
  cloud.mfaDevices.put(device.serial, { ...device, lastStep: step })
  return true
}

/**
 * Forgets the codes that were spent in what has become the future: whoever sets the clock back would else be locked out
 * until that time comes again.
 */
export function forgetFutureCodes(cloud: Cloud): void {
  const current = stepAt(cloud.now())
  for (const device of cloud.mfaDevices.values()) {
    const { lastStep, ...rest } = device
    if (lastStep !== undefined && lastStep > current + (device.drift ?? 0) + 1)
      cloud.mfaDevices.put(device.serial, rest)
  }
}
