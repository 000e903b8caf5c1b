import type { Host } from '../host/host.ts'
import { Failure } from '../model/failure.ts'
import type { Credentials } from '../model/signing-key.ts'
import type { ContainerSpec } from '../model/source-spec.ts'
import { containerAddress, containerSpec } from './container-address.ts'
import { issuedFrom } from './issued.ts'
import { askMachine, type MachineAnswer } from './machine-call.ts'
import { patiently } from './patiently.ts'
import type { Opener } from './source.ts'

const patience = 2000

/**
 * The credentials of the container's own role: of an ECS task, an EKS pod, or whatever serves them on this machine. They
 * are fetched at each call and kept nowhere: the endpoint itself keeps and renews them. See "Container credential
 * provider" in the AWS SDKs and Tools Reference Guide.
 */
export const openContainer: Opener<ContainerSpec, Credentials> = (spec, host) =>
  Object.assign(async () => patiently(async () => fetchCredentials(spec, host)), { spec })

async function fetchCredentials(spec: ContainerSpec, host: Host): Promise<Credentials> {
  const url = containerAddress(host.variable)
  if (!url || containerSpec(host.variable)?.holder !== spec.holder)
    throw new Failure('credentials-expired', 'The environment names another container endpoint now.', {
      hint: 'Run the command again.',
    })
  const token = await tokenFrom(host)
  const headers = { Accept: 'application/json', ...(token === undefined ? {} : { Authorization: token }) }
  const answer = await askMachine(host, { url, headers, patience, what: 'The container credentials endpoint' })
  if (answer.status !== 200) throw refused(answer, token !== undefined)
  const { AccessKeyId, SecretAccessKey, Token, Expiration } = answer.json
  return issuedFrom(
    { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: Token, expiration: Expiration },
    host.now(),
  ).credentials
}

/** The file is read at each call, for it is rotated, and trimmed, for editors end files with a line. */
async function tokenFrom(host: Host): Promise<string | undefined> {
  const file = host.variable('AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE')
  const [from, text] =
    file === undefined
      ? (['AWS_CONTAINER_AUTHORIZATION_TOKEN', host.variable('AWS_CONTAINER_AUTHORIZATION_TOKEN')] as const)
      : ([file, (await host.readFile(file)).toString('utf8')] as const)
  const token = text?.trim()
  if (token === undefined || /^[\x20-\x7e]+$/.test(token)) return token
  throw new Failure('config-invalid', `${from} holds no authorization token: it is empty or has control characters.`, {
    hint: 'It is what goes into the Authorization header, in one line.',
  })
}

function refused({ status, json }: MachineAnswer, hadToken: boolean): Failure {
  const told = typeof json.Message === 'string' ? json.Message : json.message
  const message = typeof told === 'string' ? `: ${told.replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ').slice(0, 300)}` : ''
  const said = `The container credentials endpoint answered HTTP ${status}${message}.`
  if (status !== 401 && status !== 403)
    return new Failure(status >= 500 ? 'network' : 'aws-refused', said, {
      hint: 'Check that the task or pod has a role.',
    })
  return new Failure('access-denied', said, {
    hint: hadToken
      ? 'The authorization token is not the one the endpoint expects.'
      : 'It wants a token: AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE or AWS_CONTAINER_AUTHORIZATION_TOKEN.',
  })
}
