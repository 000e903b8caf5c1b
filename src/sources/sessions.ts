import type { Vault } from '../host/vaults/vault.ts'
import type { SourceSpec } from '../model/source-spec.ts'
import { parseSession, sessionPrefix } from './cached-session.ts'

/** A session of the vault, without its secrets. */
export interface KeptSession {
  /** Its name in the vault: the digest of its spec. */
  readonly id: string
  readonly spec: SourceSpec
  readonly accessKeyId: string
  readonly accountId?: string
  /** Who it acts as: the ARN AWS answered, else the role, else the permanent key it was got with. */
  readonly who: string
  readonly issuedAt: Date
  readonly expiration: Date
}

/** The sessions of the vault, dead ones included, the one that ends last first. */
export async function listSessions(vault: Vault): Promise<readonly KeptSession[]> {
  const found: KeptSession[] = []
  for (const name of await vault.list(sessionPrefix)) {
    const session = parseSession(await vault.get(name))
    if (!session) continue
    const { spec, credentials, issuedAt, principal = subjectOf(spec) } = session
    const { accessKeyId, accountId, expiration } = credentials
    const account = accountId === undefined ? {} : { accountId }
    const id = name.slice(sessionPrefix.length)
    found.push({ id, spec, accessKeyId, ...account, who: principal, issuedAt, expiration })
  }
  return found.sort((one, other) => other.expiration.getTime() - one.expiration.getTime())
}

/**
 * Forgets the sessions `which` is true of, or all, and gives their number. Only this machine forgets: AWS takes a
 * session until it expires or is revoked.
 */
export async function forgetSessions(vault: Vault, which?: (session: KeptSession) => boolean): Promise<number> {
  const names = which
    ? (await listSessions(vault)).filter(which).map(({ id }) => sessionPrefix + id)
    : await vault.list(sessionPrefix)
  for (const name of names) await vault.delete(name)
  return names.length
}

/** The spec and all those it stands on, so that logging out of a profile forgets the sessions beneath it as well. */
export function chainOf(spec: SourceSpec): readonly SourceSpec[] {
  if (spec.kind === 'brokered') return spec.proof?.by === 'aws' ? [spec, ...chainOf(spec.proof.base)] : [spec]
  return 'base' in spec ? [spec, ...chainOf(spec.base)] : [spec]
}

function subjectOf(spec: SourceSpec): string {
  if (spec.kind === 'saml') return spec.roleArn ?? 'a role that SAML opened'
  if ('roleArn' in spec) return spec.roleArn
  if (spec.kind === 'identity-center') return `${spec.roleName} in ${spec.accountId}`
  if (spec.kind === 'console-login') return spec.session
  if (spec.kind === 'brokered') return `${spec.role}, of ${spec.broker}`
  if ('accessKeyId' in spec) return spec.accessKeyId
  if (spec.kind === 'iot') return `role alias ${spec.roleAlias}`
  return 'base' in spec ? spec.base.accessKeyId : spec.kind
}
