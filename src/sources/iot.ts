import { createPrivateKey, type X509Certificate } from 'node:crypto'
import type { ClientCertificate, Host } from '../host/host.ts'
import { Failure } from '../model/failure.ts'
import type { Credentials } from '../model/signing-key.ts'
import type { IotSpec } from '../model/source-spec.ts'
import { cached } from './cached.ts'
import { certificatesIn } from './certificates/certificate-file.ts'
import { keyInPem } from './certificates/key-file.ts'
import { iotFailure } from './iot-failure.ts'
import { endedBy, type Issued, issuedFrom } from './issued.ts'
import { patiently } from './patiently.ts'
import { proofOf } from './proof.ts'
import type { Opener } from './source.ts'

const patience = 20_000

/**
 * A role for a device: the credentials provider of AWS IoT Core, asked over mutual TLS with the device's certificate.
 * The session ends with the certificate at the latest, and a certificate that was renewed on disk gets a new one.
 * Throws a `Failure`: `config-invalid` for what no device can ask, `credentials-expired` for a certificate that is over.
 */
export const openIot: Opener<IotSpec, Credentials> = (spec, host) => {
  const url = urlOf(spec)
  return cached(spec, host, async () => {
    // Taken before the files are read: a renewal in between is then noticed at the next call.
    const proof = proofOf(spec)
    const { certificate, as } = await present(spec, host)
    assertCurrent(certificate, host.now())
    const issued = await patiently(() => send(spec, url, as, host))
    return { ...endedBy(issued, certificate.validToDate), ...(proof === undefined ? {} : { proof }) }
  })
}

/** A name and not a number: the name is what the provider knows the account by (SNI), and TLS names no numbers. */
function urlOf({ endpoint, roleAlias }: IotSpec): URL {
  const url = URL.parse(`https://${endpoint}/role-aliases/${encodeURIComponent(roleAlias)}/credentials`)
  const isName = url !== null && /[a-z-]/i.test(url.hostname) && !url.hostname.startsWith('[')
  if (url && isName && /^[\w.-]+(?::\d{1,5})?$/.test(endpoint) && /^[\w=,@-]{1,128}$/.test(roleAlias)) return url
  throw new Failure(
    'config-invalid',
    'The endpoint of AWS IoT is not the name of a host, or the role alias cannot be.',
    {
      hint: 'aws iot describe-endpoint --endpoint-type iot:CredentialProvider tells the name.',
    },
  )
}

/** The certificate with what comes behind it in its file, and its key as TLS wants it. Read at each call. */
async function present(
  spec: IotSpec,
  host: Host,
): Promise<{ readonly certificate: X509Certificate; readonly as: ClientCertificate }> {
  const key = await keyInPem(await host.readFile(spec.privateKey), spec.privateKey, spec, host)
  const all = certificatesIn(await host.readFile(spec.certificate), spec.certificate)
  const certificate = all.find((one) =>
    one.checkPrivateKey(createPrivateKey(key.export({ format: 'pem', type: 'pkcs8' }))),
  )
  if (!certificate)
    throw new Failure(
      'config-invalid',
      `The private key in ${spec.privateKey} is not the one of ${spec.certificate}.`,
      {
        hint: 'Check mayfly_certificate and mayfly_private_key.',
      },
    )
  const chain = [certificate, ...all.filter((one) => one !== certificate)]
  const authorities = spec.caBundle === undefined ? undefined : (await host.readFile(spec.caBundle)).toString('utf8')
  return {
    certificate,
    as: {
      certificate: chain.map(String).join(''),
      privateKey: key.export({ format: 'pem', type: 'pkcs8' }).toString(),
      ...(authorities === undefined ? {} : { authorities }),
    },
  }
}

function assertCurrent({ validFromDate, validToDate }: X509Certificate, now: Date): void {
  if (validToDate <= now)
    throw new Failure('credentials-expired', `The certificate ended at ${validToDate.toISOString()}.`, {
      hint: 'Renew it and register the new one with AWS IoT.',
    })
  if (validFromDate > now)
    throw new Failure('config-invalid', `The certificate begins at ${validFromDate.toISOString()} only.`, {
      hint: 'Check the clock of this machine.',
    })
}

async function send(spec: IotSpec, url: URL, as: ClientCertificate, host: Host): Promise<Issued> {
  const headers = {
    'User-Agent': 'mayfly',
    ...(spec.thing === undefined ? {} : { 'x-amzn-iot-thingname': spec.thing }),
  }
  const answer = await host.fetch(
    new Request(url, { headers, redirect: 'manual', signal: AbortSignal.timeout(patience) }),
    as,
  )
  const body = record(await answer.json().catch(() => undefined))
  if (answer.status !== 200) throw iotFailure(answer.status, body, spec)
  const { accessKeyId, secretAccessKey, sessionToken, expiration } = record(body.credentials)
  return issuedFrom({ accessKeyId, secretAccessKey, sessionToken, expiration }, host.now())
}

const record = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? { ...value } : {}
