import { createHash, X509Certificate } from 'node:crypto'
import { authorityLifetime, authorityOf, keyText } from '../certificates/authority.ts'
import { certify } from '../certificates/issue-certificate.ts'
import { loadX509 } from '../certificates/load-x509.ts'
import { Fault } from '../fault.ts'
import { type Call, operation } from '../service.ts'
import { flag, required, text } from '../shape.ts'
import { alreadyExists, inUse, invalid, notFound, wrongState } from './faults.ts'
import * as members from './members.ts'
import { arnOf, needs, newResource, onAll, own, pageOf, seconds } from './resources.ts'
import { type CertificateStatus, type DeviceCertificate, iotTables } from './state.ts'

const identified = { certificateId: members.certificateId }

/** What a certificate is known by: the SHA-256 of its DER. */
export const certificateIdOf = (certificate: X509Certificate): string =>
  createHash('sha256').update(certificate.raw).digest('hex')

function find(call: Call, id: string): DeviceCertificate {
  const found = iotTables(call.cloud).certificates.get(arnOf(call, 'cert', id.toLowerCase()))
  if (found) return found
  throw notFound(`The certificate could not be found: ${id}`)
}

function keep(call: Call, certificate: X509Certificate, status: CertificateStatus): DeviceCertificate {
  const id = certificateIdOf(certificate)
  const { certificates } = iotTables(call.cloud)
  const known = certificates.get(arnOf(call, 'cert', id))
  if (known) throw alreadyExists('The certificate is already provisioned or registered', known.arn, id)
  const resource = newResource(call, 'cert', id)
  const row = { ...resource, id, pem: certificate.toString(), status, updatedAt: resource.createdAt, policies: [] }
  certificates.put(row.arn, row)
  return row
}

/** AWS's own end with 2049, as do those of the sandbox. */
async function certified(call: Call, publicKey: CryptoKey, active: boolean | undefined): Promise<DeviceCertificate> {
  const lifetime = { notBefore: new Date(call.at.getTime() - 120_000), notAfter: authorityLifetime.notAfter }
  const subject = { commonName: 'AWS IoT Certificate', organizationalUnits: [], dns: [], uris: [] }
  const certificate = await certify(call.cloud, { ...subject, ...lifetime, publicKey })
  return keep(call, certificate, active ? 'ACTIVE' : 'INACTIVE')
}

const ids = ({ arn, id }: DeviceCertificate) => ({ certificateArn: arn, certificateId: id })

function readPem(pem: string): X509Certificate {
  try {
    return new X509Certificate(pem)
  } catch {
    throw new Fault('CertificateValidationException', 400, 'The certificate is invalid: it cannot be read')
  }
}

