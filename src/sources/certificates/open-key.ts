import { isToken } from '../proof.ts'
import type { KeyHolder, KeyHost, KeyPlaces } from './key-holder.ts'

/** A certificate and its key, wherever they are; what reads them is loaded when they are there. */
export async function openKey(places: KeyPlaces, host: KeyHost): Promise<KeyHolder> {
  if (isToken(places.privateKey ?? places.certificate)) return (await import('./open-token.ts')).openToken(places, host)
  return (await import('./open-files.ts')).openFiles(places, host)
}
