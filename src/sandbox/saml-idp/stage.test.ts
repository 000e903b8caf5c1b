// No tests in here: what tests of SAML play on. It is named so that it stays out of the package.
import type { TestContext } from 'node:test'
import { encodeQuery, type QueryInput } from '../../wire/query.ts'
import type { SamlProvider } from '../cloud.ts'
import { readMetadata } from '../saml/provider-metadata.ts'
import { account, addRole, allow, type Reply, type Stage, send, setStage, start, trust } from '../stage.test.ts'
import { makeIdentity, type SamlIdentity } from './identity.ts'
import { type Changes, issueResponse } from './issue.ts'
import { metadataXml } from './metadata.ts'
import type { Person } from './people.ts'

const identities = new Map<string, Promise<SamlIdentity>>()

/** A key and its certificate; the same one for the same name, because making one takes a while. */
export function identity(name: string): Promise<SamlIdentity> {
  const made = identities.get(name) ?? makeIdentity(start)
  identities.set(name, made)
  return made
}

export interface SamlStage extends Stage {
  readonly provider: SamlProvider
  /** Trusts the provider, to assume it, to tag and to name a source identity. */
  readonly role: string
  /** A response for ann, base64. */
  readonly response: (changes?: Changes) => Promise<string>
  /** AssumeRoleWithSAML of the role with it, which nobody signs. */
  readonly assume: (samlResponse: string, more?: QueryInput) => Promise<Reply>
}

export const samlActions = ['sts:AssumeRoleWithSAML', 'sts:TagSession', 'sts:SetSourceIdentity'] as const
export const federated = { Federated: `arn:aws:iam::${account}:saml-provider/idp` }

/** A sandbox whose account trusts the sandbox's own SAML identity provider, and a role for it. */
export async function setSamlStage(t: TestContext): Promise<SamlStage> {
  const stage = await setStage(t)
  const { cloud, endpoint } = stage.sandbox
  const own = await identity('idp')
  cloud.store.table<SamlIdentity>('saml-idp-identity').put('identity', own)
  const metadata = metadataXml(endpoint, own.certificate)
  const read = readMetadata(metadata)
  if (!read) throw new TypeError('metadata that cannot be read')
  const provider: SamlProvider = {
    ...{ accountId: account, name: 'idp', arn: federated.Federated, id: 'UUID', tags: {}, metadata },
    ...{ entityId: read.entityId, keys: read.keys },
    ...{ createdAt: start.toISOString(), validUntil: '2126-11-21T09:00:00.000Z' },
  }
  cloud.samlProviders.put(provider.arn, provider)
  const role = addRole(stage, 'dev', trust(federated, undefined, samlActions), { inline: { all: allow('iam:*', '*') } })
  const ann: Person = {
    ...{ name: 'ann', passwordHash: '', email: 'ann@example.com', groups: [], attributes: {} },
    roles: [`${role},${provider.arn}`],
  }
  return Object.assign(stage, {
    provider,
    role,
    response: async (changes: Changes = {}) => {
      const { xml } = await issueResponse({ cloud, at: stage.now }, ann, changes)
      return Buffer.from(xml).toString('base64')
    },
    assume: (SAMLAssertion: string, more: QueryInput = {}) =>
      askUnsigned(stage, {
        ...{ Action: 'AssumeRoleWithSAML', RoleArn: role, PrincipalArn: provider.arn, SAMLAssertion },
        ...more,
      }),
  })
}

/** Makes a query call to STS that nobody signed. */
export function askUnsigned(stage: Stage, params: QueryInput): Promise<Reply> {
  const body = encodeQuery({ Version: '2011-06-15', ...params })
  const headers: [string, string][] = [
    ['Host', new URL(stage.sandbox.endpoint).host],
    ['Content-Type', 'application/x-www-form-urlencoded; charset=utf-8'],
    ['Content-Length', String(Buffer.byteLength(body))],
  ]
  return send(stage, { method: 'POST', target: '/', headers }, body)
}
