import { createHash, X509Certificate } from 'node:crypto'
import type { Handle, PKCS11, Template } from 'pkcs11js'
import { Failure } from '../../model/failure.ts'
import { isToken } from '../proof.ts'
import { certificatesIn } from './certificate-file.ts'
import { ecdsaDer } from './ecdsa-der.ts'
import { type KeyHolder, type KeyHost, type KeyPlaces, notIn, passphraseFor, wrongPassphrase } from './key-holder.ts'
import { type Pkcs11Object, readPkcs11Uri } from './pkcs11-uri.ts'

type Pkcs11 = typeof import('pkcs11js')

/** What p11-kit gathers all of a machine's tokens behind. */
const everyToken = process.platform === 'darwin' ? 'p11-kit-proxy.dylib' : 'p11-kit-proxy.so'

/**
 * A key in a PKCS#11 token (a smart card, a security key, an HSM), which signs and never leaves it. The certificate is
 * in the token or in a file. Throws a `Failure`: `config-invalid`, or `command-not-found` without the optional library.
 */
export async function openToken(places: KeyPlaces, host: KeyHost): Promise<KeyHolder> {
  const { certificate: place, privateKey = place, chain } = places
  const wanted = readPkcs11Uri(privateKey)
  const certificateWanted = isToken(place) ? readPkcs11Uri(place) : undefined
  const [fromFile, ...others] = certificateWanted ? [] : certificatesIn(await host.readFile(place), place)
  const more = chain === undefined ? [] : certificatesIn(await host.readFile(chain), chain)
  const pkcs11 = await library()
  const token = new pkcs11.PKCS11()
  try {
    const session = openSession(pkcs11, token, wanted)
    const pin = await pinFor(wanted, places, host)
    login(pkcs11, token, session, pin, places)
    const key = findOne(token, session, objectTemplate(pkcs11.CKO_PRIVATE_KEY, wanted, pkcs11), 'private key', wanted)
    const certificate =
      fromFile ??
      (certificateWanted &&
        certificateIn(pkcs11, token, session, { ...withId(pkcs11, token, session, key), ...certificateWanted }))
    if (!certificate) throw notIn(place, 'certificate', 'Check mayfly_certificate in the profile.')
    const sign = signerOf(pkcs11, token, session, key, pin)
    return {
      certificate,
      signer: { certificate: certificate.raw, chain: [...others, ...more].map(({ raw }) => raw), sign },
      close: () => end(token),
    }
  } catch (cause) {
    end(token)
    if (cause instanceof Failure) throw cause
    throw new Failure('config-invalid', `The token could not be used: ${reason(cause)}.`, {
      hint: 'Check the pkcs11: URI in the profile; pkcs11-tool --list-objects shows what the token has.',
      cause,
    })
  }
}

async function library(): Promise<Pkcs11> {
  try {
    const { default: pkcs11 } = (await import('pkcs11js')) as { default: Pkcs11 }
    return pkcs11
  } catch (cause) {
    throw new Failure(
      'command-not-found',
      'Keys in tokens need the package pkcs11js, which is not installed or not compiled.',
      {
        hint: 'It is compiled when it is installed: npm install pkcs11js, with a C++ compiler on the machine.',
        cause,
      },
    )
  }
}

const reason = (error: unknown): string =>
  error instanceof Error ? (error.message.split('\n')[0] ?? '') : 'no reason given'

function openSession(pkcs11: Pkcs11, token: PKCS11, wanted: Pkcs11Object): Handle {
  token.load(wanted.modulePath ?? everyToken)
  token.C_Initialize()
  const slots = token.C_GetSlotList(true).filter((slot, place) => {
    const { label, manufacturerID, model, serialNumber } = token.C_GetTokenInfo(slot)
    const facts = [
      [wanted.token, label],
      [wanted.manufacturer, manufacturerID],
      [wanted.model, model],
      [wanted.serial, serialNumber],
    ] as const
    const same = facts.every(([asked, is]) => asked === undefined || asked === is.replace(/[ \0]+$/, ''))
    return same && (wanted.slot === undefined || wanted.slot === slot.readUInt32LE() || wanted.slot === place)
  })
  const [slot, second] = slots
  if (!slot || second)
    throw new Failure('config-invalid', `${slots.length} tokens are what the pkcs11: URI names; it must be one.`, {
      hint: 'Name it with token= or serial=, as pkcs11-tool --list-token-slots shows them.',
    })
  return token.C_OpenSession(slot, pkcs11.CKF_SERIAL_SESSION)
}

