import { headerOf } from '../../wire/message.ts'
import { perform } from '../perform.ts'
import { type Route, restJsonService } from '../rest-json-service.ts'
import type { Answer, Call, Service } from '../service.ts'
import { functions } from './function-operations.ts'
import { invocation } from './invoke.ts'
import { permissions } from './permissions.ts'

const operations = { ...functions, ...permissions, ...invocation }

const base = '/2015-03-31/functions'
const invokePath = `${base}/{FunctionName}/invocations`
/** A ZIP file of 50 MB in base64, and what stands around it. */
const mostBody = 70_254_592
const mostPayload = 6_291_556

const route = (name: keyof typeof operations, method: string, path: string, status = 200): Route => ({
  ...{ name, method, path, status, operation: operations[name] },
})

const rest = restJsonService({
  name: 'lambda',
  skewMinutes: 5,
  codes: { InternalFailure: 'ServiceException' },
  routes: [
    route('CreateFunction', 'POST', base, 201),
    route('ListFunctions', 'GET', base),
    route('ListFunctions', 'GET', `${base}/`),
    route('GetFunction', 'GET', `${base}/{FunctionName}`),
    route('DeleteFunction', 'DELETE', `${base}/{FunctionName}`, 204),
    route('GetFunctionConfiguration', 'GET', `${base}/{FunctionName}/configuration`),
    route('UpdateFunctionConfiguration', 'PUT', `${base}/{FunctionName}/configuration`),
    route('UpdateFunctionCode', 'PUT', `${base}/{FunctionName}/code`),
    route('PublishVersion', 'POST', `${base}/{FunctionName}/versions`, 201),
    route('AddPermission', 'POST', `${base}/{FunctionName}/policy`, 201),
    route('GetPolicy', 'GET', `${base}/{FunctionName}/policy`),
    route('RemovePermission', 'DELETE', `${base}/{FunctionName}/policy/{StatementId}`, 204),
    route('ListTags', 'GET', '/2017-03-31/tags/{Resource}'),
    route('TagResource', 'POST', '/2017-03-31/tags/{Resource}', 204),
    route('UntagResource', 'DELETE', '/2017-03-31/tags/{Resource}', 204),
    route('Invoke', 'POST', invokePath),
  ],
})

/** AWS Lambda, API version 2015-03-31: functions of nodejs, which really run. */
export const lambda: Service = {
  ...rest,
  operations: [...new Set(rest.operations)],
  handle: async (call) => {
    const invoked = new RegExp(`^${base}/([^/]+)/invocations/?$`).exec(call.path)
    if (invoked && call.request.method === 'POST') return invoke(call, decodeURIComponent(invoked[1] ?? ''))
    const answer = await rest.handle({ ...call, body: (limit = mostBody) => call.body(limit) })
    return answer.status === 204 ? { ...answer, body: '' } : answer
  },
}

/** Events and results are the bodies themselves; what is said of them is in headers. */
async function invoke(call: Call, FunctionName: string): Promise<Answer> {
  const said = {
    FunctionName,
    InvocationType: headerOf(call.request, 'x-amz-invocation-type'),
    LogType: headerOf(call.request, 'x-amz-log-type'),
    Qualifier: call.query.find(([name]) => name === 'Qualifier')?.[1],
    Payload: Buffer.from(await call.body(mostPayload)).toString(),
  }
  const output = await perform('lambda', 'Invoke', operations.Invoke, said, call)
  const headers = {
    'Content-Type': 'application/json',
    ...header('X-Amz-Executed-Version', output.ExecutedVersion),
    ...header('X-Amz-Function-Error', output.FunctionError),
    ...header('X-Amz-Log-Result', output.LogResult),
  }
  return { status: Number(output.StatusCode), headers, body: String(output.Payload ?? '') }
}

const header = (name: string, value: unknown): Record<string, string> =>
  value === undefined ? {} : { [name]: String(value) }
