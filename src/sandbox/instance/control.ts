import { type Cloud, keyOf } from '../cloud.ts'
import { Fault } from '../fault.ts'
import type { ControlRoute } from '../service.ts'
import { containerPath } from './container.ts'
import { instanceOf, putInstance, putTask, taskOf } from './state.ts'

type Fields = Readonly<Record<string, unknown>>

/** The control endpoints that say which role the machine and the task of the sandbox have. */
export const instanceControls: Readonly<Record<string, ControlRoute>> = {
  'GET instance': ({ cloud, endpoint }) => toldInstance(cloud, endpoint),
  'PUT instance': ({ cloud, endpoint }, body) => {
    const { instanceProfileName, httpTokens } = fieldsOf(body)
    const { profileName, ...instance } = instanceOf(cloud)
    const wanted = nameOr(instanceProfileName, profileName)
    if (wanted !== undefined && !cloud.instanceProfiles.get(keyOf(cloud.primaryAccount, wanted)))
      throw bad(`There is no instance profile ${wanted}.`, 'Make it first: aws iam create-instance-profile.')
    if (httpTokens !== undefined && httpTokens !== 'required' && httpTokens !== 'optional')
      throw bad(
        'httpTokens is "required" or "optional".',
        'Leave it out, or send {"httpTokens": "optional"} for IMDSv1.',
      )
    const v1 = httpTokens === undefined ? instance.v1 : httpTokens === 'optional'
    putInstance(cloud, { ...instance, v1, ...(wanted === undefined ? {} : { profileName: wanted }) })
    return toldInstance(cloud, endpoint)
  },
  'GET task': ({ cloud, endpoint }) => toldTask(cloud, endpoint),
  'PUT task': ({ cloud, endpoint }, body) => {
    const { roleName: name, ...task } = taskOf(cloud)
    const wanted = nameOr(fieldsOf(body).roleName, name)
    if (wanted !== undefined && !cloud.roles.get(keyOf(cloud.primaryAccount, wanted)))
      throw bad(`There is no role ${wanted}.`, 'Make it first: aws iam create-role.')
    putTask(cloud, { ...task, ...(wanted === undefined ? {} : { roleName: wanted }) })
    return toldTask(cloud, endpoint)
  },
}

const toldInstance = (cloud: Cloud, endpoint: string): object => {
  const { id, profileName, v1 } = instanceOf(cloud)
  return {
    instanceId: id,
    instanceProfileName: profileName ?? null,
    httpTokens: v1 ? 'optional' : 'required',
    imdsEndpoint: endpoint,
  }
}

const toldTask = (cloud: Cloud, endpoint: string): object => ({
  roleName: taskOf(cloud).roleName ?? null,
  ...containerCredentials(cloud, endpoint),
})

/** Where the task's credentials are, and what to show for them. */
export function containerCredentials(cloud: Cloud, endpoint: string) {
  const { id, token } = taskOf(cloud)
  return { containerCredentialsUri: `${endpoint}${containerPath}${id}`, containerAuthorizationToken: token }
}

/** A name that was sent; null takes it away, and leaving it out leaves it. */
function nameOr(given: unknown, standing: string | undefined): string | undefined {
  if (given === undefined) return standing
  if (given === null) return undefined
  if (typeof given === 'string' && /^[\w+=,.@-]{1,128}$/.test(given)) return given
  throw bad('A name is 1 to 128 letters, digits and _+=,.@-', 'Send the name without path, or null for none.')
}

function fieldsOf(body: unknown): Fields {
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) return { ...body }
  throw bad('The body is not a JSON object.', 'Send {"instanceProfileName": "web"} or {"roleName": "web"}.')
}

const bad = (message: string, hint: string): Fault => new Fault('BadRequest', 400, message, { hint })
