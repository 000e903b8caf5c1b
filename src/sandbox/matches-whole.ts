import { createContext, Script } from 'node:vm'

/** Milliseconds: a pattern that backtracks without end must not stop the sandbox. */
const patience = 200

const code = new Script('new RegExp(pattern).test(value)')

/**
 * Whether a pattern that a caller chose matches the whole value: `yes`, `no`, `broken` when it is no regular expression,
 * `too slow` when it takes longer than 200 ms.
 */
export function matchesWhole(pattern: string, value: string): 'yes' | 'no' | 'broken' | 'too slow' {
  try {
    const context = createContext({ pattern: `^(?:${pattern})$`, value })
    return code.runInContext(context, { timeout: patience }) === true ? 'yes' : 'no'
  } catch (error) {
    // It comes from the other realm, whose Error is not ours.
    const { code: reason } = error as { readonly code?: unknown }
    return reason === 'ERR_SCRIPT_EXECUTION_TIMEOUT' ? 'too slow' : 'broken'
  }
}
