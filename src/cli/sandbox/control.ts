import type { Command } from 'commander'
import { Failure } from '../../model/failure.ts'
import type { Cli } from '../cli.ts'

/** Flags of every verb that asks a running sandbox for something. */
export interface ControlOptions {
  readonly endpoint?: string
  readonly controlToken?: string
}

/** Adds the flags that say which sandbox is meant. */
export const controlOptions = (command: Command): Command =>
  command
    .option('--endpoint <url>', 'where the sandbox listens (default: AWS_ENDPOINT_URL)')
    .option('--control-token <token>', 'what it printed when it started (default: MAYFLY_CONTROL_TOKEN)')

const hint = 'mayfly sandbox prints the endpoint and the token when it starts; its exports are what is looked for here.'

/** What a control endpoint of the sandbox answers to a JSON body. Throws a `Failure`: `usage`, `network`, `aws-refused`. */
export async function askSandbox(
  cli: Cli,
  options: ControlOptions,
  path: string,
  body: object,
): Promise<Readonly<Record<string, unknown>>> {
  const endpoint = options.endpoint ?? cli.env.AWS_ENDPOINT_URL
  const token = options.controlToken ?? cli.env.MAYFLY_CONTROL_TOKEN
  if (!endpoint || !token)
    throw new Failure('usage', `Which sandbox? ${endpoint ? 'Its control token' : 'Its endpoint'} is missing.`, {
      hint,
    })
  const request = new Request(controlUrl(endpoint, path), {
    method: 'POST',
    headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  })
  const { fetch } = await cli.host()
  const answer = await fetch(request)
  const told = record(await answer.json().catch(() => undefined))
  if (answer.ok) return told
  const { message, hint: next } = record(told.error)
  throw new Failure(
    'aws-refused',
    typeof message === 'string' ? message : `What answers at ${endpoint} is no sandbox.`,
    {
      hint: typeof next === 'string' ? next : hint,
    },
  )
}

/** The token is as good as the sandbox itself: it goes to this machine only. */
function controlUrl(endpoint: string, path: string): URL {
  const url = URL.parse(`/_mayfly/${path}`, endpoint)
  if (url?.protocol === 'http:' && /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/.test(url.hostname)) return url
  throw new Failure('usage', `${endpoint} is not the endpoint of a sandbox on this machine.`, { hint })
}

export const record = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? { ...value } : {}
