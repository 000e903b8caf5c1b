const patience = 5000
const largest = 256 * 1024

/**
 * A JSON object fetched from an identity provider. Rejects when it is not to be had: after 5 seconds, beyond 256 KiB,
 * for any status but 200, and for a redirect, which could lead to places the issuer does not vouch for.
 */
export async function fetchJson(url: URL): Promise<Readonly<Record<string, unknown>>> {
  const answer = await fetch(url, {
    headers: { accept: 'application/json' },
    redirect: 'error',
    signal: AbortSignal.timeout(patience),
  })
  if (answer.status !== 200) throw new Error(`status ${answer.status}`)
  const pieces: Uint8Array[] = []
  let size = 0
  for await (const piece of answer.body ?? []) {
    size += piece.byteLength
    if (size > largest) throw new Error('too large')
    pieces.push(piece)
  }
  const value: unknown = JSON.parse(Buffer.concat(pieces).toString('utf8'))
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error('not an object')
  return Object.fromEntries(Object.entries(value))
}
