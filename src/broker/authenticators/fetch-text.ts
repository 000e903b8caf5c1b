const longest = 1024 * 1024
const patience = 10_000

/** Whether a URL may be asked for what trust is built on: by TLS, or on this machine. */
export function isSafeUrl(text: string): boolean {
  const url = URL.parse(text)
  if (url === null || url.username !== '' || url.password !== '') return false
  if (url.protocol === 'https:') return true
  return url.protocol === 'http:' && /^(?:127\.\d+\.\d+\.\d+|localhost|\[::1\])$/.test(url.hostname)
}

/**
 * The text of a document at a URL: at most 1 MiB, within ten seconds, without following redirects. Rejects with an
 * Error whose message says where and why.
 */
export async function fetchText(fetch: (request: Request) => Promise<Response>, url: string): Promise<string> {
  if (!isSafeUrl(url)) throw new Error(`${url} is neither https nor on this machine`)
  const request = new Request(url, { redirect: 'error', signal: AbortSignal.timeout(patience) })
  const answer = await fetch(request).catch((error: Error) => {
    const cause = error.cause instanceof Error && 'code' in error.cause ? ` (${String(error.cause.code)})` : ''
    throw new Error(`${url} cannot be reached${cause}`, { cause: error })
  })
  if (!answer.ok) throw new Error(`${url} answers with status ${answer.status}`)
  return readText(answer, url)
}

/** The text of an answer, at most 1 MiB of it. */
export async function readText(answer: Response, from: string): Promise<string> {
  const parts: Uint8Array[] = []
  let size = 0
  for await (const part of answer.body ?? []) {
    size += part.length
    if (size > longest) throw new Error(`${from} answers with more than ${longest} bytes`)
    parts.push(part)
  }
  return Buffer.concat(parts).toString('utf8')
}

/** The same as a JSON object. */
export async function fetchObject(
  fetch: (request: Request) => Promise<Response>,
  url: string,
): Promise<Readonly<Record<string, unknown>>> {
  const text = await fetchText(fetch, url)
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value }
  } catch {
    // Said below.
  }
  throw new Error(`${url} answers with something other than a JSON object`)
}
