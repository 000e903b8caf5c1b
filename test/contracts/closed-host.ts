import assert from 'node:assert/strict'
import type { Host } from '../../src/host/host.ts'

const closed = (what: string) => (): never => assert.fail(`${what} is not to be used here`)

/** An outside that is shut: a test opens the parts it is about, and any other that is touched fails it. */
export const closedHost: Omit<Host, 'vault' | 'exclusively'> = {
  now: closed('the clock'),
  fetch: closed('the network'),
  ask: closed('asking'),
  run: closed('running commands'),
  openBrowser: closed('the browser'),
  say: closed('telling'),
  variable: closed('the environment'),
  readFile: closed('the file system'),
  awsCache: closed("AWS's cache"),
}
