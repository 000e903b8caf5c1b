import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  hkdfSync,
  type KeyObject,
} from 'node:crypto'
import { existsSync, lstatSync, mkdirSync, readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { createPrivate, quoted } from '../../host/private-file.ts'
import { Failure } from '../../model/failure.ts'

/** What a broker's key is used for: the signing pair, and keys derived from it for what only brokers read. */
export interface BrokerKey {
  /** Ed25519. */
  readonly sign: KeyObject
  readonly verify: KeyObject
  /** Of the key, for headers: changes with it, tells nothing of it. */
  readonly id: string
  /** Thirty-two bytes for one purpose; of another purpose they cannot be told. */
  readonly derive: (purpose: string) => Uint8Array
}

/**
 * The text of the file that logins are signed with (an Ed25519 key, PKCS#8 PEM); it is made, 0600, when it is missing.
 * Of several brokers that make it at once, all read the one that was first. A file that everybody can read is refused;
 * one that a group can is taken, for that is how Kubernetes mounts its secrets. Throws a `Failure` of code
 * `config-invalid`.
 */
export function loadOrMakeKey(file: string): string {
  const path = resolve(file)
  try {
    if (!existsSync(path)) {
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
      const { privateKey } = generateKeyPairSync('ed25519')
      createPrivate(path, privateKey.export({ type: 'pkcs8', format: 'pem' }))
    }
    const text = readFileSync(path, 'utf8')
    const mode = lstatSync(path).isSymbolicLink() ? 0 : lstatSync(path).mode
    if (mode & 0o007)
      throw new Failure('config-invalid', `${path} can be read by everybody, so it is not used.`, {
        hint: `Make a new one, for this one may be known: rm ${quoted(path)}, and start the broker again.`,
      })
    brokerKey(text)
    return text
  } catch (cause) {
    if (cause instanceof Failure && cause.code === 'config-invalid') throw cause
    throw new Failure('config-invalid', `keyFile ${path} cannot be read or made.`, {
      hint: 'Check its directory and its owner.',
      cause,
    })
  }
}

/** Reads such a text. Throws a `Failure` of code `config-invalid` that never holds a part of it. */
export function brokerKey(text: string): BrokerKey {
  const sign = privateKeyIn(text)
  if (sign?.asymmetricKeyType !== 'ed25519')
    throw new Failure('config-invalid', 'keyFile holds no Ed25519 private key (PKCS#8 PEM, or a JWK).', {
      hint: 'Name a file that is not there: the broker makes it.',
    })
  const verify = createPublicKey(sign)
  const secret = sign.export({ type: 'pkcs8', format: 'der' })
  const id = createHash('sha256')
    .update(verify.export({ type: 'spki', format: 'der' }))
    .digest('base64url')
    .slice(0, 16)
  const derive = (purpose: string): Uint8Array =>
    new Uint8Array(hkdfSync('sha256', secret, 'mayfly broker', purpose, keyBytes))
  return { sign, verify, id, derive }
}

const keyBytes = 32

function privateKeyIn(text: string): KeyObject | undefined {
  try {
    return text.trimStart().startsWith('{')
      ? createPrivateKey({ key: JSON.parse(text), format: 'jwk' })
      : createPrivateKey(text)
  } catch {
    return undefined
  }
}
