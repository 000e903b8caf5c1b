/**
 * The AWS calls of the tour through the AWS SDK for JavaScript, for machines without the AWS CLI. It takes the CLI's
 * own spelling (`iam create-user --user-name ann`), prints JSON, and fails with the CLI's text and status.
 */
import { readFileSync } from 'node:fs'

interface Client {
  send(command: unknown): Promise<Record<string, unknown>>
}
type Constructor = new (input: Record<string, unknown>) => unknown

const packages: Readonly<Record<string, () => Promise<Readonly<Record<string, unknown>>>>> = {
  iam: () => import('@aws-sdk/client-iam'),
  s3api: () => import('@aws-sdk/client-s3'),
}
const clients: Readonly<Record<string, string>> = { iam: 'IAMClient', s3api: 'S3Client' }

const pascal = (kebab: string): string =>
  kebab
    .split('-')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('')

/** Members that AWS spells otherwise than their flag. */
const spelling: Readonly<Record<string, string>> = {
  ClientIdList: 'ClientIDList',
  SamlMetadataDocument: 'SAMLMetadataDocument',
}

/** `--user-name ann --body file://x` as `{ UserName: 'ann', Body: '…' }`. */
function inputFrom(words: readonly string[]): Record<string, unknown> {
  const input: Record<string, unknown> = {}
  for (let i = 0; i < words.length; i += 2) {
    const value = words[i + 1] ?? ''
    const name = pascal((words[i] ?? '').replace(/^--/, '').replace(/-v(\d)$/, 'V$1'))
    const text = value.startsWith('file://') ? readFileSync(value.slice(7), 'utf8') : value
    input[spelling[name] ?? name] = name.endsWith('List') ? [text] : text
  }
  return input
}

async function call(service: string, operation: string, words: readonly string[]): Promise<string> {
  const sdk = await packages[service]?.()
  const client = sdk?.[clients[service] ?? '']
  const wanted = `${pascal(operation)}Command`.toLowerCase()
  const command = Object.entries(sdk ?? {}).find(([name]) => name.toLowerCase() === wanted)?.[1]
  if (typeof client !== 'function' || typeof command !== 'function')
    throw new Error(`${service} ${operation} is not one of the tour's calls.`)
  // The SDK exports classes under computed names; that these two are, was checked just above.
  const connection = new (client as Constructor)({
    region: process.env.AWS_REGION ?? 'us-east-1',
    forcePathStyle: true,
  }) as Client
  const input = inputFrom(words)
  if (typeof input.Body === 'string' && operation === 'put-object') input.Body = readFileSync(input.Body)
  const { $metadata: _, Body, ...output } = await connection.send(new (command as Constructor)(input))
  if (Body && typeof Body === 'object' && 'transformToString' in Body && typeof Body.transformToString === 'function')
    return String(await Body.transformToString())
  return Object.keys(output).length === 0 ? '' : JSON.stringify(output, undefined, 4)
}

const [service = '', operation = '', ...words] = process.argv.slice(2)
try {
  const answer = await call(service, operation, words)
  if (answer) process.stdout.write(`${answer}\n`)
} catch (error) {
  const { name, message } = error instanceof Error ? error : { name: 'Unknown', message: String(error) }
  process.stderr.write(`An error occurred (${name}) when calling the ${pascal(operation)} operation: ${message}\n`)
  process.exitCode = 254
}
