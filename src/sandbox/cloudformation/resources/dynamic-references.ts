import { randomUUID } from 'node:crypto'
import { Fault, validationError } from '../../fault.ts'
import type { InnerCaller } from '../../service.ts'
import type { Value } from '../resource-type.ts'

const reference = /\{\{resolve:(secretsmanager|ssm|ssm-secure):([^{}]*)\}\}/g

/**
 * The value with its dynamic references, `{{resolve:secretsmanager:…}}` and `{{resolve:ssm:…}}`, looked up in the name of
 * whom the stack acts for ("Dynamic references" in the CloudFormation User Guide). `secrets` gets what is to be told
 * nowhere. Throws the Fault of what is not there.
 */
export async function resolveDynamic(
  value: Value,
  inner: Pick<InnerCaller, 'invoke'>,
  secrets: string[] = [],
): Promise<Value> {
  if (typeof value === 'string') return inText(value, inner, secrets)
  if (isList(value)) return Promise.all(value.map((item) => resolveDynamic(item, inner, secrets)))
  if (typeof value !== 'object' || value === null) return value
  const members = Object.entries(value).map(
    async ([name, member]) => [name, await resolveDynamic(member, inner, secrets)] as const,
  )
  return Object.fromEntries(await Promise.all(members))
}

/**
 * Looks the parameters up that are named as they stand, before anything is made, as AWS does. Throws what AWS answers
 * when one is not there; what else goes wrong is told of the resource that needs it.
 */
export async function checkParameters(raw: Value, inner: Pick<InnerCaller, 'invoke'>): Promise<void> {
  const written = JSON.stringify(raw) ?? ''
  for (const [, service, what = ''] of written.matchAll(reference))
    if (service !== 'secretsmanager')
      await parameter(what, service, inner).catch((error: unknown) => {
        if (error instanceof Fault && error.message.endsWith('cannot be found.')) throw error
      })
}

const isList = (value: Value): value is readonly Value[] => Array.isArray(value)

async function inText(text: string, inner: Pick<InnerCaller, 'invoke'>, secrets: string[]): Promise<string> {
  let resolved = ''
  let end = 0
  for (const match of text.matchAll(reference)) {
    const [whole, service, what = ''] = match
    const found =
      service === 'secretsmanager' ? await secret(what, whole, inner) : await parameter(what, service, inner)
    if (service !== 'ssm') secrets.push(found)
    resolved += text.slice(end, match.index) + found
    end = match.index + whole.length
  }
  return resolved + text.slice(end)
}

/** `secret-id:SecretString:json-key:version-stage:version-id`, where an ARN has colons of its own. */
async function secret(what: string, whole: string, { invoke }: Pick<InnerCaller, 'invoke'>): Promise<string> {
  const parts = what.split(':')
  const [SecretId = '', kind = 'SecretString', key = '', stage = '', id = ''] = what.startsWith('arn:')
    ? [parts.slice(0, 7).join(':'), ...parts.slice(7)]
    : parts
  if (kind !== 'SecretString' && kind !== '')
    throw validationError(`Incorrect format is used in the following SSM reference: [${whole}]`)
  const { SecretString: value } = await invoke('secretsmanager', 'GetSecretValue', {
    SecretId,
    ...(stage === '' ? {} : { VersionStage: stage }),
    ...(id === '' ? {} : { VersionId: id }),
  }).catch((error: unknown) => {
    if (!(error instanceof Fault)) throw error
    throw validationError(
      `${error.message} (Service: SecretsManager, Status Code: ${error.status}, Request ID: ${randomUUID()})`,
    )
  })
  if (typeof value !== 'string') throw validationError(`Secret ${SecretId} has no SecretString.`)
  if (key === '') return value
  const found = new Map(Object.entries(jsonIn(value))).get(key)
  if (found !== undefined) return typeof found === 'string' ? found : JSON.stringify(found)
  throw validationError(`Could not find a value associated with JSONKey in SecretString`)
}

function jsonIn(text: string): object {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null) return value
  } catch {
    // Said below; what a parser says of it would repeat the secret.
  }
  throw validationError('Could not parse SecretString JSON')
}

/** `name` or `name:version`. */
async function parameter(Name: string, kind = 'ssm', { invoke }: Pick<InnerCaller, 'invoke'>): Promise<string> {
  const asked = invoke('ssm', 'GetParameter', { Name, WithDecryption: kind === 'ssm-secure' })
  const { Parameter } = await asked.catch((error: unknown) => {
    if (!(error instanceof Fault) || !/^Parameter(?:Version)?NotFound$/.test(error.code)) throw error
    throw validationError(`Parameters: [${kind}:${Name}] cannot be found.`)
  })
  const { Value: value } = Parameter as { readonly Value?: unknown }
  if (typeof value === 'string') return value
  throw validationError(`Unable to fetch parameters [${Name}] from parameter store for this account.`)
}
