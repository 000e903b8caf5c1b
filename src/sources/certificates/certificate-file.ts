import { X509Certificate } from 'node:crypto'
import { notIn } from './key-holder.ts'

/** The certificates in a file, PEM (any number, what else it holds is passed over) or DER (one). */
export function certificatesIn(bytes: Uint8Array, place: string): readonly [X509Certificate, ...X509Certificate[]] {
  const text = Buffer.from(bytes).toString('latin1')
  const blocks = text.match(/-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----[^-]+-----END [A-Z0-9 ]+-----/g)
  try {
    const [first, ...others] = (blocks ?? [bytes]).map((block) => new X509Certificate(block))
    if (first) return [first, ...others]
  } catch (cause) {
    throw notIn(place, 'certificate', 'It must be a certificate in PEM or DER, or a PKCS#12 file.', cause)
  }
  throw notIn(place, 'certificate', 'It must be a certificate in PEM or DER, or a PKCS#12 file.')
}
