/**
 * Plays the person's authenticator app for the tour. At enrolment the `otpauth://` address comes on standard input: it
 * keeps the seed and prints two consecutive codes. Later it prints the code of the moment, by the sandbox's clock.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { totpAt } from '../../sandbox/mfa.ts'

const [phone = '', endpoint = ''] = process.argv.slice(2)
const clock = await fetch(`${endpoint}/_mayfly/clock`, {
  headers: { authorization: `Bearer ${process.env.MAYFLY_TOUR_CONTROL}` },
})
const answer: unknown = await clock.json()
if (typeof answer !== 'object' || answer === null || !('now' in answer)) throw new Error('The sandbox told no time.')
const step = Math.floor(new Date(String(answer.now)).getTime() / 30_000)

const shown = process.env.MAYFLY_ENROLLING ? readFileSync(0, 'utf8').trim() : ''
const seed = shown ? (new URL(shown).searchParams.get('secret') ?? '') : readFileSync(phone, 'utf8')
if (shown) writeFileSync(phone, seed, { mode: 0o600 })
process.stdout.write(shown ? `${totpAt(seed, step - 1)} ${totpAt(seed, step)}\n` : `${totpAt(seed, step)}\n`)
