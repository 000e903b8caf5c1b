/**
 * Plays the authenticator app for who tries this on the sandbox without a phone: `mayfly mfa enroll --mfa-process` gives
 * it the seed once, and then it prints codes. Where a person would wait for the next code, it moves the sandbox's clock
 * on. Nothing for a real account: a seed on the machine that holds the key is one factor, not two.
 */
import { createHmac } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'

const seedFile = '.sandbox/phone.seed'
const enrolling = process.env.MAYFLY_ENROLLING === '1'
if (enrolling)
  writeFileSync(seedFile, new URL(readFileSync(0, 'utf8').trim()).searchParams.get('secret'), { mode: 0o600 })
const bits = [...readFileSync(seedFile, 'utf8')]
  .map((letter) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0'))
  .join('')
const key = Buffer.from(bits.match(/.{8}/g).map((byte) => Number.parseInt(byte, 2)))

function codeAt(step) {
  const count = Buffer.alloc(8)
  count.writeBigUInt64BE(BigInt(step))
  const mac = createHmac('sha1', key).update(count).digest()
  return String((mac.readUInt32BE(mac[19] & 15) & 0x7fffffff) % 1e6).padStart(6, '0')
}

const clock = `${process.env.AWS_ENDPOINT_URL}/_mayfly/clock`
const headers = { authorization: `Bearer ${process.env.MAYFLY_CONTROL}` }
const { now } = await (await fetch(clock, { headers })).json()
const later = new Date(Date.parse(now) + 30_000)
await fetch(clock, { method: 'PUT', headers, body: JSON.stringify({ now: later.toISOString() }) })
const step = Math.floor(later.getTime() / 30_000)
console.log(enrolling ? `${codeAt(step - 1)} ${codeAt(step)}` : codeAt(step))
