import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import type { asn1, pkcs12 } from 'node-forge'
import { Failure } from '../../model/failure.ts'
import { type KeyHost, type KeyPlaces, notIn, passphraseFor, wrongPassphrase } from './key-holder.ts'

/** The key and the certificates of a PKCS#12 file. */
export interface Pkcs12Content {
  readonly key: KeyObject
  readonly certificates: readonly X509Certificate[]
}

/** Whether these bytes are a PKCS#12 file: DER that begins with a sequence and the version 3 (RFC 7292, section 4). */
export function isPkcs12(bytes: Uint8Array): boolean {
  if (bytes[0] !== 0x30) return false
  const length = bytes[1] ?? 0
  const content = 2 + (length > 0x80 ? length & 0x7f : 0)
  return bytes[content] === 2 && bytes[content + 1] === 1 && bytes[content + 2] === 3
}

/**
 * Opens a PKCS#12 file, with old ciphers (RC2, 3DES) and new ones (AES). It is tried without a passphrase before one is
 * asked for. Throws a `Failure`: `config-invalid`.
 */
export async function openPkcs12(
  bytes: Uint8Array,
  place: string,
  places: KeyPlaces,
  host: KeyHost,
): Promise<Pkcs12Content> {
  const { default: forge } = await import('node-forge')
  const parse = (passphrase: string | undefined): pkcs12.Pkcs12Pfx => {
    const object = forge.asn1.fromDer(Buffer.from(bytes).toString('binary'))
    // Its type asks for a string; without one, the key is derived from nothing at all, which some writers mean by none.
    return forge.pkcs12.pkcs12FromAsn1(object, passphrase as string)
  }
  const unlocked = attempted(() => parse('')) ?? attempted(() => parse(undefined))
  const file = unlocked ?? (await locked())
  try {
    return contentOf(file, (object) => Buffer.from(forge.asn1.toDer(object).getBytes(), 'binary'), forge)
  } catch (cause) {
    if (cause instanceof Failure) throw cause
    throw notIn(place, 'certificate and key', 'Export it again, with the certificate and its private key.', cause)
  }

  async function locked(): Promise<pkcs12.Pkcs12Pfx> {
    const passphrase = await passphraseFor(`Passphrase of ${place}`, places, host)
    const file = attempted(() => parse(passphrase))
    if (!file) throw wrongPassphrase(place)
    return file
  }
}

function attempted<T>(work: () => T): T | undefined {
  try {
    return work()
  } catch {
    return undefined
  }
}

type Forge = typeof import('node-forge')

function contentOf(file: pkcs12.Pkcs12Pfx, der: (object: asn1.Asn1) => Buffer, { pki }: Forge): Pkcs12Content {
  const bags = file.safeContents.flatMap(({ safeBags }) => safeBags)
  const certificates = bags.flatMap(({ type, cert, asn1: raw }) => {
    if (type !== pki.oids.certBag) return []
    // What the library does not understand, EC among it, it hands over as it stands.
    return new X509Certificate(der(cert ? pki.certificateToAsn1(cert) : raw))
  })
  const keys = bags.flatMap(({ type, key, asn1: raw }) => {
    if (type !== pki.oids.keyBag && type !== pki.oids.pkcs8ShroudedKeyBag) return []
    return key
      ? createPrivateKey(pki.privateKeyToPem(key))
      : createPrivateKey({ key: der(raw), format: 'der', type: 'pkcs8' })
  })
  const key = keys.find((one) => certificates.some((certificate) => certificate.checkPrivateKey(one)))
  if (!key) throw new TypeError('no key of any of the certificates')
  return { key, certificates }
}
