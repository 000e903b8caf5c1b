import { readFile } from 'node:fs/promises'
import { deny } from '../../model/decision.ts'
import type { AuthenticatorConfig } from '../config/broker-config.ts'
import type { ProofAuthenticator, ProofContext, Proven } from './authenticator.ts'
import { type CertificateFacts, certificateFacts, certificatesIn } from './certificate.ts'
import { chainToAuthority } from './certificate-chain.ts'
import { issuersRunOut, revocationLists, standingOf } from './certificate-revocation.ts'
import { isIdText } from './claims.ts'
import type { OpeningParts } from './index.ts'
import { keep } from './kept.ts'

type Config = Extract<AuthenticatorConfig, { kind: 'x509' }>

const mostSent = 10
/** Milliseconds after which the file of revocations is read again. */
const listsFresh = 30_000

/**
 * Knows workloads by the certificate of their connection, whose key TLS has them prove. The id is the subject's name,
 * which stays the same when the certificate is renewed; of a certificate without one (SPIFFE) it is its only URI.
 */
export function openX509(config: Config, { now }: OpeningParts): ProofAuthenticator {
  const { name, crlFile, lifetime } = config
  const authorities = keep({ fetch: () => readAuthorities(config.authorities), now, fresh: Number.POSITIVE_INFINITY })
  let listed: Awaited<ReturnType<typeof revocationLists>> = []
  // As long as no list could be read nobody can say who is revoked, and nobody comes in.
  const lists = keep({
    now,
    fresh: listsFresh,
    rest: 1000,
    fetch: async () => {
      listed = crlFile === undefined ? [] : await revocationLists(await read(crlFile))
      return listed
    },
  })

  async function authenticate(_: unknown, { certificates = [] }: ProofContext): Promise<Proven> {
    const [first, ...others] = certificates.slice(0, mostSent)
    if (first === undefined) return deny('proof-malformed', 'The connection brings no certificate.')
    const leaf = await certificateFacts(first)
    if (leaf === undefined) return deny('proof-malformed', 'The certificate cannot be read.')
    const sent = (await Promise.all(others.map(certificateFacts))).filter((one) => one !== undefined)
    const at = now().getTime()
    const { validFromDate: from, validToDate: to } = leaf.certificate
    if (at > to.getTime()) return deny('proof-expired', 'The certificate has ended.')
    if (at < from.getTime()) return deny('proof-invalid', 'The certificate is not valid yet.')
    if (leaf.isCa) return deny('proof-invalid', 'The certificate is an authority’s.')
    if (!leaf.isForClients) return deny('proof-invalid', 'The certificate is not one for clients (clientAuth).')
    try {
      const chain = chainToAuthority(leaf, sent, await authorities.get(), at)
      if (chain === undefined) return deny('proof-invalid', 'The certificate leads to no authority that is trusted.')
      const standing = await standingOf(chain, await lists.get(), at)
      if (standing === 'revoked') return deny('proof-invalid', 'The certificate is revoked.')
      if (standing === 'unknown')
        return deny('unavailable', 'crlFile lacks a list of one of the issuers, or it has run out (nextUpdate).')
      // No link outlives what it hangs from.
      const ends = chain.map(({ certificate }) => certificate.validToDate.getTime())
      return principalOf(leaf, at, Math.min(at + lifetime * 1000, ...ends))
    } catch (error) {
      return deny('unavailable', error instanceof Error ? error.message : String(error))
    }
  }

  function principalOf(leaf: CertificateFacts, at: number, expiresAt: number): Proven {
    const [uri, ...moreUris] = leaf.uris
    const subject = leaf.subject === '' && moreUris.length === 0 ? uri : leaf.subject
    if (subject === undefined || !isIdText(subject))
      return deny('not-known', 'The certificate has no subject that can be an id.')
    const { dns, uris, organizations, units, certificate } = leaf
    const shown =
      [leaf.commonName, dns[0], uri, subject].find((text) => text !== undefined && isIdText(text)) ?? subject
    return {
      allowed: true,
      principal: {
        ...{ id: `${name}:${subject}`, kind: 'workload', authenticator: name, name: shown },
        // What a certificate calls its unit is often up to who asked for it; grants may ask for the claim.
        groups: [],
        claims: {
          subject,
          serialNumber: certificate.serialNumber,
          fingerprint: certificate.fingerprint256,
          ...(leaf.commonName === undefined ? {} : { commonName: leaf.commonName }),
          ...{ dns, uris, organizations, units },
        },
        authenticatedAt: new Date(at),
        expiresAt: new Date(expiresAt),
      },
    }
  }

  function ranOut(): string | undefined {
    const [issuer] = issuersRunOut(listed, now().getTime())
    return issuer && `the list of revocations of ${issuer} in crlFile has run out`
  }

  return { name, kind: 'x509', broken: () => authorities.broken() ?? lists.broken() ?? ranOut(), authenticate }
}

async function readAuthorities(pem: string): Promise<readonly CertificateFacts[]> {
  const found = await Promise.all(certificatesIn(pem).map(certificateFacts))
  const good = found.filter((one) => one?.isCa === true).filter((one) => one !== undefined)
  if (good.length === 0 || good.length < found.length)
    throw new Error('authoritiesFile holds no certificates of authorities, or something else beside them')
  return good
}

const read = (file: string): Promise<Uint8Array> =>
  readFile(file).catch((cause: Error) => {
    throw new Error(`crlFile ${file} cannot be read`, { cause })
  })
