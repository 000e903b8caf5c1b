// No tests in here: what the tests beside it play on. It is named so that it stays out of the package.
import assert from 'node:assert/strict'
import { sign, X509Certificate } from 'node:crypto'
import type { TestContext } from 'node:test'
import { account, type BrokerStage, brokerStage, configText, person } from '../../../test/contracts/broker-stage.ts'
import type { Session } from '../../model/session.ts'
import type { Credentials, SigningKey } from '../../model/signing-key.ts'
import { authorityOf } from '../../sandbox/certificates/authority.ts'
import { issueCertificate } from '../../sandbox/certificates/issue-certificate.ts'
import { prepareRolesAnywhere } from '../../sandbox/roles-anywhere/prepare.ts'
import { readIssued } from '../../sources/issued.ts'
import { createSession } from '../../sources/roles-anywhere-call.ts'
import { callSts } from '../../sources/sts-call.ts'
import type { QueryInput } from '../../wire/query.ts'
import { lookUpEvents } from '../aws/call-cloudtrail.ts'
import { callIam } from '../aws/call-iam.ts'
import { AwsRefusal } from '../aws/send-signed.ts'
import type { Revoker } from '../broker.ts'
import { openIssuer } from '../issue/issue.ts'
import { openRevoker } from '../revoke/revoke.ts'
import { openWatch, type Watch } from './watch.ts'

export const ann = person('ann', ['developers'])
export const eve = { id: 'corp:eve@example.com', name: 'eve@example.com' }

/** A broker's stage with a watch, a revoker, and people who go past the broker. */
export interface WatchStage extends BrokerStage {
  readonly watch: Watch
  readonly revoker: Revoker
  readonly admin: SigningKey
  /** A session of the broker. */
  readonly brokered: (role?: string) => Promise<{ readonly session: Session; readonly credentials: Credentials }>
  /** A session of STS, for whoever holds this key. */
  readonly sts: (key: SigningKey, action: string, params?: QueryInput) => Promise<Credentials>
  /** A session by Roles Anywhere on the role `web`. */
  readonly byCertificate: () => Promise<Credentials>
  /** Calls IAM with a session: `done`, or the code of the refusal. */
  readonly use: (key: SigningKey, action?: string) => Promise<string>
  /** Calls CloudTrail, as sessions without MFA may, too. */
  readonly look: (key: SigningKey) => Promise<string>
  readonly alerts: () => Promise<readonly string[]>
  readonly found: () => Promise<readonly Session[]>
}

const trusting = (...principals: readonly object[]): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: principals.map((Principal) => ({
      Effect: 'Allow',
      Principal,
      Action: ['sts:AssumeRole', 'sts:SetSourceIdentity', 'sts:TagSession'],
    })),
  })

/** Roles that trust everybody in the account, not only the broker; `web` is one of the configuration. */
export async function watchStage(t: TestContext): Promise<WatchStage> {
  const stage = await brokerStage(t)
  const { sandbox, parts, ledger } = stage
  const everybody = { AWS: `arn:aws:iam::${account}:root` }
  for (const RoleName of ['reader', 'admin', 'foreign'])
    await stage.iam({ Action: 'UpdateAssumeRolePolicy', RoleName, PolicyDocument: trusting(everybody) })
  const all = 'arn:aws:iam::aws:policy/AdministratorAccess'
  await stage.iam({ Action: 'CreateRole', RoleName: 'other', AssumeRolePolicyDocument: trusting(everybody) })
  await stage.iam({ Action: 'AttachRolePolicy', RoleName: 'other', PolicyArn: all })
  stage.configure(
    configText().replace('roles:\n', `roles:\n  web: { arn: "arn:aws:iam::${account}:role/web", longest: 1h }\n`),
  )
  const admin = { accessKeyId: sandbox.accessKeyId, secretAccessKey: sandbox.secretAccessKey }
  const target = { region: 'us-east-1', endpoint: sandbox.endpoint }
  const host = { fetch: (request: Request) => fetch(request), now: () => stage.now }
  const issuer = openIssuer(parts, { alone: true })
  return Object.assign(stage, {
    admin,
    watch: openWatch(parts),
    revoker: openRevoker(parts, { tellAgents: async () => [], patience: 2000 }),
    brokered: async (role = 'reader') => {
      const outcome = await issuer.issue(ann, { role, sourceIp: '10.0.0.1' })
      assert.ok(outcome.allowed)
      return outcome
    },
    sts: async (key: SigningKey, action: string, params: QueryInput = {}) =>
      readIssued(await callSts(host, { action, params, key, target }), stage.now).credentials,
    byCertificate: async () => {
      const { cloud } = sandbox
      const wanted = { roleName: 'web', policyArn: all, acceptRoleSessionName: false }
      const { region, ...arns } = prepareRolesAnywhere(cloud, (await authorityOf(cloud)).certificate, wanted)
      const made = await issueCertificate(cloud, {
        ...{ commonName: 'web-1', organizationalUnits: [], dns: [], uris: [], keyType: 'ec', lifetime: 864_000 },
      })
      const spec = {
        ...{ kind: 'roles-anywhere' as const, ...arns, certificate: '', privateKey: '' },
        rolesAnywhere: { region, endpoint: sandbox.endpoint },
      }
      const { raw } = new X509Certificate(made.certificate)
      const signing = async (data: Uint8Array) => sign('sha256', data, made.privateKey)
      return (await createSession(host, spec, { certificate: raw, chain: [], sign: signing })).credentials
    },
    use: (key: SigningKey, action = 'ListUsers') =>
      callIam(parts.aws, { action, params: {}, key, now: stage.now }).then(
        () => 'done',
        (error) => (error instanceof AwsRefusal ? error.code : String(error)),
      ),
    look: (key: SigningKey) =>
      lookUpEvents(parts.aws, { key, now: stage.now, region: 'us-east-1', from: stage.now, until: stage.now }).then(
        () => 'done',
        (error) => (error instanceof AwsRefusal ? error.code : String(error)),
      ),
    alerts: async () => {
      const kinds: string[] = []
      for await (const { event } of ledger.events({ kinds: ['alert'] }))
        if (event.kind === 'alert') kinds.push(event.alert)
      return kinds
    },
    found: async () => (await ledger.sessions({ origin: 'cloudtrail' })).items,
  })
}
