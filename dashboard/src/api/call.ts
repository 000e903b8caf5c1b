/** The broker said no, or could not be asked: a code to branch on, a sentence, and what to do next. */
export class Problem extends Error {
  override readonly name = 'Problem'
  readonly code: string
  readonly status: number
  readonly hint: string | undefined

  constructor(code: string, message: string, status: number, hint?: string) {
    super(message)
    this.code = code
    this.status = status
    this.hint = hint
  }
}

const whenOver = new Set<() => void>()

/** Runs `then` when the broker says to any call that nobody is signed in. Gives what ends it. */
export function onLoginOver(then: () => void): () => void {
  whenOver.add(then)
  return () => whenOver.delete(then)
}

interface ErrorBody {
  readonly error?: { readonly code?: string; readonly message?: string; readonly hint?: string }
}

/** Asks the broker as the signed-in person. Rejects with a `Problem`. */
export async function call<T>(method: 'GET' | 'POST', path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
  const answer = await fetch(path, {
    method,
    credentials: 'same-origin',
    redirect: 'error',
    headers: {
      accept: 'application/json',
      ...(method === 'POST' ? { 'x-mayfly-csrf': '1' } : {}),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(signal ? { signal } : {}),
  }).catch((error: unknown) => {
    if (signal?.aborted) throw error
    throw new Problem('unreachable', 'The broker does not answer.', 0, 'Check the network, then try again.')
  })
  const text = await answer.text()
  const value = parse(text)
  if (answer.ok) return value as T
  if (answer.status === 401) for (const tell of whenOver) tell()
  const { code, message, hint } = (value as ErrorBody | undefined)?.error ?? {}
  throw new Problem(
    code ?? `http-${answer.status}`,
    message ?? 'The broker refused this without giving a reason.',
    answer.status,
    hint ?? advice(answer.status),
  )
}

function parse(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text)
  } catch {
    return undefined
  }
}

function advice(status: number): string | undefined {
  if (status === 401) return 'Sign in again.'
  if (status === 403) return 'Ask an administrator of the broker for the access this takes.'
  if (status === 429) return 'Wait a minute, then try again.'
  if (status >= 500) return 'Try again; if it stays, look at the log of the broker.'
  return undefined
}

/** Any error as a problem that can be told. */
export const problemOf = (error: unknown): Problem =>
  error instanceof Problem ? error : new Problem('page', error instanceof Error ? error.message : String(error), 0)
