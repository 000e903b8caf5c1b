// No tests in here: what the tests beside it play on. It is named so that it stays out of the package.
import { sign, X509Certificate } from 'node:crypto'
import type { TestContext } from 'node:test'
import type { Extension } from '@peculiar/x509'
import { encodeUri } from '../../wire/uri.ts'
import { signX509, type X509Signer } from '../../wire/x509/sign.ts'
import { keyText } from '../certificates/authority.ts'
import { loadX509 } from '../certificates/load-x509.ts'
import { keyOf, type Role } from '../cloud.ts'
import { account, addRole, type Stage, send, setStage, start } from '../stage.test.ts'
import { defaultMappings } from './attribute-mapping.ts'
import { type Profile, rolesAnywhereState, type TrustAnchor } from './state.ts'

const x509 = await loadX509()

const algorithms = {
  ec: { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' },
  rsa: {
    name: 'RSASSA-PKCS1-v1_5',
    hash: 'SHA-256',
    publicExponent: new Uint8Array([1, 0, 1]),
    modulusLength: 2048,
  },
} as const

/** A certificate and its key. */
export interface Holder {
  readonly certificate: X509Certificate
  readonly keys: CryptoKeyPair
  readonly type: 'ec' | 'rsa'
  readonly pem: string
  /** PKCS#8. */
  readonly keyPem: string
}

export interface Made {
  readonly name?: string
  readonly issuer?: Holder
  readonly type?: 'ec' | 'rsa'
  readonly serial?: string
  readonly from?: Date
  readonly until?: Date
  readonly hash?: string
  /** Of another certificate, to have the same ones. */
  readonly keys?: CryptoKeyPair
  /** Instead of the usual ones. */
  readonly extensions?: readonly Extension[]
}

const { keyCertSign, cRLSign, digitalSignature } = x509.KeyUsageFlags
export const leafExtensions: readonly Extension[] = [
  new x509.BasicConstraintsExtension(false, undefined, true),
  new x509.KeyUsagesExtension(digitalSignature, true),
]
export const authorityExtensions = (pathLength?: number): readonly Extension[] => [
  new x509.BasicConstraintsExtension(true, pathLength, true),
  new x509.KeyUsagesExtension(keyCertSign | cRLSign, true),
]

const day = 86_400_000

/** Makes a certificate: a leaf of its issuer, or an authority that signed itself. */
export async function make(given: Made = {}): Promise<Holder> {
  const { issuer, type = 'ec', name = issuer ? 'CN=web-1, O=Example' : 'CN=Root, O=Example' } = given
  const newKeys = () => crypto.subtle.generateKey(algorithms[type], true, ['sign', 'verify']) as Promise<CryptoKeyPair>
  const keys = given.keys ?? (await newKeys())
  const made = await x509.X509CertificateGenerator.create({
    serialNumber: given.serial ?? '0c3f5e',
    subject: name,
    issuer: issuer ? new x509.X509Certificate(issuer.certificate.raw).subjectName : name,
    notBefore: given.from ?? new Date(start.getTime() - day),
    notAfter: given.until ?? new Date(start.getTime() + 30 * day),
    publicKey: keys.publicKey,
    signingKey: (issuer?.keys ?? keys).privateKey,
    signingAlgorithm: { ...algorithms[issuer?.type ?? type], ...(given.hash ? { hash: given.hash } : {}) },
    extensions: [...(given.extensions ?? (issuer ? leafExtensions : authorityExtensions()))],
  })
  const certificate = new X509Certificate(Buffer.from(made.rawData))
  return { certificate, keys, type, pem: certificate.toString(), keyPem: await keyText(keys.privateKey) }
}

/** What signs requests for a holder. */
export const signerOf = ({ certificate, keyPem }: Holder, chain: readonly Holder[] = []): X509Signer => ({
  certificate: certificate.raw,
  chain: chain.map((one) => one.certificate.raw),
  sign: async (data) => sign('sha256', data, keyPem),
})

/** A revocation list in DER. */
export async function revoke(issuer: Holder, ...serials: string[]): Promise<Uint8Array> {
  const list = await x509.X509CrlGenerator.create({
    issuer: new x509.X509Certificate(issuer.certificate.raw).subjectName,
    thisUpdate: start,
    nextUpdate: new Date(start.getTime() + day),
    signingAlgorithm: algorithms[issuer.type],
    signingKey: issuer.keys.privateKey,
    entries: serials.map((serialNumber) => ({ serialNumber, revocationDate: start })),
  })
  return new Uint8Array(list.rawData)
}

/** A sandbox with a trust anchor, a profile and a role that go together. */
export interface RolesAnywhereStage extends Stage {
  readonly root: Holder
  readonly anchor: () => TrustAnchor
  readonly profile: () => Profile
  readonly changeAnchor: (change: Partial<TrustAnchor>) => void
  readonly changeProfile: (change: Partial<Profile>) => void
  readonly changeRole: (change: Partial<Role>) => void
  /** Asks for a session; `change` is what is sent otherwise. */
  readonly createSession: (signer: X509Signer, change?: Asked) => Promise<Answered>
}

export interface Asked {
  readonly body?: object
  readonly at?: Date
  readonly region?: string
  readonly arns?: Readonly<Record<string, string>>
  /** What happens to the request between signing and sending. */
  readonly tamper?: (request: Parameters<typeof send>[1]) => Parameters<typeof send>[1]
}

export interface Answered {
  readonly status: number
  readonly code: string | undefined
  readonly message: string | undefined
  readonly session: { readonly arn?: string; readonly sourceIdentity?: string; readonly expiration?: string }
  readonly key: { readonly accessKeyId: string; readonly secretAccessKey: string; readonly sessionToken: string }
}

export const trustOf = (actions: readonly string[], condition?: object): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { Service: 'rolesanywhere.amazonaws.com' },
        Action: actions,
        ...(condition && { Condition: condition }),
      },
    ],
  })

