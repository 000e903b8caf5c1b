import assert from 'node:assert/strict'
import { setTimeout } from 'node:timers/promises'

/** Milliseconds after which it will not come any more, however slow and busy the machine. */
const patience = 60_000

/** Looks every few milliseconds until there is something other than nothing, false or 0, and gives it. */
export async function until<T>(look: () => T | Promise<T>, what: string): Promise<NonNullable<T>> {
  const begun = performance.now()
  for (;;) {
    const found = await look()
    if (found) return found
    if (performance.now() - begun > patience) assert.fail(`it never came: ${what}`)
    await setTimeout(5)
  }
}
