import { Failure } from '../../model/failure.ts'

/** An object of a token, as a `pkcs11:` URI names it (RFC 7512). What is absent may be anything. */
export interface Pkcs11Object {
  readonly token?: string
  readonly manufacturer?: string
  readonly serial?: string
  readonly model?: string
  readonly slot?: number
  /** The label. */
  readonly object?: string
  readonly id?: Uint8Array
  /** The library that speaks to the token. */
  readonly modulePath?: string
  /** A file with the PIN. */
  readonly pinFile?: string
}

/**
 * Reads a `pkcs11:` URI. Throws a `Failure` (`config-invalid`) for what is none, and for one with the PIN in it: it
 * would be shown wherever the profile is.
 */
export function readPkcs11Uri(text: string): Pkcs11Object {
  const [, path = '', query = ''] = /^pkcs11:([^?]*)(?:\?(.*))?$/s.exec(text) ?? []
  const fields = new Map<string, Uint8Array>()
  for (const part of [...path.split(';'), ...query.split('&')]) {
    if (part === '') continue
    const [, name, value] = /^([\w-]+)=(.*)$/s.exec(part) ?? []
    if (name === undefined || value === undefined || fields.has(name)) throw unreadable()
    fields.set(name, bytesOf(value))
  }
  if (fields.has('pin-value'))
    throw new Failure('config-invalid', 'A pkcs11: URI of a profile must not hold the PIN (pin-value).', {
      hint: 'Use pin-source=file:/path in it, or mayfly_passphrase_process, or let Mayfly ask.',
    })
  const field = (name: string): string | undefined => {
    const bytes = fields.get(name)
    return bytes && Buffer.from(bytes).toString('utf8')
  }
  const pin = field('pin-source')
  if (pin !== undefined && !/^file:(?:\/\/)?\//.test(pin)) throw unreadable()
  const slot = field('slot-id')
  const found: Record<string, string | undefined> = {
    token: field('token'),
    manufacturer: field('manufacturer'),
    serial: field('serial'),
    model: field('model'),
    object: field('object'),
    modulePath: field('module-path'),
    pinFile: pin?.replace(/^file:(?:\/\/)?/, ''),
  }
  const id = fields.get('id')
  return {
    ...Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined)),
    ...(id === undefined ? {} : { id }),
    ...(slot === undefined ? {} : { slot: Number(slot) }),
  }
}

/** Percent-decoded: an id may be any bytes. */
function bytesOf(text: string): Uint8Array {
  if (/%(?![0-9A-Fa-f]{2})/.test(text)) throw unreadable()
  const parts = text.match(/%[0-9A-Fa-f]{2}|[^%]+/g) ?? []
  return Buffer.concat(
    parts.map((part) => (part.startsWith('%') ? Buffer.from(part.slice(1), 'hex') : Buffer.from(part))),
  )
}

const unreadable = (): Failure =>
  new Failure('config-invalid', 'A pkcs11: URI of the profile cannot be read.', {
    hint: 'It looks like pkcs11:token=NAME;object=KEY?module-path=/usr/lib/softhsm/libsofthsm2.so (RFC 7512).',
  })