async function pinFor({ pinFile, token }: Pkcs11Object, places: KeyPlaces, host: KeyHost): Promise<string> {
  if (pinFile !== undefined) return (await host.readFile(pinFile)).toString('utf8').trim()
  return passphraseFor(`PIN of the token${token === undefined ? '' : ` ${token}`}`, places, host)
}

function login(pkcs11: Pkcs11, token: PKCS11, session: Handle, pin: string, places: KeyPlaces): void {
  try {
    token.C_Login(session, pkcs11.CKU_USER, pin)
  } catch (cause) {
    if (codeOf(cause) === pkcs11.CKR_USER_ALREADY_LOGGED_IN) return
    throw codeOf(cause) === pkcs11.CKR_PIN_INCORRECT ? wrongPassphrase(places.privateKey ?? 'the token', cause) : cause
  }
}

const codeOf = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : undefined)

const objectTemplate = (kind: number, { object, id }: Pkcs11Object, pkcs11: Pkcs11): Template => [
  { type: pkcs11.CKA_CLASS, value: kind },
  ...(object === undefined ? [] : [{ type: pkcs11.CKA_LABEL, value: object }]),
  ...(id === undefined ? [] : [{ type: pkcs11.CKA_ID, value: Buffer.from(id) }]),
]

function findOne(token: PKCS11, session: Handle, template: Template, what: string, { object }: Pkcs11Object): Handle {
  token.C_FindObjectsInit(session, template)
  const found = token.C_FindObjects(session, 2)
  token.C_FindObjectsFinal(session)
  const [first, second] = found
  if (first && !second) return first
  const named = object === undefined ? '' : ` named ${object}`
  throw new Failure('config-invalid', `The token has ${first ? 'more than one' : 'no'} ${what}${named}.`, {
    hint: 'Name it with object= or id= in the pkcs11: URI; pkcs11-tool --list-objects shows them.',
  })
}

/** A certificate belongs to the key of the same id, whatever the two are called. */
function withId(pkcs11: Pkcs11, token: PKCS11, session: Handle, key: Handle): Pick<Pkcs11Object, 'id'> {
  const id = attribute(token, session, key, pkcs11.CKA_ID)
  return id.length > 0 ? { id } : {}
}

function certificateIn(pkcs11: Pkcs11, token: PKCS11, session: Handle, wanted: Pkcs11Object): X509Certificate {
  const { object: _, ...byId } = wanted
  const asked = objectTemplate(pkcs11.CKO_CERTIFICATE, wanted.id === undefined ? wanted : byId, pkcs11)
  const found = findOne(token, session, asked, 'certificate', wanted)
  return new X509Certificate(attribute(token, session, found, pkcs11.CKA_VALUE))
}

function attribute(token: PKCS11, session: Handle, object: Handle, type: number): Buffer {
  const [found] = token.C_GetAttributeValue(session, object, [{ type }])
  return Buffer.isBuffer(found?.value) ? found.value : Buffer.alloc(0)
}

/** What stands before a SHA-256 digest in a PKCS#1 v1.5 signature (RFC 8017, section 9.2, note 1). */
const digestInfo = Buffer.from('3031300d060960864801650304020105000420', 'hex')

function signerOf(pkcs11: Pkcs11, token: PKCS11, session: Handle, key: Handle, pin: string) {
  const type = attribute(token, session, key, pkcs11.CKA_KEY_TYPE).readUInt32LE()
  const isEc = type === pkcs11.CKK_EC
  return async (data: Uint8Array): Promise<Uint8Array> => {
    const digest = createHash('sha256').update(data).digest()
    // Not the mechanisms that hash by themselves: many cards lack them.
    token.C_SignInit(session, { mechanism: isEc ? pkcs11.CKM_ECDSA : pkcs11.CKM_RSA_PKCS }, key)
    if (attribute(token, session, key, pkcs11.CKA_ALWAYS_AUTHENTICATE)[0] === 1)
      token.C_Login(session, pkcs11.CKU_CONTEXT_SPECIFIC, pin)
    const signature = token.C_Sign(session, isEc ? digest : Buffer.concat([digestInfo, digest]), Buffer.alloc(1024))
    return isEc ? ecdsaDer(signature) : signature
  }
}

/** Whatever is left open goes with it. */
function end(token: PKCS11): void {
  for (const step of [() => token.C_Finalize(), () => token.close()])
    try {
      step()
    } catch {
      // It was not begun.
    }
}
