import { createPrivateKey } from 'node:crypto'
import type { ClientCertificate, Host } from '../../host/host.ts'
import { Failure } from '../../model/failure.ts'
import type { SigningKey } from '../../model/signing-key.ts'
import type { BrokerProof, SourceSpec } from '../../model/source-spec.ts'
import { sign } from '../../wire/sigv4/sign.ts'
import { certificatesIn } from '../certificates/certificate-file.ts'
import { keyInPem } from '../certificates/key-file.ts'
import { stsEndpoint } from '../sts-endpoint.ts'
import { holderOf } from '../token-holder.ts'
import { webIdentityToken } from '../web-identity-token.ts'

/** What goes to `POST /v1/tokens`, and where. */
export interface Shown {
  readonly proof: object
  readonly as?: ClientCertificate
}

/** Signs for a workload: gives the key behind a spec. */
export type KeyBehind = (spec: SourceSpec) => Promise<SigningKey>

/** The authenticators that take each kind of proof. */
export const authenticatorOf = { token: 'jwt', certificate: 'x509', aws: 'aws' } as const

/** Makes a proof anew, for this broker. Throws a `Failure`; nothing secret of the proof is ever in it. */
export async function prove(proof: BrokerProof, broker: string, host: Host, keyBehind: KeyBehind): Promise<Shown> {
  switch (proof.by) {
    case 'token':
      return { proof: { token: await tokenFor(proof.token, host) } }
    case 'certificate':
      return { proof: {}, as: await certificateFor(proof, host) }
    case 'aws':
      return { proof: signedIdentity(await keyBehind(proof.base), proof.sts, broker, host.now()) }
  }
}

async function tokenFor(place: Extract<BrokerProof, { by: 'token' }>['token'], host: Host): Promise<string> {
  const { token } = await webIdentityToken(place, host)
  if ('holder' in place && place.holder !== undefined && place.from !== 'github-actions')
    if (holderOf(token) !== place.holder)
      throw new Failure('file-conflict', "The token was replaced by another holder's in the meantime.", {
        hint: 'Run the command again: it then asks for the new one.',
      })
  return token
}

/** The certificate with what comes behind it in its file, and its key as TLS wants it. */
async function certificateFor(
  places: Extract<BrokerProof, { by: 'certificate' }>,
  host: Host,
): Promise<ClientCertificate> {
  const key = await keyInPem(await host.readFile(places.privateKey), places.privateKey, places, host)
  const all = certificatesIn(await host.readFile(places.certificate), places.certificate)
  const pem = key.export({ format: 'pem', type: 'pkcs8' }).toString()
  const own = all.find((one) => one.checkPrivateKey(createPrivateKey(pem)))
  if (!own)
    throw new Failure('config-invalid', `The key in ${places.privateKey} is not the one of ${places.certificate}.`, {
      hint: 'Check mayfly_certificate and mayfly_private_key.',
    })
  const authorities = places.caBundle === undefined ? undefined : String(await host.readFile(places.caBundle))
  return {
    certificate: [own, ...all.filter((one) => one !== own)].map(String).join(''),
    privateKey: pem,
    ...(authorities === undefined ? {} : { authorities }),
  }
}

/**
 * A GetCallerIdentity that only this broker can use: its address is among the signed headers, so that another one who
 * is shown it cannot show it here.
 */
function signedIdentity(
  key: SigningKey,
  target: Extract<BrokerProof, { by: 'aws' }>['sts'],
  broker: string,
  now: Date,
): object {
  const { url, region } = stsEndpoint(target)
  const body = 'Action=GetCallerIdentity&Version=2011-06-15'
  const headers = [
    ['Host', url.host],
    ['Content-Type', 'application/x-www-form-urlencoded; charset=utf-8'],
    ['X-Mayfly-Audience', broker],
  ] as const
  const unsigned = { method: 'POST', target: url.pathname, headers }
  const signed = sign(unsigned, { body }, key, { region, service: 'sts' }, now)
  return { method: 'POST', url: url.href, headers: Object.fromEntries(signed.headers), body }
}
