import { randomUUID } from 'node:crypto'
import { parseArn } from '../../model/arn.ts'
import type { PolicyDocument } from '../../policy/index.ts'
import type { Cloud, Instant } from '../cloud.ts'
import { type Call, type Output, operation } from '../service.ts'
import { oneOf, required, text } from '../shape.ts'
import { noSuchEntity } from './faults.ts'
import * as members from './members.ts'
import { policy } from './nouns.ts'
import { page } from './page.ts'
import { uses } from './policy-use.ts'
import { managedPolicy, policiesOf, sourceOf } from './simulated-policies.ts'
import { under } from './views.ts'

interface Use {
  readonly at: Instant
  readonly by: string
  readonly region: string
}

interface ServiceUse {
  readonly service: string
  readonly last?: Use
  readonly entities: number
}

interface Job {
  readonly id: string
  readonly accountId: string
  readonly granularity: string
  readonly at: Instant
  readonly services: readonly ServiceUse[]
}

/** As AWS calls them in these reports. A service that is not here has been called by nobody, for the sandbox has it not. */
const serviceNames: Readonly<Record<string, string>> = {
  cloudtrail: 'AWS CloudTrail',
  iam: 'AWS Identity and Access Management',
  s3: 'Amazon S3',
  sts: 'AWS Security Token Service',
}

const lifetime = 4 * 60 * 60 * 1000
const table = (cloud: Cloud) => cloud.store.table<Job>('last-accessed-job')

/** What a report is about: the documents that grant, and the users and roles that may have used them. */
function subjectOf(arn: string, call: Call): { documents: readonly PolicyDocument[]; actors: ReadonlySet<string> } {
  const { cloud, caller } = call
  if (parseArn(arn)?.resource.startsWith('policy/')) {
    const found = policy.get({ PolicyArn: arn }, call)
    const groups = new Set(
      [...under(cloud.groups.values(), caller.accountId)].flatMap((one) => (uses(one, found.arn) ? [one.name] : [])),
    )
    const users = [...under(cloud.users.values(), caller.accountId)].filter(
      (one) => uses(one, found.arn, 'PermissionsPolicy') || one.groups.some((name) => groups.has(name)),
    )
    const roles = [...under(cloud.roles.values(), caller.accountId)].filter((one) =>
      uses(one, found.arn, 'PermissionsPolicy'),
    )
    return {
      documents: managedPolicy(found.arn, call).map(({ document }) => document),
      actors: new Set([...users, ...roles].map((one) => one.arn)),
    }
  }
  const source = sourceOf(arn, call)
  const { entity, kind } = source
  const inside = [...under(cloud.users.values(), entity.accountId)].filter(({ groups }) => groups.includes(entity.name))
  return {
    documents: policiesOf(source, call).map(({ document }) => document),
    actors: new Set(kind === 'group' ? inside.map((one) => one.arn) : [entity.arn]),
  }
}

/** The services that documents allow anything of; a wildcard stands for those the sandbox has. */
function grantedServices(documents: readonly PolicyDocument[]): readonly string[] {
  const found = new Set<string>()
  for (const { statements } of documents)
    for (const { effect, action = ['*'] } of statements)
      for (const [service = '*'] of effect === 'Allow' ? action.map((name) => name.toLowerCase().split(':')) : [])
        for (const one of service === '*' ? Object.keys(serviceNames) : [service]) found.add(one)
  return [...found].sort()
}

const member = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined

/** Who made a logged call: the user, or the role behind the session. */
function actorOf(detail: unknown): string | undefined {
  const identity = member(detail, 'userIdentity')
  const issuer = member(member(member(identity, 'sessionContext'), 'sessionIssuer'), 'arn')
  const arn = issuer ?? member(identity, 'arn')
  return typeof arn === 'string' ? arn : undefined
}

/** Each service with its last use by one of the actors, out of the request log. A refused call is a use as well. */
function usesOf(services: readonly string[], actors: ReadonlySet<string>, call: Call): readonly ServiceUse[] {
  const last = new Map<string, Use>()
  const entities = new Map<string, Set<string>>()
  for (const logged of call.cloud.calls.values()) {
    const by = logged.accountId === call.caller.accountId ? actorOf(logged.detail) : undefined
    if (by === undefined || !actors.has(by)) continue
    const region = member(logged.detail, 'awsRegion')
    last.set(logged.service, { at: logged.at, by, region: typeof region === 'string' ? region : call.region })
    entities.set(logged.service, (entities.get(logged.service) ?? new Set()).add(by))
  }
  return services.map((service) => {
    const use = last.get(service)
    return { service, ...(use && { last: use }), entities: entities.get(service)?.size ?? 0 }
  })
}

const generate = operation({
  input: { Arn: required(members.arn), Granularity: oneOf('SERVICE_LEVEL', 'ACTION_LEVEL') },
  needs: (input) => ({ action: 'iam:GenerateServiceLastAccessedDetails', resource: input.Arn }),
  perform: (input, call) => {
    const { documents, actors } = subjectOf(input.Arn, call)
    const jobs = table(call.cloud)
    for (const old of [...jobs.values()])
      if (call.at.getTime() - new Date(old.at).getTime() > lifetime) jobs.delete(old.id)
    const job: Job = {
      id: randomUUID(),
      accountId: call.caller.accountId,
      granularity: input.Granularity ?? 'SERVICE_LEVEL',
      at: call.at.toISOString(),
      services: usesOf(grantedServices(documents), actors, call),
    }
    jobs.put(job.id, job)
    return { JobId: job.id }
  },
})

const view = ({ service, last, entities }: ServiceUse): Output => ({
  ServiceName: serviceNames[service] ?? service,
  ServiceNamespace: service,
  TotalAuthenticatedEntities: entities,
  ...(last && {
    LastAuthenticated: new Date(last.at),
    LastAuthenticatedEntity: last.by,
    LastAuthenticatedRegion: last.region,
  }),
})

const get = operation({
  input: { JobId: required(text({ min: 36, max: 36 })), ...members.paging },
  needs: () => ({ action: 'iam:GetServiceLastAccessedDetails', resource: '*' }),
  perform: (input, call) => {
    const job = table(call.cloud).get(input.JobId)
    if (job?.accountId !== call.caller.accountId) throw noSuchEntity(`The job with id ${input.JobId} cannot be found.`)
    const at = new Date(job.at)
    return {
      JobStatus: 'COMPLETED',
      JobType: job.granularity,
      JobCreationDate: at,
      JobCompletionDate: at,
      ...page('ServicesLastAccessed', job.services, ({ service }) => service, view, input),
    }
  },
})

export const lastAccessed = { GenerateServiceLastAccessedDetails: generate, GetServiceLastAccessedDetails: get }
