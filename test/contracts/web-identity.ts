import { keyOf } from '../../src/sandbox/cloud.ts'
import type { StsStage } from './sts-stage.ts'

/** Trusts the sandbox's own provider for `audience`, and gives the ARN of a role that trusts it. */
export function addWebRole(
  { sandbox, role }: Pick<StsStage, 'sandbox' | 'role'>,
  audience = 'sts.amazonaws.com',
): string {
  const { accountId, cloud, oidcIssuer: url } = sandbox
  const createdAt = cloud.now().toISOString()
  const provider = `arn:aws:iam::${accountId}:oidc-provider/${url.replace('http://', '')}`
  cloud.oidcProviders.put(provider, {
    accountId,
    arn: provider,
    url,
    clientIds: [audience],
    thumbprints: [],
    createdAt,
    tags: {},
  })
  const arn = role('reader').replace('reader', 'web')
  const Action = ['sts:AssumeRoleWithWebIdentity', 'sts:TagSession', 'sts:SetSourceIdentity']
  cloud.roles.put(keyOf(accountId, 'web'), {
    ...{ accountId, name: 'web', path: '/', id: 'AROARTX3GSDSQWEB', arn, createdAt, tags: {} },
    ...{ inline: {}, attached: ['arn:aws:iam::aws:policy/AdministratorAccess'], maxSessionDuration: 43_200 },
    trust: JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal: { Federated: provider }, Action }],
    }),
  })
  return arn
}

/** A token the sandbox issues, for the service account of a pod unless told. */
export async function mintOn(stage: Pick<StsStage, 'sandbox'> | undefined, order: object = {}): Promise<string> {
  if (!stage) throw new TypeError('there is no stage yet')
  const { endpoint, controlToken } = stage.sandbox
  const answer = await fetch(`${endpoint}/_mayfly/tokens`, {
    method: 'POST',
    headers: { authorization: `Bearer ${controlToken}` },
    body: JSON.stringify({ subject: 'system:serviceaccount:default:app', ...order }),
  })
  const { token }: { token?: unknown } = JSON.parse(await answer.text())
  if (typeof token !== 'string') throw new Error(`no token (HTTP ${answer.status})`)
  return token
}
