import { type Context, createContext, Script } from 'node:vm'

/** Milliseconds: a pattern that backtracks without end must not stop the broker for everybody. */
const patience = 50

const script = 'new RegExp(pattern, "u").test(ticket)'
let made: { readonly code: Script; readonly context: Context } | undefined

/** Whether a pattern of the configuration matches the whole ticket; not when it takes longer than 50 ms. */
export function matchesTicket(pattern: string, ticket: string): boolean {
  made ??= { code: new Script(script), context: createContext({}) }
  const { code, context } = made
  Object.assign(context, { pattern: `^(?:${pattern})$`, ticket })
  try {
    return code.runInContext(context, { timeout: patience }) === true
  } catch {
    return false
  }
}
