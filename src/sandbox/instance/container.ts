import { headerOf } from '../../wire/message.ts'
import { keyOf } from '../cloud.ts'
import { Fault } from '../fault.ts'
import { sameText } from '../same-text.ts'
import type { Answer, Call } from '../service.ts'
import { toTheSecond, trustsService } from '../service-session.ts'
import { deliver } from './deliver.ts'
import { taskOf } from './state.ts'

export const containerPath = '/v2/credentials/'
const tasksPrincipal = 'ecs-tasks.amazonaws.com'

/**
 * The credentials of the task's role, for who comes with the address and the token of the task. See "Container
 * credential provider" in the AWS SDKs and Tools Reference Guide.
 */
export function serveContainer(call: Call): Answer {
  call.note({ operation: 'GetTaskCredentials', readOnly: true })
  const task = taskOf(call.cloud)
  if (call.request.method !== 'GET') throw new Fault('MethodNotAllowed', 405, 'Only GET is answered here')
  if (!sameText(call.path.slice(containerPath.length), task.id))
    throw new Fault('InvalidIdInRequest', 400, 'CredentialsV2Request: Credentials not found')
  const authorization = headerOf(call.request, 'authorization')
  if (authorization === undefined) throw new Fault('Unauthorized', 401, 'no Authorization token')
  if (!sameText(authorization, task.token)) throw new Fault('Forbidden', 403, 'invalid Authorization token')
  const { primaryAccount, roles } = call.cloud
  const role = task.roleName === undefined ? undefined : roles.get(keyOf(primaryAccount, task.roleName))
  if (!role || !trustsService(role, tasksPrincipal, call))
    throw new Fault('NoIdInRequest', 404, 'The task has no role that ecs-tasks.amazonaws.com may assume')
  const { session } = deliver(call, { role, sessionName: task.id, place: `task/${task.id}` })
  return json({
    RoleArn: role.arn,
    AccessKeyId: session.accessKeyId,
    SecretAccessKey: session.secretAccessKey,
    Token: session.sessionToken,
    Expiration: toTheSecond(new Date(session.expiresAt)),
    AccountId: role.accountId,
  })
}

const json = (body: object): Answer => ({
  status: 200,
  headers: { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' },
  body: JSON.stringify(body),
})

/** A refusal as the container endpoint words it. */
export const refuseContainer = ({ code, status, message }: Fault): Answer => ({
  ...json({ Code: code, Message: message }),
  status,
})
