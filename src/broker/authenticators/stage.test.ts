// No tests in here: what tests of authenticators play on. It is named so that it stays out of the package.
import { randomBytes } from 'node:crypto'
import { control } from '../../../test/contracts/sign-in.ts'
import { type Ledger, openLedger } from '../../ledger/index.ts'
import { type Sandbox, startSandbox } from '../../sandbox/index.ts'
import type { AuthenticatorConfig } from '../config/broker-config.ts'
import type { LoginAuthenticator, ProofAuthenticator } from './authenticator.ts'
import { openAuthenticators } from './index.ts'

export const publicUrl = 'https://broker.example.com'
export const account = '111122223333'

/** A sandbox with its identity providers, and a clock that runs with it and can be moved. */
export interface AuthenticatorStage {
  readonly sandbox: Sandbox
  readonly ledger: Ledger
  readonly now: () => Date
  readonly later: (seconds: number) => void
  /** What is asked of the outside goes through here. */
  fetch: (request: Request) => Promise<Response>
  readonly proof: (config: Configured) => ProofAuthenticator
  readonly login: (config: Configured) => LoginAuthenticator
  readonly control: (method: string, path: string, body?: object) => Promise<Record<string, unknown>>
  /** A token of the sandbox's provider, or of another issuer. */
  readonly mint: (order: object) => Promise<string>
  readonly close: () => Promise<void>
}

type Configured = AuthenticatorConfig extends infer Kind
  ? Kind extends AuthenticatorConfig
    ? Omit<Kind, 'name' | 'line'>
    : never
  : never

/** Sets the stage. Close it after the tests. */
export async function authenticatorStage(): Promise<AuthenticatorStage> {
  let moved = 0
  const begun = Date.now()
  const now = (): Date => new Date(begun + moved * 1000)
  const sandbox = await startSandbox({ now, randomBytes, accounts: [account] })
  const ledger = await openLedger('memory:')
  const opened = (config: Configured) => {
    const authenticators = [{ name: 'way', line: 1, ...config } as AuthenticatorConfig]
    const fetch = (request: Request): Promise<Response> => stage.fetch(request)
    return openAuthenticators({ config: () => ({ authenticators, publicUrl }), ledger, fetch, now })
  }
  const stage: AuthenticatorStage = {
    sandbox,
    ledger,
    now,
    close: async () => {
      await ledger.close()
      await sandbox.close()
    },
    fetch: (request) => fetch(request),
    later: (seconds) => {
      moved += seconds
    },
    proof: (config) => present(opened(config).proof('way')),
    login: (config) => present(opened(config).login('way')),
    control: (method, path, body) => control(sandbox, method, path, body),
    mint: async (order) => String((await control(sandbox, 'POST', 'tokens', order)).token),
  }
  return stage
}

function present<T>(value: T | undefined): T {
  if (value === undefined) throw new TypeError('not of that kind')
  return value
}
