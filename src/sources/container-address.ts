import type { Host } from '../host/host.ts'
import { nodeCrypto } from '../host/node-crypto.ts'
import { Failure } from '../model/failure.ts'
import type { ContainerSpec } from '../model/source-spec.ts'

// Every warm `mayfly creds` loads this file.

type Variable = Host['variable']

const taskHost = 'http://169.254.170.2'

/**
 * Where the environment says the credentials of this container are, without the secret parts of the address; undefined
 * when it says nothing. Throws a `Failure` (`config-invalid`) for an address that no SDK would ask.
 */
export function containerSpec(variable: Variable): ContainerSpec | undefined {
  const url = containerAddress(variable)
  if (url === undefined) return undefined
  const file = variable('AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE')
  const told = file === undefined ? (variable('AWS_CONTAINER_AUTHORIZATION_TOKEN') ?? '') : `file ${file}`
  const holder = nodeCrypto().hash('sha256', `${url.href}\n${told}`).slice(0, 32)
  return { kind: 'container', origin: url.origin, holder }
}

/** The relative address goes first, as everywhere. Plain http is for addresses that do not leave the machine. */
export function containerAddress(variable: Variable): URL | undefined {
  const relative = variable('AWS_CONTAINER_CREDENTIALS_RELATIVE_URI')
  const full = variable('AWS_CONTAINER_CREDENTIALS_FULL_URI')
  if (relative !== undefined) {
    // Joined as text, and then looked at: what does not begin with a slash could name another host.
    const url = URL.parse(taskHost + relative)
    if (relative.startsWith('/') && url?.origin === taskHost) return url
    throw wrong('AWS_CONTAINER_CREDENTIALS_RELATIVE_URI is not a path that begins with a slash.')
  }
  if (full === undefined) return undefined
  const url = URL.parse(full)
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password)
    throw wrong('AWS_CONTAINER_CREDENTIALS_FULL_URI is not an http or https address.')
  if (url.protocol === 'http:' && !isNear(url.hostname))
    throw wrong(
      'AWS_CONTAINER_CREDENTIALS_FULL_URI is neither https nor an address of this machine or its container agent.',
    )
  return url
}

const agents = new Set(['localhost', '[::1]', '169.254.170.2', '169.254.170.23', '[fd00:ec2::23]'])
const isNear = (hostname: string): boolean => agents.has(hostname) || /^127(?:\.\d{1,3}){3}$/.test(hostname)

const wrong = (problem: string): Failure =>
  new Failure('config-invalid', problem, { hint: 'Correct the variable, or unset it.' })
