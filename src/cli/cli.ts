import type { Command } from 'commander'
import type { NodeHost } from '../host/node-host.ts'
import type { Output } from './output.ts'

/** What every verb is given. */
export interface Cli extends Output {
  readonly env: NodeJS.ProcessEnv
  /** The outside, made when first asked for: most of it is never needed. */
  readonly host: (options?: HostOptions) => Promise<NodeHost>
}

/** What flags say about how the outside may be used. */
export interface HostOptions {
  /** False under --no-input: a question fails instead of waiting. */
  readonly input?: boolean
  /** From --mfa-code. */
  readonly mfaCode?: string
}

/** A verb: one row of the table in verbs.ts, one file in commands/. */
export interface Verb {
  readonly name: string
  readonly summary: string
  /** Loads its file; the verb then adds itself, with its options and examples, to the program. */
  readonly load: () => Promise<{ readonly define: (command: Command, cli: Cli) => void }>
}
