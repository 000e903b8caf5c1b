import { headerOf } from '../../wire/message.ts'
import { keyOf, type Role } from '../cloud.ts'
import { Fault } from '../fault.ts'
import type { Answer, Call } from '../service.ts'
import { toTheSecond, trustsService } from '../service-session.ts'
import { deliver } from './deliver.ts'
import { type Instance, instanceOf } from './state.ts'
import { admitToken, makeToken } from './token.ts'

export const metadataPath = /^\/latest\/(?:api\/token|meta-data|dynamic)(?:\/|$)/
const machinesPrincipal = 'ec2.amazonaws.com'

/** Instance metadata as version 2 has it: a token first. See "Use IMDS" in the Amazon EC2 User Guide. */
export function serveMetadata(call: Call): Answer {
  const { method } = call.request
  call.note({ operation: 'GetInstanceMetadata', readOnly: true })
  const instance = instanceOf(call.cloud)
  if (call.path === '/latest/api/token') return makeToken(call)
  if (method !== 'GET' && method !== 'HEAD') throw new Fault('MethodNotAllowed', 405, 'Method Not Allowed')
  const token = headerOf(call.request, 'x-aws-ec2-metadata-token')
  // A token that is given is checked, wherever one is asked for or not.
  if (token !== undefined || !instance.v1) admitToken(call, token)
  const found = lookUp(call, instance, token === undefined ? '1.0' : '2.0')
  if (found === undefined) throw new Fault('NotFound', 404, 'Not Found')
  const isJson = typeof found !== 'string'
  const body = isJson ? `${JSON.stringify(found, undefined, 2)}\n` : found
  const type = isJson ? 'application/json' : 'text/plain'
  return { status: 200, headers: { 'Content-Type': type, Server: 'EC2ws' }, body }
}

const lists: Readonly<Record<string, string>> = {
  '/latest/meta-data': 'ami-id\niam/\ninstance-id\ninstance-type\nplacement/',
  '/latest/meta-data/iam': 'info\nsecurity-credentials/',
  '/latest/meta-data/placement': 'availability-zone\nregion',
  '/latest/dynamic': 'instance-identity/',
  '/latest/dynamic/instance-identity': 'document',
}
const amiId = 'ami-0123456789abcdef0'
const instanceType = 't3.micro'

/** What stands at a path: text, or what is written as JSON; undefined for nothing. */
function lookUp(call: Call, instance: Instance, delivery: '1.0' | '2.0'): string | object | undefined {
  const path = call.path.replace(/\/$/, '')
  const { region, primaryAccount } = call.cloud
  const profile = profileOf(call, instance)
  const role = profile && roleOf(call, profile.roles[0])
  switch (path) {
    case '/latest/meta-data/ami-id':
      return amiId
    case '/latest/meta-data/instance-id':
      return instance.id
    case '/latest/meta-data/instance-type':
      return instanceType
    case '/latest/meta-data/placement/region':
      return region
    case '/latest/meta-data/placement/availability-zone':
      return `${region}a`
    case '/latest/meta-data/iam/info':
      return (
        profile && {
          Code: 'Success',
          LastUpdated: toTheSecond(call.at),
          InstanceProfileArn: profile.arn,
          InstanceProfileId: profile.id,
        }
      )
    case '/latest/meta-data/iam/security-credentials':
      return role?.name
    case '/latest/dynamic/instance-identity/document':
      return {
        ...{ accountId: primaryAccount, architecture: 'x86_64', availabilityZone: `${region}a`, imageId: amiId },
        ...{ instanceId: instance.id, instanceType, pendingTime: toTheSecond(call.at), privateIp: '127.0.0.1', region },
        version: '2017-09-30',
      }
    default:
      if (path === `/latest/meta-data/iam/security-credentials/${role?.name}` && role)
        return credentials(call, instance, role, delivery)
      return lists[path]
  }
}

const profileOf = ({ cloud }: Call, { profileName }: Instance) =>
  profileName === undefined ? undefined : cloud.instanceProfiles.get(keyOf(cloud.primaryAccount, profileName))

const roleOf = ({ cloud }: Call, name: string | undefined): Role | undefined =>
  name === undefined ? undefined : cloud.roles.get(keyOf(cloud.primaryAccount, name))

function credentials(call: Call, instance: Instance, role: Role, delivery: '1.0' | '2.0'): object {
  if (!trustsService(role, machinesPrincipal, call))
    return {
      Code: 'AssumeRoleUnauthorizedAccess',
      Message: `EC2 cannot assume the role ${role.name}. Please see documentation at https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_iam-ec2.html#troubleshoot_iam-ec2_errors-info-doc.`,
      LastUpdated: toTheSecond(call.at),
    }
  const { region, primaryAccount } = call.cloud
  const { session, updatedAt } = deliver(call, {
    role,
    sessionName: instance.id,
    place: `instance/${instance.id}/${delivery}`,
    context: {
      'ec2:SourceInstanceARN': `arn:aws:ec2:${region}:${primaryAccount}:instance/${instance.id}`,
      'ec2:RoleDelivery': delivery,
    },
  })
  return {
    ...{ Code: 'Success', LastUpdated: toTheSecond(updatedAt), Type: 'AWS-HMAC' },
    ...{ AccessKeyId: session.accessKeyId, SecretAccessKey: session.secretAccessKey, Token: session.sessionToken },
    Expiration: toTheSecond(new Date(session.expiresAt)),
  }
}
