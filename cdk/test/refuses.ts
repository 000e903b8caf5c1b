import assert from 'node:assert/strict'
import { Stack } from 'aws-cdk-lib'
import { Refusal } from '../src/refusal.ts'

/** Holds that each unsafe choice is refused with its reason, and that the nearest safe one is taken. */
export function refuses<P>(
  make: (stack: Stack, props: P) => unknown,
  cases: readonly (readonly [unsafe: P, reason: RegExp, safe: P])[],
): void {
  for (const [unsafe, reason, safe] of cases) {
    const refused = (error: unknown): boolean => error instanceof Refusal && reason.test(error.message)
    assert.throws(
      () => make(new Stack(), unsafe),
      refused,
      `${JSON.stringify(unsafe)} should be refused with ${reason}`,
    )
    make(new Stack(), safe)
  }
}