export const allThree = ['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity']

export async function setRolesAnywhereStage(t: TestContext): Promise<RolesAnywhereStage> {
  const stage = await setStage(t)
  const { cloud } = stage.sandbox
  const state = rolesAnywhereState(cloud)
  const root = await make()
  const roleArn = addRole(stage, 'web', trustOf(allThree))
  const common = (kind: string) => ({
    ...{ id: kind, arn: `arn:aws:rolesanywhere:us-east-1:${account}:${kind}/00000000-0000-0000-0000-000000000000` },
    ...{ accountId: account, region: 'us-east-1', enabled: true, tags: {}, name: 'web' },
    ...{ createdAt: start.toISOString(), updatedAt: start.toISOString() },
  })
  const anchor: TrustAnchor = {
    ...common('trust-anchor'),
    ...{ sourceType: 'CERTIFICATE_BUNDLE', bundle: root.pem, notifications: [] },
  }
  const profile: Profile = {
    ...common('profile'),
    ...{ createdBy: 'x', roleArns: [roleArn], managedPolicyArns: [], duration: 3600, acceptRoleSessionName: false },
    ...{ requireInstanceProperties: false, mappings: defaultMappings },
  }
  state.trustAnchors.put(anchor.arn, anchor)
  state.profiles.put(profile.arn, profile)
  const current = { anchor, profile }
  const arns = { profileArn: profile.arn, roleArn, trustAnchorArn: anchor.arn }
  return Object.assign(stage, {
    root,
    anchor: () => current.anchor,
    profile: () => current.profile,
    changeAnchor: (change: Partial<TrustAnchor>) => {
      current.anchor = { ...current.anchor, ...change }
      state.trustAnchors.put(anchor.arn, current.anchor)
    },
    changeProfile: (change: Partial<Profile>) => {
      current.profile = { ...current.profile, ...change }
      state.profiles.put(profile.arn, current.profile)
    },
    changeRole: (change: Partial<Role>) => {
      const role = cloud.roles.get(keyOf(account, 'web'))
      if (role) cloud.roles.put(keyOf(account, 'web'), { ...role, ...change })
    },
    createSession: async (signer: X509Signer, asked: Asked = {}) => {
      const query = Object.entries({ ...arns, ...asked.arns })
        .map(([name, value]) => `${name}=${encodeUri(value)}`)
        .join('&')
      const body = JSON.stringify(asked.body ?? {})
      const request = {
        method: 'POST',
        target: `/sessions?${query}`,
        headers: [
          ['Host', new URL(stage.sandbox.endpoint).host],
          ['Content-Type', 'application/json'],
          ['Content-Length', String(body.length)],
        ] as const,
      }
      const scope = { region: asked.region ?? 'us-east-1', service: 'rolesanywhere' }
      const signed = await signX509(request, body, signer, scope, asked.at ?? stage.now)
      return answeredOf(await send(stage, asked.tamper?.(signed) ?? signed, body))
    },
  })
}

function answeredOf({ status, headers, text }: Awaited<ReturnType<typeof send>>): Answered {
  const { message, credentialSet: [first] = [] } = JSON.parse(text)
  const code = headers['x-amzn-errortype']
  return {
    ...{ status, message, code: typeof code === 'string' ? code : undefined, key: first?.credentials },
    session: {
      arn: first?.assumedRoleUser.arn,
      sourceIdentity: first?.sourceIdentity,
      expiration: first?.credentials.expiration,
    },
  }
}