const rsa = {
  ...{ name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256', modulusLength: 2048 },
  publicExponent: new Uint8Array([1, 0, 1]),
} as const

export const certificates = {
  CreateKeysAndCertificate: operation({
    input: { setAsActive: members.setAsActive },
    needs: () => onAll('CreateKeysAndCertificate'),
    perform: async (input, call) => {
      const keys = await crypto.subtle.generateKey(rsa, true, ['sign', 'verify'])
      const row = await certified(call, keys.publicKey, input.setAsActive)
      const { PemConverter } = await loadX509()
      const PublicKey = `${PemConverter.encode(await crypto.subtle.exportKey('spki', keys.publicKey), 'PUBLIC KEY')}\n`
      const PrivateKey = await keyText(keys.privateKey)
      return { ...ids(row), certificatePem: row.pem, keyPair: { PublicKey, PrivateKey } }
    },
  }),
  CreateCertificateFromCsr: operation({
    input: { certificateSigningRequest: required(text({ min: 1, max: 4096 })), setAsActive: members.setAsActive },
    needs: () => onAll('CreateCertificateFromCsr'),
    perform: async (input, call) => {
      const row = await certified(call, await requestedKey(input.certificateSigningRequest), input.setAsActive)
      return { ...ids(row), certificatePem: row.pem }
    },
  }),
  /** The sandbox's own authority counts as registered, and no other. */
  RegisterCertificate: operation({
    input: {
      ...{ certificatePem: members.certificatePem, caCertificatePem: text({ max: 65_536 }) },
      ...{ setAsActive: members.setAsActive, status: members.status },
    },
    needs: () => onAll('RegisterCertificate'),
    perform: async (input, call) => {
      const certificate = readPem(input.certificatePem)
      const authority = new X509Certificate((await authorityOf(call.cloud)).certificate)
      if (!certificate.checkIssued(authority) || !certificate.verify(authority.publicKey))
        throw new Fault('CertificateValidationException', 400, 'CA certificate is not registered for this certificate')
      return ids(keep(call, certificate, input.status ?? (input.setAsActive ? 'ACTIVE' : 'INACTIVE')))
    },
  }),
  RegisterCertificateWithoutCA: operation({
    input: { certificatePem: members.certificatePem, status: members.status },
    needs: () => onAll('RegisterCertificateWithoutCA'),
    perform: (input, call) => ids(keep(call, readPem(input.certificatePem), input.status ?? 'INACTIVE')),
  }),
  UpdateCertificate: operation({
    input: { ...identified, newStatus: required(members.status) },
    needs: (input, call) => needs(call, 'UpdateCertificate', 'cert', input.certificateId),
    perform: ({ certificateId, newStatus: status }, call) => {
      const row = find(call, certificateId)
      iotTables(call.cloud).certificates.put(row.arn, { ...row, status, updatedAt: call.at.toISOString() })
      return {}
    },
  }),
  DescribeCertificate: operation({
    input: identified,
    needs: (input, call) => needs(call, 'DescribeCertificate', 'cert', input.certificateId),
    perform: (input, call) => {
      const row = find(call, input.certificateId)
      const { validFromDate, validToDate } = new X509Certificate(row.pem)
      return {
        certificateDescription: {
          ...{ ...ids(row), status: row.status, certificatePem: row.pem, ownedBy: row.accountId },
          ...{ creationDate: seconds(row.createdAt), lastModifiedDate: seconds(row.updatedAt), customerVersion: 1 },
          ...{ validity: { notBefore: seconds(validFromDate), notAfter: seconds(validToDate) } },
          certificateMode: 'DEFAULT',
        },
      }
    },
  }),
  ListCertificates: operation({
    input: { ...members.markers, isAscendingOrder: flag() },
    needs: () => onAll('ListCertificates'),
    perform: (input, call) => {
      const newestFirst = own(call, iotTables(call.cloud).certificates).toReversed()
      const all = input.isAscendingOrder ? newestFirst.toReversed() : newestFirst
      const { page, next } = pageOf(all, input.marker, input.pageSize)
      const shown = page.map((row) => ({ ...ids(row), status: row.status, creationDate: seconds(row.createdAt) }))
      return { certificates: shown, ...(next === undefined ? {} : { nextMarker: next }) }
    },
  }),
  DeleteCertificate: operation({
    input: { ...identified, forceDelete: flag() },
    needs: (input, call) => needs(call, 'DeleteCertificate', 'cert', input.certificateId),
    perform: ({ certificateId, forceDelete = false }, call) => {
      const row = find(call, certificateId)
      const tables = iotTables(call.cloud)
      if (row.status === 'ACTIVE')
        throw wrongState(`Certificate must be deactivated (not ACTIVE) before deletion (certId=${row.id})`)
      if ([...tables.things.values()].some(({ principals }) => principals.includes(row.arn)))
        throw inUse(`Things must be detached before deletion (arn: ${row.arn})`)
      if (row.policies.length > 0 && !forceDelete)
        throw inUse(`Certificate policies must be detached before deletion (arn: ${row.arn})`)
      tables.certificates.delete(row.arn)
      return {}
    },
  }),
}

/** The key a certificate signing request is for, once it has proven to hold the other half. */
async function requestedKey(pem: string): Promise<CryptoKey> {
  const { Pkcs10CertificateRequest } = await loadX509()
  try {
    const request = new Pkcs10CertificateRequest(pem)
    if (await request.verify()) return await request.publicKey.export()
  } catch {
    // Said below: whatever is wrong with it, it cannot be certified.
  }
  throw invalid('Bad CSR: it cannot be read, or its signature is not that of its key')
}
