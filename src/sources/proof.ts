import { readFileSync } from 'node:fs'
import { nodeCrypto } from '../host/node-crypto.ts'
import type { SourceSpec } from '../model/source-spec.ts'

/**
 * A digest of the files that say who a session is for, as they are now; undefined for specs without such files. A
 * certificate that was renewed, replaced or removed is noticed by it before the session it earned is over.
 */
export function proofOf(spec: SourceSpec): string | undefined {
  const places = certificateIn(spec)
  if (!places || isToken(places.certificate)) return undefined
  const hash = nodeCrypto().createHash('sha256')
  for (const path of [places.certificate, ...(places.chain === undefined ? [] : [places.chain])]) {
    const bytes = bytesOf(path)
    if (bytes === undefined) return 'unreadable'
    hash.update(`${bytes.length} `).update(bytes)
  }
  return hash.digest('hex')
}

function certificateIn(spec: SourceSpec): { readonly certificate: string; readonly chain?: string } | undefined {
  if (spec.kind === 'roles-anywhere' || spec.kind === 'iot') return spec
  return spec.kind === 'brokered' && spec.proof?.by === 'certificate' ? spec.proof : undefined
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
