import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { parsePolicyValue } from '../../policy/index.ts'
import { isSafeUrl } from '../authenticators/fetch-text.ts'
import { homeOf } from '../aws/home-region.ts'
import type { AuthenticatorConfig, BrokerConfig, Grant, Hours, Notify, Role, Who } from './broker-config.ts'
import type { ConfigFile } from './shape.ts'

export type Complain = (path: readonly PropertyKey[], problem: string) => void

interface Around {
  /** What paths are relative to. */
  readonly folder: string
  readonly digest: string
  readonly lineOf: (path: readonly PropertyKey[]) => number
  readonly complain: Complain
}

const hour = 3600

/** The configuration as it is used: defaults filled in, references checked, files read. Complains of all that is wrong. */
export function assemble(file: ConfigFile, around: Around): BrokerConfig {
  const { folder, digest, complain } = around
  const path = (name: string): string => resolve(folder, name)
  const read = (name: string, at: readonly PropertyKey[]): string => {
    try {
      return readFileSync(path(name), 'utf8')
    } catch {
      complain(at, `the file ${path(name)} cannot be read`)
      return ''
    }
  }
  const publicUrl = file.publicUrl.replace(/\/+$/, '')
  const names = Object.keys(file.authenticators)
  const people = (who: Who, at: readonly PropertyKey[]): Who => checkedWho(who, names, at, complain)
  const listenTls = file.listen?.tls
  const nobody: Who = {}
  const { mutualTls } = file
  return {
    digest,
    publicUrl,
    listen: {
      host: file.listen?.host ?? '127.0.0.1',
      port: file.listen?.port ?? 8484,
      ...(listenTls
        ? {
            tls: {
              certificate: read(listenTls.certificateFile, ['listen', 'tls', 'certificateFile']),
              privateKey: read(listenTls.privateKeyFile, ['listen', 'tls', 'privateKeyFile']),
            },
          }
        : {}),
    },
    ...(mutualTls
      ? {
          listenMutualTls: {
            host: mutualTls.host ?? file.listen?.host ?? '127.0.0.1',
            port: mutualTls.port ?? 8485,
            certificate: read(mutualTls.certificateFile, ['mutualTls', 'certificateFile']),
            privateKey: read(mutualTls.privateKeyFile, ['mutualTls', 'privateKeyFile']),
          },
        }
      : {}),
    database: databaseUrl(file.database ?? 'sqlite:ledger.sqlite', folder, complain),
    keyFile: path(file.keyFile ?? 'broker.key'),
    upstream: {
      region: file.upstream.region,
      ...(file.upstream.profile === undefined ? {} : { profile: file.upstream.profile }),
      ...(file.upstream.endpoint === undefined ? {} : { endpoint: file.upstream.endpoint.replace(/\/+$/, '') }),
    },
    accounts: Object.fromEntries(Object.entries(file.accounts ?? {}).map(([name, { id }]) => [name, { name, id }])),
    roles: rolesOf(file.roles, complain),
    grants: file.grants.map((grant, place) => grantOf(grant, place, file, people, around)),
    authenticators: Object.entries(file.authenticators).map(([name, config]) =>
      authenticatorOf(name, config, publicUrl, { ...around, path, read }),
    ),
    access: {
      viewers: people(whoOf(file.access?.viewers) ?? nobody, ['access', 'viewers']),
      approvers: people(whoOf(file.access?.approvers) ?? nobody, ['access', 'approvers']),
      admins: people(whoOf(file.access?.admins) ?? nobody, ['access', 'admins']),
    },
    notify: (file.notify ?? []).map((notify, place) => notifyOf(notify, place, path, complain)),
    trustedProxies: file.trustedProxies ?? [],
    metrics: {
      ...(file.metrics?.from === undefined ? {} : { from: file.metrics.from }),
      ...(file.metrics?.tokenFile === undefined ? {} : { tokenFile: path(file.metrics.tokenFile) }),
    },
    watch: {
      lookupEvents: file.watch?.lookupEvents ?? true,
      everySeconds: seconds(file.watch?.every ?? 60),
      accounts: file.watch?.accounts ?? [],
      regions: file.watch?.regions ?? [...new Set([file.upstream.region, homeOf(file.upstream.region)])],
      ...(file.watch?.deliveries === undefined ? {} : { deliveries: path(file.watch.deliveries) }),
    },
  }
}

