import { createPrivateKey, type KeyObject } from 'node:crypto'
import { type KeyHost, type KeyPlaces, notIn, passphraseFor, wrongPassphrase } from './key-holder.ts'

/**
 * The private key in a PEM file: PKCS#1, SEC1 or PKCS#8, encrypted or not. Asks for a passphrase only when it is
 * encrypted.
 */
export async function keyInPem(bytes: Uint8Array, place: string, places: KeyPlaces, host: KeyHost): Promise<KeyObject> {
  const text = Buffer.from(bytes).toString('latin1')
  const [key] = /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----[\s\S]+?-----END (?:[A-Z]+ )*PRIVATE KEY-----/.exec(text) ?? []
  const hint = 'It must be an RSA or EC key in PEM (PKCS#1, SEC1 or PKCS#8), a PKCS#12 file or a pkcs11: URI.'
  if (key === undefined) throw notIn(place, 'private key', hint)
  const isEncrypted = key.startsWith('-----BEGIN ENCRYPTED') || /^Proc-Type: 4,ENCRYPTED/m.test(key)
  if (!isEncrypted) {
    try {
      return createPrivateKey(key)
    } catch (cause) {
      throw notIn(place, 'private key', hint, cause)
    }
  }
  const passphrase = await passphraseFor(`Passphrase of ${place}`, places, host)
  try {
    return createPrivateKey({ key, passphrase })
  } catch (cause) {
    throw wrongPassphrase(place, cause)
  }
}
