import type { Host } from '../host/host.ts'
import { Failure } from '../model/failure.ts'

export interface MachineCall {
  readonly url: URL
  readonly method?: 'GET' | 'PUT'
  readonly headers: Readonly<Record<string, string>>
  /** Milliseconds to wait. Short: what is near answers at once, and elsewhere nothing is there. */
  readonly patience: number
  /** What is asked, for the failure. */
  readonly what: string
}

export interface MachineAnswer {
  readonly status: number
  readonly text: string
  /** The members of the text where it is a JSON object; none otherwise. */
  readonly json: Readonly<Record<string, unknown>>
}

/** Asks an endpoint of this machine. Rejects with a `Failure` of code `network` when nothing answers in time. */
export async function askMachine(host: Pick<Host, 'fetch'>, call: MachineCall): Promise<MachineAnswer> {
  const { url, method = 'GET', headers, patience, what } = call
  const signal = AbortSignal.timeout(patience)
  try {
    const answer = await host.fetch(new Request(url, { method, headers, redirect: 'manual', signal }))
    const text = await answer.text()
    return { status: answer.status, text, json: membersOf(text) }
  } catch (cause) {
    throw new Failure('network', `${what} at ${url.origin} does not answer.`, {
      hint: 'It is only there on machines and in containers that have one.',
      cause,
      tryNext: true,
    })
  }
}

function membersOf(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? { ...value } : {}
  } catch {
    return {}
  }
}
