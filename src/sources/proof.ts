import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { SourceSpec } from '../model/source-spec.ts'

/**
 * A digest of the files that say who a session is for, as they are now; undefined for specs without such files. A
 * certificate that was renewed, replaced or removed is noticed by it before the session it earned is over.
 */
export function proofOf(spec: SourceSpec): string | undefined {
  if ((spec.kind !== 'roles-anywhere' && spec.kind !== 'iot') || isToken(spec.certificate)) return undefined
  const hash = createHash('sha256')
  for (const path of [spec.certificate, ...('chain' in spec && spec.chain !== undefined ? [spec.chain] : [])]) {
    const bytes = bytesOf(path)
    if (bytes === undefined) return 'unreadable'
    hash.update(`${bytes.length} `).update(bytes)
  }
  return hash.digest('hex')
}

/** Whether what a spec names is not a file but an object of a PKCS#11 token. */
export const isToken = (place: string): boolean => place.startsWith('pkcs11:')

function bytesOf(path: string): Uint8Array | undefined {
  try {
    return readFileSync(path)
  } catch {
    return undefined
  }
}
