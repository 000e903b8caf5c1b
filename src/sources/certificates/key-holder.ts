import type { X509Certificate } from 'node:crypto'
import type { Host } from '../../host/host.ts'
import { Failure } from '../../model/failure.ts'
import type { RolesAnywhereSpec } from '../../model/source-spec.ts'
import type { X509Signer } from '../../wire/x509/sign.ts'

/** What opening a key may ask the outside for. */
export type KeyHost = Pick<Host, 'ask' | 'run' | 'readFile' | 'variable'>

/** Where the certificate and its key are. */
export type KeyPlaces = Pick<RolesAnywhereSpec, 'certificate' | 'privateKey' | 'chain' | 'passphraseProcess'>

/** A certificate and its key, ready to sign. */
export interface KeyHolder {
  readonly signer: X509Signer
  readonly certificate: X509Certificate
  /** Gives back what was taken to sign: the session with a token. */
  readonly close: () => void
}

/** The variable that may hold a passphrase or PIN where nobody can be asked. */
const passphraseVariable = 'MAYFLY_PRIVATE_KEY_PASSPHRASE'

/**
 * The passphrase of a key or the PIN of a token: from the profile's command, from MAYFLY_PRIVATE_KEY_PASSPHRASE, or
 * from the person.
 */
export async function passphraseFor(what: string, { passphraseProcess }: KeyPlaces, host: KeyHost): Promise<string> {
  if (passphraseProcess !== undefined) return host.run(passphraseProcess)
  const given = host.variable(passphraseVariable)
  return given ?? host.ask({ kind: 'passphrase', text: what, secret: true })
}

/** The failure for a passphrase that opens nothing. It is not tried again: a token counts wrong PINs. */
export const wrongPassphrase = (place: string, cause?: unknown): Failure =>
  new Failure('config-invalid', `The passphrase does not open ${place}.`, {
    hint: `It comes from mayfly_passphrase_process, else from ${passphraseVariable}, else it is asked for.`,
    cause,
  })

/** The failure for a file that holds something else than it should. */
export const notIn = (place: string, what: string, hint: string, cause?: unknown): Failure =>
  new Failure('config-invalid', `${place} holds no ${what} that can be read.`, { hint, cause })
