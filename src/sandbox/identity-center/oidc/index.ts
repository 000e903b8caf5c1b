import { splitTarget } from '../../../wire/uri.ts'
import { Fault } from '../../fault.ts'
import type { Answer, Call, Output, Service } from '../../service.ts'
import { registerClient } from './clients.ts'
import { createToken } from './create-token.ts'
import { startDeviceAuthorization } from './device-grants.ts'
import { refuseOidc } from './oidc-fault.ts'

const operations: Readonly<Record<string, (call: Call, body: object) => Output>> = {
  'POST /client/register': registerClient,
  'POST /device_authorization': startDeviceAuthorization,
  'POST /token': createToken,
}

/** Where programs sign people in: RegisterClient, StartDeviceAuthorization and CreateToken, which nobody signs. */
export const ssoOidc: Service = {
  name: 'sso-oauth',
  skewMinutes: 15,
  claims: ({ method, target }) => Object.hasOwn(operations, `${method} ${splitTarget(target).path}`),
  handle: async (call) => {
    const perform = operations[`${call.request.method} ${call.path}`]
    if (!perform) throw new Fault('InvalidRequestException', 404, 'There is no such operation')
    return answered(perform(call, await readJson(call)))
  },
  refuse: refuseOidc,
}

const answered = (output: Output): Answer => ({
  status: 200,
  headers: { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' },
  body: JSON.stringify(output),
})

async function readJson(call: Call): Promise<object> {
  let value: unknown
  try {
    value = JSON.parse(Buffer.from(await call.body()).toString('utf8'))
  } catch {
    value = undefined
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Fault('InvalidRequestException', 400, 'The request body is not a JSON object')
  return value
}
