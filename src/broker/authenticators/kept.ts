/** Something fetched that is kept for a while, and fetched anew when it is old or somebody misses something in it. */
export interface Kept<T> {
  /** What is kept, or fetched when there is nothing fresh. Rejects when it never could be fetched. */
  readonly get: () => Promise<T>
  /** Fetches it anew, at most once in a while. */
  readonly refresh: () => Promise<T>
  /** Why it could not be fetched at the last try. Starts a try when there was none, or the last one failed a while ago. */
  readonly broken: () => string | undefined
}

export interface Keeping<T> {
  readonly fetch: () => Promise<T>
  readonly now: () => Date
  /** Milliseconds after which it is fetched anew. */
  readonly fresh?: number
  /** Milliseconds between two tries. */
  readonly rest?: number
}

const anHour = 3_600_000
const aWhile = 10_000

/** Keeps what `fetch` gives. Several who ask at once wait for one fetch; what was had goes on being used while a fetch fails. */
export function keep<T>({ fetch, now, fresh = anHour, rest = aWhile }: Keeping<T>): Kept<T> {
  let value: { readonly value: T; readonly at: number } | undefined
  let failure: { readonly error: Error; readonly at: number } | undefined
  let running: Promise<T> | undefined

  const at = (): number => now().getTime()
  const since = (then: number): number => Math.abs(at() - then)

  function run(): Promise<T> {
    running ??= fetch()
      .then((fetched) => {
        value = { value: fetched, at: at() }
        failure = undefined
        return fetched
      })
      .catch((error: unknown) => {
        failure = { error: error instanceof Error ? error : new Error(String(error)), at: at() }
        throw failure.error
      })
      .finally(() => {
        running = undefined
      })
    return running
  }

  const mayTry = (): boolean => failure === undefined || since(failure.at) >= rest

  return {
    async get() {
      if (value && since(value.at) < fresh) return value.value
      if (!mayTry() && running === undefined) {
        if (value) return value.value
        throw failure?.error ?? new Error('not there')
      }
      const fetched = run()
      return value ? fetched.catch(() => value?.value ?? fetched) : fetched
    },
    async refresh() {
      if (running) return running
      if (value && (since(value.at) < rest || !mayTry())) return value.value
      if (!value && !mayTry()) throw failure?.error ?? new Error('not there')
      return run().catch((error: unknown) => {
        if (value) return value.value
        throw error
      })
    },
    broken() {
      if (mayTry() && (!value || since(value.at) >= fresh)) run().catch(() => undefined)
      return failure?.error.message
    },
  }
}
