import { compile, parsePolicy, type RequestContext } from '../../policy/index.ts'
import { keyOf } from '../cloud.ts'
import { Fault } from '../fault.ts'
import { type Call, operation, type Permission } from '../service.ts'
import { issueServiceSession, trustsService } from '../service-session.ts'
import { oneOf, text } from '../shape.ts'
import { find, needs } from './functions.ts'
import * as members from './members.ts'
import { type Ran, run } from './run.ts'
import { type LambdaFunction, lambdaTables, policyOf } from './state.ts'

const principal = 'lambda.amazonaws.com'
const longestTail = 4096

/** Runs a function with an event, as a session of its role. Throws the Fault of one that cannot be run. */
async function start(call: Call, made: LambdaFunction, event: unknown): Promise<Ran> {
  const { cloud, endpoint, region } = call
  if (!made.runtime.startsWith('nodejs'))
    throw new Fault(
      'InvalidRuntimeException',
      502,
      `The sandbox runs nodejs functions only; ${made.name} is ${made.runtime}.`,
    )
  const role = cloud.roles.get(keyOf(made.accountId, made.role.split('/').at(-1) ?? ''))
  if (role?.arn !== made.role || !trustsService(role, principal, call))
    throw new Fault('AccessDeniedException', 403, 'The role defined for the function cannot be assumed by Lambda.')
  const zip = lambdaTables(cloud).code.get(made.arn)?.zip ?? ''
  const now = { cloud, at: cloud.now() }
  const session = issueServiceSession(now, { role, sessionName: made.name, duration: 43_200 })
  const env = {
    ...made.environment,
    ...{ AWS_REGION: region, AWS_DEFAULT_REGION: region, AWS_ENDPOINT_URL: endpoint, TZ: ':UTC' },
    ...{ AWS_LAMBDA_FUNCTION_NAME: made.name, AWS_LAMBDA_FUNCTION_VERSION: '$LATEST' },
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(made.memorySize),
    AWS_EXECUTION_ENV: `AWS_Lambda_${made.runtime}`,
    ...{ AWS_ACCESS_KEY_ID: session.AccessKeyId, AWS_SECRET_ACCESS_KEY: session.SecretAccessKey },
    AWS_SESSION_TOKEN: session.SessionToken,
  }
  const { handler, timeout, memorySize, name, arn } = made
  const requestId = crypto.randomUUID()
  // The session must be there when the function's first call comes.
  cloud.store.flush()
  const given = {
    requestId,
    zip: Buffer.from(zip, 'base64'),
    handler,
    timeout,
    memorySize,
    name,
    arn,
    env,
    event,
    now: cloud.now,
  }
  return run(given)
}

/** On whose behalf a service of AWS invokes a function. */
export interface ServiceInvocation {
  readonly functionArn: string
  /** `secretsmanager.amazonaws.com` */
  readonly service: string
  readonly sourceArn: string
  readonly sourceAccount: string
}

/** Whether the policy on a function lets a service of AWS invoke it. */
export function letsServiceInvoke(call: Pick<Call, 'cloud'>, asked: ServiceInvocation): boolean {
  const made = lambdaTables(call.cloud).functions.get(asked.functionArn)
  const text = made && policyOf(made)
  const policy = text === undefined ? undefined : parsePolicy(text, 'resource')
  if (!made || !policy?.ok) return false
  const context: RequestContext = {
    'aws:PrincipalIsAWSService': 'true',
    'aws:PrincipalServiceName': asked.service,
    'aws:SourceArn': asked.sourceArn,
    'aws:SourceAccount': asked.sourceAccount,
  }
  const question = { principal: asked.service, action: 'lambda:InvokeFunction', resource: made.arn, context }
  return compile({ resource: policy.document })({ ...question, resourceAccount: made.accountId }).outcome === 'allowed'
}

/** Leave to invoke a function, which some services ask of whoever has them do it. */
export const toInvoke = (call: Call, functionArn: string): Permission => ({
  ...needs(call, 'Invoke', functionArn),
  action: 'lambda:InvokeFunction',
})

/** Invokes a function for a service of AWS, if the function's policy lets it. */
export async function invokeForService(call: Call, asked: ServiceInvocation, event: unknown): Promise<Ran> {
  const made = lambdaTables(call.cloud).functions.get(asked.functionArn)
  if (!made || !letsServiceInvoke(call, asked))
    throw new Fault('AccessDeniedException', 403, `${asked.service} may not invoke ${asked.functionArn}`)
  return start(call, made, event)
}

function eventOf(payload = ''): unknown {
  if (payload === '') return {}
  try {
    return JSON.parse(payload)
  } catch {
    throw new Fault('InvalidRequestContentException', 400, 'Could not parse request body into json', { Type: 'User' })
  }
}

/** Its output is what `answerInvoke` writes: the payload in the body, the rest in headers. */
export const invocation = {
  Invoke: operation({
    input: {
      ...{ FunctionName: members.functionName, Qualifier: members.qualifier, Payload: text() },
      ...{ InvocationType: oneOf('RequestResponse', 'Event', 'DryRun'), LogType: oneOf('None', 'Tail') },
    },
    needs: (input, call) => toInvoke(call, input.FunctionName),
    perform: async (input, call) => {
      call.note({ operation: 'Invoke', dataEvent: true })
      const made = find(call, input.FunctionName)
      if (input.InvocationType === 'DryRun') return { StatusCode: 204 }
      const event = eventOf(input.Payload)
      if (input.InvocationType === 'Event') {
        call.inside.background(async () => {
          await start(call, made, event)
        })
        return { StatusCode: 202 }
      }
      const { payload, failed, log } = await start(call, made, event)
      const tail = Buffer.from(log).subarray(-longestTail).toString('base64')
      return {
        ...{ StatusCode: 200, ExecutedVersion: '$LATEST', Payload: payload },
        ...(failed ? { FunctionError: 'Unhandled' } : {}),
        ...(input.LogType === 'Tail' ? { LogResult: tail } : {}),
      }
    },
  }),
}
