import type { Sandbox } from '../../sandbox/index.ts'
import { sign } from '../../wire/sigv4/sign.ts'

/** A REST call of AWS's as the sandbox's administrator, for what the tour sets up without showing it. Throws when refused. */
export async function asAdministrator(
  sandbox: Sandbox,
  service: string,
  call: {
    readonly method: string
    readonly path: string
    readonly body?: object
    readonly headers?: Readonly<Record<string, string>>
  },
): Promise<Readonly<Record<string, unknown>>> {
  const { method, path, headers = {} } = call
  const body = call.body ? JSON.stringify(call.body) : ''
  const { host } = new URL(sandbox.endpoint)
  const signed = sign(
    { method, target: path, headers: [['Host', host], ...Object.entries(headers)] },
    { body },
    sandbox,
    { region: sandbox.region, service },
    // The sandbox keeps the time it was given; its clock is not moved in this chapter.
    new Date(),
  )
  const answer = await fetch(sandbox.endpoint + path, {
    method,
    headers: signed.headers.filter(([name]) => name !== 'Host').map(([name, value]): [string, string] => [name, value]),
    ...(body ? { body } : {}),
  })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`${service} ${path}: ${text}`)
  const members: unknown = text === '' ? {} : JSON.parse(text)
  return typeof members === 'object' && members !== null ? { ...members } : {}
}
