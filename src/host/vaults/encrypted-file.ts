import { join } from 'node:path'
import { Failure } from '../../model/failure.ts'
import { nodeCrypto } from '../node-crypto.ts'
import { isPrivateDirectory, quoted, readPrivate, removePrivate, writePrivate } from '../private-file.ts'
import { type MasterKeyOptions, masterKey } from './master-key.ts'
import type { Vault } from './vault.ts'

// Not imported: an ES import of a built-in module makes every export of it, and that costs a warm `mayfly creds` 2 ms.
const { readdirSync } = process.getBuiltinModule('node:fs')

/**
 * A vault in a directory of its own (0700), one encrypted file (0600) an entry. Nothing is made before the first `put`.
 *
 * File: magic, salt (16), nonce (12), tag (16), and AES-256-GCM over `[name, value]` with a key of its own, derived
 * from the master key by HKDF-SHA256 with that salt. The file's name is an HMAC of the entry's name, and authenticated
 * with the content: a file can be neither read as another entry nor recognised without the master key.
 *
 * Rejects with a `Failure`: `vault-locked` (passphrase, permissions), `vault-corrupt` (damaged or swapped files).
 */
export function encryptedFileVault(options: MasterKeyOptions): Vault {
  const { directory } = options
  let known: Promise<Buffer | undefined> | undefined

  /** One attempt for all callers of the moment; one that failed, or found no vault, does not stand in the next one's way. */
  async function once(attempt: () => Promise<Buffer | undefined>): Promise<Buffer | undefined> {
    known ??= attempt()
    const mine = known
    const forget = (): void => {
      if (known === mine) known = undefined
    }
    const key = await mine.catch((error: unknown) => {
      forget()
      throw error
    })
    if (!key) forget()
    return key
  }
  const master = (): Promise<Buffer | undefined> => once(() => masterKey(options, false))
  async function masterOrNew(): Promise<Buffer> {
    const key = (await master()) ?? (await once(() => masterKey(options, true))) ?? (await masterKey(options, true))
    if (!key) throw new Failure('vault-corrupt', `The vault in ${directory} has no key.`)
    return key
  }
  return {
    async get(name) {
      const key = await master()
      if (!key) return undefined
      const file = fileNameOf(name, key)
      const sealed = readPrivate(join(directory, file))
      if (!sealed) return undefined
      const [found, value] = open(sealed, file, key, directory)
      if (found !== name) throw damaged(join(directory, file))
      return value
    },
    async put(name, value) {
      const key = await masterOrNew()
      const file = fileNameOf(name, key)
      writePrivate(join(directory, file), seal([name, value], file, key))
    },
    async delete(name) {
      const key = await master()
      if (key) removePrivate(join(directory, fileNameOf(name, key)))
    },
    async list(prefix) {
      const key = await master()
      if (!key || !isPrivateDirectory(directory)) return []
      const names: string[] = []
      for (const file of readdirSync(directory).filter((name) => name.endsWith(suffix))) {
        const sealed = readPrivate(join(directory, file))
        if (sealed) names.push(open(sealed, file, key, directory)[0])
      }
      return names.filter((name) => name.startsWith(prefix)).sort()
    },
  }
}

type Entry = readonly [name: string, value: string]

const magic = Buffer.from('MAYFLY1\n', 'latin1')
const suffix = '.sealed'
const saltAt = magic.length
const nonceAt = saltAt + 16
const tagAt = nonceAt + 12
const contentAt = tagAt + 16

const derive = (master: Buffer, salt: Uint8Array, purpose: string): Buffer =>
  Buffer.from(nodeCrypto().hkdfSync('sha256', master, salt, `mayfly vault ${purpose}`, 32))

const fileNameOf = (name: string, master: Buffer): string =>
  nodeCrypto()
    .createHmac('sha256', derive(master, new Uint8Array(), 'names'))
    .update(name)
    .digest('hex') + suffix

function seal(entry: Entry, file: string, master: Buffer): Buffer {
  const { createCipheriv, randomBytes } = nodeCrypto()
  const salt = randomBytes(16)
  const nonce = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', derive(master, salt, 'entry'), nonce)
  cipher.setAAD(Buffer.concat([magic, Buffer.from(file)]))
  const content = Buffer.concat([cipher.update(JSON.stringify(entry), 'utf8'), cipher.final()])
  return Buffer.concat([magic, salt, nonce, cipher.getAuthTag(), content])
}

function open(sealed: Buffer, file: string, master: Buffer, directory: string): Entry {
  try {
    if (!sealed.subarray(0, saltAt).equals(magic)) throw new Error('not an entry of a vault')
    const key = derive(master, sealed.subarray(saltAt, nonceAt), 'entry')
    const decipher = nodeCrypto().createDecipheriv('aes-256-gcm', key, sealed.subarray(nonceAt, tagAt), {
      authTagLength: 16,
    })
    decipher.setAAD(Buffer.concat([magic, Buffer.from(file)])).setAuthTag(sealed.subarray(tagAt, contentAt))
    const content = Buffer.concat([decipher.update(sealed.subarray(contentAt)), decipher.final()])
    const [name, value] = JSON.parse(content.toString('utf8'))
    if (typeof name === 'string' && typeof value === 'string') return [name, value]
    throw new Error('not an entry of a vault')
  } catch (cause) {
    throw damaged(join(directory, file), cause)
  }
}

const damaged = (path: string, cause?: unknown): Failure =>
  new Failure('vault-corrupt', `${path} is damaged, or is not the file that was stored under this name.`, {
    hint: `Remove it: rm ${quoted(path)}. A session is then fetched anew; a permanent key must be imported again.`,
    cause,
  })