/** Seconds of `4h`, `1h30m`, `90m`, `900`. */
function seconds(duration: number | string): number {
  if (typeof duration === 'number') return duration
  const [, days, hours, minutes, rest] = /^(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/.exec(duration) ?? []
  return Number(days ?? 0) * 24 * hour + Number(hours ?? 0) * hour + Number(minutes ?? 0) * 60 + Number(rest ?? 0)
}

function databaseUrl(url: string, folder: string, complain: Complain): string {
  if (/^postgres(?:ql)?:\/\//.test(url) || url === 'memory:') return url
  const path = /^sqlite:(?:\/\/(?=\/))?(.+)$/.exec(url)?.[1]
  if (path === undefined) complain(['database'], 'must be sqlite: and a path, memory:, or a postgres:// URL')
  return `sqlite:${resolve(folder, path ?? '')}`
}

/** Revoking a role denies what AWS knows by its ARN: under two names one would be told to live on. */
function rolesOf(written: ConfigFile['roles'], complain: Complain): Readonly<Record<string, Role>> {
  const names = new Map<string, string>()
  const roles = Object.entries(written).map(([name, role]) => {
    // Within an account AWS tells roles apart by their names, whatever their paths and case.
    const same = role.arn.replace(/:role\/(?:.*\/)?([^/]+)$/, ':role/$1').toLowerCase()
    const other = names.get(same)
    if (other !== undefined) complain(['roles', name, 'arn'], `is that of ${other} already`)
    names.set(same, name)
    return [name, roleOf(name, role, complain)] as const
  })
  return Object.fromEntries(roles)
}

function roleOf(name: string, role: ConfigFile['roles'][string], complain: Complain): Role {
  const longest = seconds(role.longest ?? hour)
  if (longest < 900 || longest > 12 * hour)
    complain(['roles', name, 'longest'], 'must be between 15m and 12h, as at AWS')
  return {
    name,
    arn: role.arn,
    accountId: role.arn.split(':')[4] ?? '',
    longest,
    revocable: role.revocable ?? true,
    ...(role.externalId === undefined ? {} : { externalId: role.externalId }),
    ...(role.administrator === undefined ? {} : { administratorArn: role.administrator }),
  }
}

type WrittenWho = ConfigFile['grants'][number]['to']

const whoOf = (who: WrittenWho | undefined): Who | undefined => {
  if (who === undefined) return undefined
  const { claims, anyOf, anyone, ids, groups, authenticators } = who
  const lists = Object.entries(claims ?? {}).map(([name, values]) => [
    name,
    typeof values === 'string' ? [values] : values,
  ])
  return {
    ...(anyone ? { anyone } : {}),
    ...(ids ? { ids } : {}),
    ...(groups ? { groups } : {}),
    ...(authenticators ? { authenticators } : {}),
    ...(claims ? { claims: Object.fromEntries(lists) } : {}),
    ...(anyOf ? { anyOf: anyOf.map((other) => whoOf(other) ?? {}) } : {}),
  }
}

function checkedWho(who: Who, names: readonly string[], at: readonly PropertyKey[], complain: Complain): Who {
  for (const [place, name] of (who.authenticators ?? []).entries())
    if (!names.includes(name)) complain([...at, 'authenticators', place], `there is no authenticator ${name}`)
  for (const [place, other] of (who.anyOf ?? []).entries()) checkedWho(other, names, [...at, 'anyOf', place], complain)
  return who
}

function grantOf(
  grant: ConfigFile['grants'][number],
  place: number,
  file: ConfigFile,
  people: (who: Who, at: readonly PropertyKey[]) => Who,
  { lineOf, complain }: Around,
): Grant {
  const at = ['grants', place]
  const wrong = (key: string, problem: string): void => complain([...at, key], problem)
  const role = Object.hasOwn(file.roles, grant.role) ? file.roles[grant.role] : undefined
  if (!role) wrong('role', `there is no role ${grant.role}`)
  if (file.grants.findIndex(({ name }) => name === grant.name) !== place)
    wrong('name', `there is a grant ${grant.name} already`)
  const longest = seconds(grant.longest)
  if (role && longest > seconds(role.longest ?? hour))
    wrong('longest', `the role ${grant.role} lasts ${seconds(role.longest ?? hour)} s at most`)
  const usual = grant.usual === undefined ? Math.min(longest, hour) : seconds(grant.usual)
  if (usual > longest) wrong('usual', 'is longer than the longest')
  if (grant.policy && grant.allow) wrong('allow', 'stands beside a policy; say one of them')
  if (Object.keys(grant.to).length === 0) wrong('to', 'names nobody')
  if (grant.ticket !== undefined && !isPattern(grant.ticket)) wrong('ticket', 'is no regular expression')
  const policy = grant.policy ?? (grant.allow && allowing(grant.allow))
  if (policy) {
    const parsed = parsePolicyValue(policy, 'identity')
    if (!parsed.ok)
      for (const fault of parsed.faults) wrong(grant.policy ? 'policy' : 'allow', `${fault.path} ${fault.problem}`)
    if (JSON.stringify(policy).length > 2048) wrong('policy', 'has more than the 2,048 characters that AWS takes')
  }
  const { approvals } = grant
  return {
    name: grant.name,
    to: people(whoOf(grant.to) ?? {}, [...at, 'to']),
    role: grant.role,
    longest,
    usual,
    reasonNeeded: grant.reason === 'required',
    breakGlass: grant.breakGlass ?? false,
    tags: grant.tags ?? {},
    line: lineOf(at),
    ...(policy ? { policy: JSON.stringify(policy) } : {}),
    ...(grant.mfa ? { mfaWithin: seconds(grant.mfa.within) } : {}),
    ...(grant.ticket === undefined ? {} : { ticket: grant.ticket }),
    ...(approvals
      ? {
          approvals: {
            count: approvals.count,
            by: people(whoOf(approvals.by) ?? {}, [...at, 'approvals', 'by']),
            lapse: seconds(approvals.lapse ?? hour),
          },
        }
      : {}),
    ...(grant.networks ? { networks: grant.networks } : {}),
    ...(grant.hours ? { hours: hoursOf(grant.hours) } : {}),
  }
}

const allowing = (allow: NonNullable<ConfigFile['grants'][number]['allow']>): object => ({
  Version: '2012-10-17',
  Statement: allow.map(({ actions, resources }) => ({ Effect: 'Allow', Action: actions, Resource: resources })),
})

function isPattern(text: string): boolean {
  try {
    new RegExp(`^(?:${text})$`, 'u')
    return true
  } catch {
    return false
  }
}

const weekdays = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']

function hoursOf({ days, from, to, zone }: NonNullable<ConfigFile['grants'][number]['hours']>): Hours {
  const minutes = (time: string): number => Number(time.slice(0, 2)) * 60 + Number(time.slice(3))
  return { days: days.map((day) => weekdays.indexOf(day)), from: minutes(from), to: minutes(to), zone }
}

interface Reading extends Around {
  readonly path: (name: string) => string
  readonly read: (name: string, at: readonly PropertyKey[]) => string
}

function authenticatorOf(
  name: string,
  config: ConfigFile['authenticators'][string],
  publicUrl: string,
  { path, read, lineOf, complain }: Reading,
): AuthenticatorConfig {
  const at = ['authenticators', name]
  const line = lineOf(at)
  const lifetime = seconds(config.lifetime ?? (config.kind === 'oidc' || config.kind === 'saml' ? 8 * hour : hour))
  switch (config.kind) {
    case 'oidc': {
      const { issuer, clientId, clientSecretFile, scopes, idClaim, nameClaim, groupsClaim, emails } = config
      return {
        ...{ name, line, lifetime, kind: config.kind, issuer: issuer.replace(/\/+$/, ''), clientId },
        ...(clientSecretFile === undefined ? {} : { clientSecretFile: path(clientSecretFile) }),
        scopes: scopes ?? ['openid', 'email', 'profile'],
        idClaim: idClaim ?? 'email',
        nameClaim: nameClaim ?? idClaim ?? 'email',
        groupsClaim: groupsClaim ?? 'groups',
        trustsEmails: emails === 'trusted',
      }
    }
    case 'saml': {
      const { metadataFile, metadataUrl, entityId, groupsAttribute, nameAttribute } = config
      if ((metadataFile === undefined) === (metadataUrl === undefined))
        complain(at, 'needs metadataFile or metadataUrl, and not both')
      return {
        ...{
          name,
          line,
          lifetime,
          kind: config.kind,
          entityId: entityId ?? publicUrl,
          groupsAttribute: groupsAttribute ?? 'groups',
        },
        ...(metadataFile === undefined ? {} : { metadataFile: path(metadataFile) }),
        ...(metadataUrl === undefined ? {} : { metadataUrl }),
        ...(nameAttribute === undefined ? {} : { nameAttribute }),
      }
    }
    case 'jwt': {
      const { issuer, jwksUrl, audience, idClaim, groupsClaim } = config
      return {
        ...{
          name,
          line,
          lifetime,
          kind: config.kind,
          issuer,
          audience: audience ?? publicUrl,
          idClaim: idClaim ?? 'sub',
        },
        ...(jwksUrl === undefined ? {} : { jwksUrl }),
        ...(groupsClaim === undefined ? {} : { groupsClaim }),
      }
    }
    case 'x509': {
      const authorities = read(config.authoritiesFile, [...at, 'authoritiesFile'])
      return {
        ...{ name, line, lifetime, kind: config.kind, authorities },
        ...(config.crlFile === undefined ? {} : { crlFile: path(config.crlFile) }),
      }
    }
    case 'aws': {
      const { accounts, stsEndpoint } = config
      return {
        name,
        line,
        lifetime,
        kind: config.kind,
        accounts,
        ...(stsEndpoint === undefined ? {} : { stsEndpoint }),
      }
    }
  }
}

const notifications = ['asked', 'voted', 'issued', 'denied', 'revoked', 'break-glass', 'alert'] as const

function notifyOf(
  notify: NonNullable<ConfigFile['notify']>[number],
  place: number,
  path: (name: string) => string,
  complain: Complain,
): Notify {
  const events = notify.events ?? [...notifications]
  const known = notifications.filter((name) => events.includes(name))
  for (const name of events)
    if (!notifications.some((other) => other === name))
      complain(['notify', place, 'events'], `there is no event ${name}; there are ${notifications.join(', ')}`)
  const isPlain = /^http:/i.test(notify.url)
  if (URL.parse(notify.url)?.username !== '')
    complain(['notify', place, 'url'], 'has a name or password in it, which is not sent')
  else if (!isSafeUrl(notify.url) && !(isPlain && notify.insecure))
    complain(
      ['notify', place, 'url'],
      'must begin with https, or be on this machine: who asks for what goes there. To send it in the clear all the same, say `insecure: true`',
    )
  const secret = notify.kind === 'webhook' ? { secretFile: path(notify.secretFile) } : {}
  return { kind: notify.kind, url: notify.url, events: known, ...secret }
}
