import type { Vault } from '../host/vaults/vault.ts'
import { Failure } from '../model/failure.ts'
import type { SigningKey } from '../model/signing-key.ts'

/** What is told of a permanent key besides itself. */
export interface KeyNote {
  /** The profile it was imported for. */
  readonly profile?: string
  readonly importedAt: Date
}

/** A permanent key of the vault, its public half. */
export interface KeptKey extends KeyNote {
  readonly accessKeyId: string
}

/**
 * Stores a permanent key. Storing the same key again renews its note. Throws a `Failure`: `usage` for what is no
 * permanent key, `key-exists` when the vault holds another secret under this id.
 */
export async function storeKey(vault: Vault, key: SigningKey, note: KeyNote): Promise<void> {
  const { accessKeyId, secretAccessKey } = key
  if (!isKeyId(accessKeyId) || accessKeyId.startsWith('ASIA') || key.sessionToken !== undefined)
    throw new Failure('usage', 'Only a permanent access key (AKIA…, without a session token) can be stored.')
  if (!/^[\x21-\x7e]{16,128}$/.test(secretAccessKey))
    throw new Failure('usage', `The secret of ${accessKeyId} is not one AWS could have made.`)
  const known = parse(await vault.get(nameOf(accessKeyId)))
  if (known && known.secretAccessKey !== secretAccessKey)
    throw new Failure('key-exists', `The vault holds ${accessKeyId} with another secret.`, {
      hint: `mayfly keys forget ${accessKeyId}`,
    })
  const { profile, importedAt } = note
  await vault.put(nameOf(accessKeyId), JSON.stringify({ accessKeyId, secretAccessKey, profile, importedAt }))
}

/** The permanent keys of the vault, by id. Their secrets stay where they are. */
export async function listKeys(vault: Vault): Promise<readonly KeptKey[]> {
  const entries = await Promise.all((await vault.list(prefix)).map(async (name) => parse(await vault.get(name))))
  return entries.flatMap((entry) => {
    if (!entry) return []
    const { accessKeyId, profile, importedAt } = entry
    return [{ accessKeyId, importedAt: new Date(importedAt), ...(profile === undefined ? {} : { profile }) }]
  })
}

/** Removes a permanent key from the vault, and says whether it was there. What it signed for keeps living at AWS. */
export async function forgetKey(vault: Vault, accessKeyId: string): Promise<boolean> {
  const isKept = (await vault.get(nameOf(accessKeyId))) !== undefined
  await vault.delete(nameOf(accessKeyId))
  return isKept
}

/** The permanent key, to sign with. Throws a `Failure`: `key-not-found`, or `vault-corrupt`. */
export async function readKey(vault: Vault, accessKeyId: string): Promise<SigningKey> {
  const text = await vault.get(nameOf(accessKeyId))
  if (text === undefined)
    throw new Failure('key-not-found', `The vault does not hold the key ${accessKeyId}.`, {
      hint: 'mayfly keys import PROFILE',
    })
  const entry = parse(text)
  if (entry?.accessKeyId !== accessKeyId)
    throw new Failure('vault-corrupt', `What the vault holds under ${accessKeyId} is not that key.`, {
      hint: `mayfly keys forget ${accessKeyId}, then import it again`,
    })
  return new PermanentKey(accessKeyId, entry.secretAccessKey)
}

/** Signs like any key, but neither JSON, console.log nor a spread shows its secret. */
class PermanentKey implements SigningKey {
  readonly accessKeyId: string
  readonly #secret: string

  constructor(accessKeyId: string, secret: string) {
    this.accessKeyId = accessKeyId
    this.#secret = secret
  }

  get secretAccessKey(): string {
    return this.#secret
  }
}

const prefix = 'key/'
const nameOf = (accessKeyId: string): string => prefix + accessKeyId
const isKeyId = (id: string): boolean => /^[A-Z0-9]{16,128}$/.test(id)

interface Entry {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly profile?: string
  readonly importedAt: string
}

function parse(text: string | undefined): Entry | undefined {
  if (text === undefined) return undefined
  try {
    const { accessKeyId, secretAccessKey, profile, importedAt } = JSON.parse(text)
    if (typeof accessKeyId !== 'string' || typeof secretAccessKey !== 'string') return undefined
    const since = typeof importedAt === 'string' ? importedAt : ''
    return { accessKeyId, secretAccessKey, importedAt: since, ...(typeof profile === 'string' ? { profile } : {}) }
  } catch {
    return undefined
  }
}
