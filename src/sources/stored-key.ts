import type { SigningKey } from '../model/signing-key.ts'
import type { StoredKeySpec } from '../model/source-spec.ts'
import type { Opener } from './source.ts'
import { readKey } from './stored-keys.ts'

/** A permanent key of the vault, read at each call so that a forgotten key stops signing. For other sources only. */
export const openStoredKey: Opener<StoredKeySpec, SigningKey> = (spec, host) =>
  Object.assign(() => readKey(host.vault, spec.accessKeyId), { spec })
