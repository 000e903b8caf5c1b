import type { Host } from '../host/host.ts'
import { Failure } from '../model/failure.ts'
import type { Credentials } from '../model/signing-key.ts'
import type { ImdsSpec } from '../model/source-spec.ts'
import { issuedFrom } from './issued.ts'
import { askMachine, type MachineAnswer } from './machine-call.ts'
import type { Opener } from './source.ts'

/** Milliseconds; once, as botocore and the other SDKs have it. */
const patience = 1000
/** Seconds that the token may be used. It is needed for two calls. */
const tokenLife = '21600'
const rolePath = '/latest/meta-data/iam/security-credentials/'

/**
 * The credentials of the role of the machine this runs on: from the instance metadata service, version 2, or version 1
 * where there is no version 2 and the spec does not refuse it. Fetched at each call and kept nowhere. An end that is
 * near or past is told as it is: no other is made up, as some SDKs do.
 */
export const openImds: Opener<ImdsSpec, Credentials> = (spec, host) =>
  Object.assign(
    async () => {
      if (host.variable('AWS_EC2_METADATA_DISABLED')?.toLowerCase() === 'true')
        throw new Failure('profile-incomplete', 'The instance metadata service is switched off here.', {
          hint: 'Unset AWS_EC2_METADATA_DISABLED.',
          tryNext: true,
        })
      const token = await tokenFor(spec, host)
      const role = (await read(spec, host, rolePath, token)).text.trim()
      // It becomes part of a path.
      if (!/^[\w+=,.@-]{1,64}$/.test(role) || /^\.+$/.test(role)) throw unreadable(spec)
      const { json } = await read(spec, host, rolePath + role, token)
      if (json.Code !== undefined && json.Code !== 'Success') throw told(json)
      const { AccessKeyId, SecretAccessKey, Token, Expiration } = json
      const parts = { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: Token }
      return issuedFrom({ ...parts, expiration: Expiration }, host.now()).credentials
    },
    { spec },
  )

const ask = (
  spec: ImdsSpec,
  host: Host,
  path: string,
  headers: Readonly<Record<string, string>>,
  method: 'GET' | 'PUT',
) =>
  askMachine(host, {
    url: new URL(spec.endpoint.replace(/\/+$/, '') + path),
    ...{ method, headers, patience, what: 'The instance metadata service' },
  })

/** A token of version 2; undefined means version 1. */
async function tokenFor(spec: ImdsSpec, host: Host): Promise<string | undefined> {
  const answer = await ask(
    spec,
    host,
    '/latest/api/token',
    { 'x-aws-ec2-metadata-token-ttl-seconds': tokenLife },
    'PUT',
  ).catch((error: unknown) => {
    // A container beyond the hop limit gets no answer, which version 1 would not mind.
    if (error instanceof Failure && error.code === 'network' && !spec.v1Disabled) return undefined
    throw error
  })
  if (answer?.status === 200 && /^[\x21-\x7e]+$/.test(answer.text.trim())) return answer.text.trim()
  const isOld = answer === undefined || [403, 404, 405].includes(answer.status)
  if (isOld && !spec.v1Disabled) return undefined
  throw new Failure('aws-refused', `The instance metadata service gives no token (HTTP ${answer?.status ?? 'none'}).`, {
    hint: isOld ? 'It speaks version 1 only, which is switched off here.' : 'Check AWS_EC2_METADATA_SERVICE_ENDPOINT.',
  })
}

async function read(spec: ImdsSpec, host: Host, path: string, token: string | undefined): Promise<MachineAnswer> {
  const answer = await ask(spec, host, path, token === undefined ? {} : { 'x-aws-ec2-metadata-token': token }, 'GET')
  if (answer.status === 200) return answer
  if (answer.status === 404)
    throw new Failure('aws-refused', 'This machine has no role.', {
      hint: 'Associate an instance profile with it.',
      tryNext: true,
    })
  throw new Failure('aws-refused', `The instance metadata service answered HTTP ${answer.status}.`, {
    hint:
      token === undefined && answer.status === 401
        ? 'It wants version 2, and gave no token: in a container, raise the hop limit of the machine to 2.'
        : 'Check AWS_EC2_METADATA_SERVICE_ENDPOINT.',
  })
}

const unreadable = ({ endpoint }: ImdsSpec): Failure =>
  new Failure('aws-refused', `What answers at ${endpoint} is not the instance metadata service.`, {
    hint: 'Check AWS_EC2_METADATA_SERVICE_ENDPOINT.',
  })

function told({ Code, Message }: MachineAnswer['json']): Failure {
  const text = [Code, Message].filter((part) => typeof part === 'string').join(': ')
  return new Failure(
    'access-denied',
    `The machine has no credentials: ${text.replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ').slice(0, 500)}`,
    {
      hint: 'The role of its instance profile must trust ec2.amazonaws.com.',
    },
  )
}
