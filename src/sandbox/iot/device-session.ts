import type { X509Certificate } from 'node:crypto'
import { compile, parsePolicy, type RequestContext } from '../../policy/index.ts'
import { requestContext } from '../caller-context.ts'
import { keyOf, type Role } from '../cloud.ts'
import { Fault } from '../fault.ts'
import type { IssuedCredentials } from '../issue-session.ts'
import type { Call } from '../service.ts'
import { issueServiceSession, trustsService } from '../service-session.ts'
import { certificateIdOf } from './certificates.ts'
import { devicesPrincipal } from './role-aliases.ts'
import { type CredentialsHost, type DeviceCertificate, iotTables, type Thing } from './state.ts'

/** What a device says of itself: the certificate whose key it holds, and the name of a thing. */
export interface Device {
  readonly certificate: X509Certificate | undefined
  readonly thingName: string | undefined
}

const forbidden = (message: string): Fault => new Fault('AccessDeniedException', 403, message)
const invalid = (message: string): Fault => new Fault('InvalidRequestException', 400, message)

/**
 * The credentials of a role alias for a device. What is wrong first is told, in AWS's order, so that who may not use
 * an alias does not learn whether it is there. See "Authorizing direct calls to AWS services using AWS IoT Core
 * credential provider" in the AWS IoT Core Developer Guide.
 */
export function issueDeviceSession(call: Call, at: CredentialsHost, alias: string, device: Device): IssuedCredentials {
  const { cloud } = call
  const scope = `arn:aws:iot:${at.region}:${at.accountId}`
  const tables = iotTables(cloud)
  const certificate = admitted(call, scope, device.certificate)
  const thing = device.thingName === undefined ? undefined : tables.things.get(`${scope}:thing/${device.thingName}`)
  if (device.thingName !== undefined && !thing?.principals.includes(certificate.arn))
    throw forbidden('Invalid thing name passed')
  const aliasArn = `${scope}:rolealias/${alias}`
  if (!allows(call, certificate, aliasArn, deviceContext(device.certificate, thing))) throw forbidden('Access Denied')
  const found = tables.roleAliases.get(aliasArn)
  if (!found) throw new Fault('ResourceNotFoundException', 404, 'Role alias does not exist')
  const role = roleAt(call, found.roleArn)
  if (!role || !trustsService(role, devicesPrincipal, call, { 'aws:SourceArn': aliasArn }))
    throw invalid('Unable to assume the role, or the role to assume does not exist')
  if (found.duration > role.maxSessionDuration)
    throw invalid('The requested CredentialDurationSeconds exceeds the MaxSessionDuration set for the role')
  call.note({
    operation: 'AssumeRoleWithCertificate',
    resources: [{ ARN: role.arn, accountId: role.accountId, type: 'AWS::IAM::Role' }],
  })
  return issueServiceSession(call, {
    ...{ role, sessionName: certificate.id, duration: found.duration },
    context: {
      'credentials-iot:AwsCertificateId': certificate.id,
      ...(thing ? { 'credentials-iot:ThingName': thing.name } : {}),
      ...(thing?.typeName === undefined ? {} : { 'credentials-iot:ThingTypeName': thing.typeName }),
    },
  })
}

/** The row of a certificate that is registered with this account, active and not over. */
function admitted(call: Call, scope: string, given: X509Certificate | undefined): DeviceCertificate {
  const row = given && iotTables(call.cloud).certificates.get(`${scope}:cert/${certificateIdOf(given)}`)
  const current = given && given.validFromDate <= call.at && call.at < given.validToDate
  if (row?.status === 'ACTIVE' && current) return row
  throw forbidden('Certificate is invalid on this endpoint')
}

function roleAt({ cloud }: Call, arn: string): Role | undefined {
  const [, account = '', name = ''] = /^arn:[\w-]+:iam::(\d{12}):role\/(?:.*\/)?([^/]+)$/.exec(arn) ?? []
  const role = cloud.roles.get(keyOf(account, name))
  return role?.arn === arn ? role : undefined
}

/** What IoT policies may speak of. See "Thing policy variables" and "X.509 certificate policy variables". */
function deviceContext(certificate: X509Certificate | undefined, thing: Thing | undefined): RequestContext {
  const attributes = Object.entries(thing?.attributes ?? {})
  const subject = (certificate?.subject ?? '').split('\n')
  const named = (short: string): string | undefined =>
    subject.find((line) => line.startsWith(`${short}=`))?.slice(short.length + 1)
  const parts = { CommonName: 'CN', Organization: 'O', OrganizationalUnit: 'OU', Country: 'C', State: 'ST' }
  return {
    ...Object.fromEntries(
      Object.entries(parts).flatMap(([key, short]) => {
        const value = named(short)
        return value === undefined ? [] : [[`iot:Certificate.Subject.${key}`, value]]
      }),
    ),
    ...(thing
      ? { 'iot:Connection.Thing.ThingName': thing.name, 'iot:Connection.Thing.IsAttached': 'true' }
      : { 'iot:Connection.Thing.IsAttached': 'false' }),
    ...(thing?.typeName === undefined ? {} : { 'iot:Connection.Thing.ThingTypeName': thing.typeName }),
    ...Object.fromEntries(attributes.map(([key, value]) => [`iot:Connection.Thing.Attributes[${key}]`, value])),
  }
}

/** Whether the policies on a certificate allow it to ask for the alias. */
function allows(call: Call, certificate: DeviceCertificate, aliasArn: string, context: RequestContext): boolean {
  const { policies } = iotTables(call.cloud)
  const prefix = certificate.arn.slice(0, certificate.arn.indexOf(':cert/'))
  const identity = certificate.policies.flatMap((name) => {
    const document = policies.get(`${prefix}:policy/${name}`)?.document
    const parsed = document === undefined ? undefined : parsePolicy(document, 'identity')
    return parsed?.ok ? [parsed.document] : []
  })
  const action = 'iot:AssumeRoleWithCertificate'
  const permission = { action, resource: aliasArn, resourceAccount: certificate.accountId, context }
  const { 'aws:PrincipalType': _, ...asked } = requestContext(call, permission)
  const question = { principal: certificate.arn, action, resource: aliasArn, context: asked }
  return compile({ identity })(question).outcome === 'allowed'
}
