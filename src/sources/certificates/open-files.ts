import { type KeyObject, sign, type X509Certificate } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { Failure } from '../../model/failure.ts'
import { certificatesIn } from './certificate-file.ts'
import { keyInPem } from './key-file.ts'
import type { KeyHolder, KeyHost, KeyPlaces } from './key-holder.ts'
import { isPkcs12, openPkcs12 } from './pkcs12.ts'

/** What a renewal writes one after the other is whole a moment later. */
const attempts = 3
const moment = 150

/**
 * A certificate and key that are in files: PEM, DER (the certificate) or PKCS#12. Of several certificates in a file the
 * one of the key is taken, and the others go with it as its chain. Throws a `Failure`: `config-invalid`.
 */
export async function openFiles(places: KeyPlaces, host: KeyHost): Promise<KeyHolder> {
  for (let attempt = 1; ; attempt++) {
    const { key, certificates } = await readFiles(places, host)
    const chosen = certificates.find((one) => one.checkPrivateKey(key))
    if (chosen) return holderOf(key, chosen, certificates)
    if (attempt === attempts) throw mismatch(places)
    await setTimeout(moment)
  }
}

interface Files {
  readonly key: KeyObject
  readonly certificates: readonly X509Certificate[]
}

async function readFiles(places: KeyPlaces, host: KeyHost): Promise<Files> {
  const { certificate, privateKey = certificate, chain } = places
  const keyBytes = await host.readFile(privateKey)
  const certificateBytes = privateKey === certificate ? keyBytes : await host.readFile(certificate)
  const more = chain === undefined ? [] : certificatesIn(await host.readFile(chain), chain)
  const opened = isPkcs12(keyBytes) ? await openPkcs12(keyBytes, privateKey, places, host) : undefined
  const key = opened?.key ?? (await keyInPem(keyBytes, privateKey, places, host))
  const own = opened && privateKey === certificate ? opened.certificates : certificatesIn(certificateBytes, certificate)
  return { key, certificates: [...own, ...more] }
}

function holderOf(key: KeyObject, certificate: X509Certificate, all: readonly X509Certificate[]): KeyHolder {
  const chain = all.filter((one) => one !== certificate && !one.raw.equals(certificate.raw)).map(({ raw }) => raw)
  return {
    certificate,
    signer: { certificate: certificate.raw, chain, sign: async (data) => sign('sha256', data, key) },
    close: () => undefined,
  }
}

const mismatch = ({ certificate, privateKey = certificate }: KeyPlaces): Failure =>
  new Failure(
    'config-invalid',
    `The private key in ${privateKey} is not the one of the certificate in ${certificate}.`,
    {
      hint: 'Check mayfly_certificate and mayfly_private_key; when the certificate was renewed, its key must be renewed too.',
    },
  )
