import { headerOf, type WireRequest } from '../wire/message.ts'
import { decodeForm, splitTarget } from '../wire/uri.ts'
import { cloudFormation } from './cloudformation/index.ts'
import { cloudtrail } from './cloudtrail/index.ts'
import { Fault } from './fault.ts'
import { iam } from './iam/index.ts'
import { identityCenter } from './identity-center/index.ts'
import { containerCredentials, instanceMetadata } from './instance/index.ts'
import { iot } from './iot/index.ts'
import { lambda } from './lambda/index.ts'
import { writeRefusal } from './query-service.ts'
import { rolesAnywhere } from './roles-anywhere/index.ts'
import { s3 } from './s3/index.ts'
import { samlIdp } from './saml-idp/index.ts'
import { secretsManager } from './secrets-manager/index.ts'
import type { Service } from './service.ts'
import { signin, signinPages } from './signin/index.ts'
import { ssm } from './ssm/index.ts'
import { sts } from './sts/index.ts'

/** Every service of the sandbox, one a row. */
export const services: readonly Service[] = [
  ...[sts, iam, s3, cloudtrail, rolesAnywhere, iot, cloudFormation, instanceMetadata, containerCredentials, samlIdp],
  ...[secretsManager, lambda, ssm],
  ...identityCenter,
  ...[signin, signinPages],
]

/**
 * The service a request is for: by the credential scope of its signature; unsigned, the one that claims it, by its
 * target, by its path (S3 has all but `/`), and else STS, which is where unsigned query calls go.
 */
export function findService(request: WireRequest): Service {
  const named = scopeService(request)
  if (named !== undefined) return services.find(({ name }) => name === named) ?? unknownService(named)
  const claimant = services.find(({ claims }) => claims?.(request))
  if (claimant) return claimant
  const target = headerOf(request, 'x-amz-target')
  if (target !== undefined) {
    const prefix = target.slice(0, target.lastIndexOf('.'))
    const found = services.find(({ targetPrefix }) => targetPrefix === prefix)
    if (found) return found
  }
  const { path, query } = splitTarget(request.target)
  const isQuery = path === '/' && (request.method === 'POST' || /(?:^|&)Action=/.test(query))
  return isQuery ? sts : s3
}

/** The service a signature is scoped to, read loosely: it only chooses who refuses when the rest is malformed. */
function scopeService(request: WireRequest): string | undefined {
  const header = headerOf(request, 'authorization')
  const { query } = splitTarget(request.target)
  const fromQuery = decodeForm(/(?:^|&)X-Amz-Credential=([^&]*)/.exec(query)?.[1] ?? '')
  const credential = /Credential=([^,\s]*)/.exec(header ?? '')?.[1] ?? fromQuery
  if (credential) return credential.split('/')[3] || undefined
  return /(?:^|&)AWSAccessKeyId=/.test(query) ? 's3' : undefined
}

/** Stands in for a service that is not here, to say so in a form every SDK can read. */
function unknownService(name: string): Service {
  const known = services.map((service) => service.name).join(', ')
  const shown = /^[\w.-]{1,64}$/.test(name) ? name : 'of that name'
  return {
    name,
    skewMinutes: 15,
    handle: async () => {
      throw new Fault('UnknownService', 400, `The sandbox has no service ${shown}; it has ${known}`)
    },
    refuse: (fault, requestId) => writeRefusal(fault, requestId, 'https://mayfly.invalid/doc/'),
  }
}
