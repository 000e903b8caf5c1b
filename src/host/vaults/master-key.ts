import { join } from 'node:path'
import { Failure } from '../../model/failure.ts'
import { nodeCrypto } from '../node-crypto.ts'
import { createPrivate, isPrivateDirectory, makePrivateDirectory, quoted, readPrivate } from '../private-file.ts'

/** What stands between a copy of the vault's files and their content. */
export type Protection = 'key-file' | 'passphrase'

export interface MasterKeyOptions {
  readonly directory: string
  /** Asked for when needed: the passphrase of a vault that has one, or the one to give a new vault. */
  readonly passphrase?: (purpose: 'unlock' | 'create') => Promise<string>
  /** What the vault must be protected by. Default: by what it has, and a new one by a key file. */
  readonly protection?: Protection
}

const keyFile = 'master.key'
const headerFile = 'passphrase.json'

/** How a vault is protected, or undefined when there is none yet. */
export function protectionOf(directory: string): Protection | undefined {
  if (!isPrivateDirectory(directory)) return undefined
  if (readPrivate(join(directory, keyFile)) !== undefined) return 'key-file'
  return readPrivate(join(directory, headerFile)) === undefined ? undefined : 'passphrase'
}

/**
 * The 32 bytes every other key of the vault is derived from, or undefined when there is no vault and `create` is false.
 * The key file costs one read. A passphrase costs a scrypt of 128 MiB, which is what makes guessing it expensive.
 */
export async function masterKey(options: MasterKeyOptions, create: boolean): Promise<Buffer | undefined> {
  const { directory, protection } = options
  if (create) makePrivateDirectory(directory)
  else if (!isPrivateDirectory(directory)) return undefined
  const path = join(directory, keyFile)
  const stored = readPrivate(path)
  if (stored) {
    if (protection !== 'passphrase') return keyIn(stored, path)
    throw new Failure('vault-locked', `The vault in ${directory} is protected by a key file, not by a passphrase.`, {
      hint: 'Unset MAYFLY_VAULT_PASSPHRASE; or set MAYFLY_HOME to a new directory and import the keys there.',
    })
  }
  const header = readPrivate(join(directory, headerFile))
  if (header) return unlock(header, options)
  if (!create) return undefined
  const fresh = nodeCrypto().randomBytes(32)
  const made =
    protection === 'passphrase'
      ? createPrivate(join(directory, headerFile), lock(fresh, await ask(options, 'create')))
      : createPrivate(path, `${fresh.toString('hex')}\n`)
  return made ? fresh : masterKey(options, create)
}

function keyIn(stored: Buffer, path: string): Buffer {
  const text = stored.toString('latin1').trim()
  if (/^[0-9a-f]{64}$/.test(text)) return Buffer.from(text, 'hex')
  throw damaged(path, 'Restore it from a backup')
}

/** The header: how the passphrase becomes a key, and the master key locked with that key. */
interface Header {
  readonly version: 1
  readonly kdf: 'scrypt'
  readonly cost: number
  readonly salt: string
  readonly locked: string
}

const cost = 131_072
const scrypt = (passphrase: string, salt: Buffer, n: number): Buffer =>
  nodeCrypto().scryptSync(passphrase.normalize('NFKC'), salt, 32, { N: n, r: 8, p: 1, maxmem: 256 * n * 8 })

const bound = (n: number, salt: string): Buffer => Buffer.from(`mayfly vault header 1 scrypt ${n} 8 1 ${salt}`)

function lock(master: Buffer, passphrase: string): string {
  const { createCipheriv, randomBytes } = nodeCrypto()
  const salt = randomBytes(16)
  const iv = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', scrypt(passphrase, salt, cost), iv)
  cipher.setAAD(bound(cost, salt.toString('hex')))
  const sealed = Buffer.concat([cipher.update(master), cipher.final()])
  const locked = Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString('hex')
  const header: Header = { version: 1, kdf: 'scrypt', cost, salt: salt.toString('hex'), locked }
  return `${JSON.stringify(header, undefined, 2)}\n`
}

async function unlock(stored: Buffer, options: MasterKeyOptions): Promise<Buffer> {
  const path = join(options.directory, headerFile)
  const header = headerIn(stored, path)
  if (options.protection === 'key-file')
    throw new Failure('vault-locked', `The vault in ${options.directory} is protected by a passphrase.`)
  const key = scrypt(await ask(options, 'unlock'), Buffer.from(header.salt, 'hex'), header.cost)
  const locked = Buffer.from(header.locked, 'hex')
  const decipher = nodeCrypto().createDecipheriv('aes-256-gcm', key, locked.subarray(0, 12), { authTagLength: 16 })
  decipher.setAAD(bound(header.cost, header.salt)).setAuthTag(locked.subarray(12, 28))
  try {
    return Buffer.concat([decipher.update(locked.subarray(28)), decipher.final()])
  } catch (cause) {
    throw new Failure('vault-locked', 'This passphrase does not open the vault.', {
      hint: `Try again. If the passphrase is lost, remove ${quoted(options.directory)} and import the keys anew.`,
      cause,
    })
  }
}

function headerIn(stored: Buffer, path: string): Header {
  const isHex = (value: unknown, bytes: number): value is string =>
    typeof value === 'string' && value.length === bytes * 2 && /^[0-9a-f]+$/.test(value)
  try {
    const { version, kdf, cost: n, salt, locked } = JSON.parse(stored.toString('utf8'))
    const powers = [16_384, 32_768, 65_536, 131_072, 262_144, 524_288, 1_048_576]
    if (version === 1 && kdf === 'scrypt' && powers.includes(n) && isHex(salt, 16) && isHex(locked, 60))
      return { version, kdf, cost: n, salt, locked }
  } catch {
    // Not JSON, or not an object: damaged like any other that does not have the fields.
  }
  throw damaged(path, 'Restore it from a backup')
}

async function ask(options: MasterKeyOptions, purpose: 'unlock' | 'create'): Promise<string> {
  const passphrase = await options.passphrase?.(purpose)
  if (passphrase) return passphrase
  throw new Failure('vault-locked', `The vault in ${options.directory} needs a passphrase.`, {
    hint: 'Set MAYFLY_VAULT_PASSPHRASE, or run this in a terminal.',
  })
}

const damaged = (path: string, first: string): Failure =>
  new Failure('vault-corrupt', `${path} is damaged: without it nothing in the vault can be read.`, {
    hint: `${first}. If there is none, remove ${quoted(join(path, '..'))} and import the keys anew.`,
  })
