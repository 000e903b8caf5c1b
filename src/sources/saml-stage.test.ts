// No tests in here: what the tests of SAML play on. It is named so that it stays out of the package.
import type { StsStage } from '../../test/contracts/sts-stage.ts'
import type { SamlSpec } from '../model/source-spec.ts'
import { keyOf } from '../sandbox/cloud.ts'
import { readMetadata } from '../sandbox/saml/provider-metadata.ts'
import { type SamlIdentity, samlIdentity } from '../sandbox/saml-idp/identity.ts'
import { type Changes, issueResponse } from '../sandbox/saml-idp/issue.ts'
import { metadataXml } from '../sandbox/saml-idp/metadata.ts'
import { personNamed, putPeople } from '../sandbox/saml-idp/people.ts'
import { identity } from '../sandbox/saml-idp/stage.test.ts'

export interface SamlGround {
  readonly spec: SamlSpec
  readonly providerArn: string
  /** What the identity provider says of ann now, base64. */
  readonly response: (changes?: Changes) => Promise<string>
}

/** Has the stage's account and its roles trust the sandbox's SAML provider, where ann signs in with `secret`. */
export async function samlGround({ sandbox, role, sts, process }: StsStage): Promise<SamlGround> {
  const { accountId, cloud, endpoint } = sandbox
  cloud.store.table<SamlIdentity>('saml-idp-identity').put('identity', await identity('idp'))
  const metadata = metadataXml(endpoint, (await samlIdentity(cloud)).certificate)
  const { entityId = '', keys = [] } = readMetadata(metadata) ?? {}
  const providerArn = `arn:aws:iam::${accountId}:saml-provider/idp`
  const at = cloud.now().toISOString()
  cloud.samlProviders.put(providerArn, {
    ...{ accountId, name: 'idp', arn: providerArn, id: 'UUID', tags: {}, metadata, entityId, keys },
    ...{ createdAt: at, validUntil: '2126-01-01T00:00:00.000Z' },
  })
  const trust = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { Federated: providerArn }, Action: 'sts:AssumeRoleWithSAML' }],
  })
  for (const name of ['reader', 'deployer'] as const) {
    const found = cloud.roles.get(keyOf(accountId, name))
    if (found) cloud.roles.put(keyOf(accountId, name), { ...found, trust })
  }
  const roles = [`${role('reader')},${providerArn}`]
  await putPeople(cloud, { users: { ann: { password: 'secret', roles } } })
  const response = async (changes: Changes = {}): Promise<string> => {
    const ann = personNamed(cloud, 'ann')
    if (!ann) throw new TypeError('ann is gone')
    const { xml } = await issueResponse({ cloud, at: process().now() }, ann, changes)
    return Buffer.from(xml).toString('base64')
  }
  return {
    spec: { kind: 'saml', roleArn: role('reader'), login: { process: 'assertion' }, sts },
    providerArn,
    response,
  }
}
