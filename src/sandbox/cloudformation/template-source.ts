import { Fault, validationError } from '../fault.ts'
import type { Call, InnerCaller } from '../service.ts'
import { asCaller } from './acting.ts'

/** Bytes: what a template in S3 may have. */
const largest = 1_048_576

/** The text of the template that a call names, read from S3 in the caller's name; undefined when it names none. */
export async function templateText(
  call: Call,
  input: { readonly TemplateBody?: string; readonly TemplateURL?: string },
): Promise<string | undefined> {
  if (input.TemplateBody !== undefined && input.TemplateURL !== undefined)
    throw validationError('Specify exactly one of TemplateBody or TemplateUrl')
  if (input.TemplateURL === undefined) return input.TemplateBody
  return readObject(asCaller(call), objectPath(input.TemplateURL, call.endpoint))
}

/** The path of an object, `/bucket/key`, whichever way its address is written. */
function objectPath(url: string, endpoint: string): string {
  const address = URL.parse(url)
  if (address === null || address.search !== '') return refuse()
  const { host, pathname } = address
  if (address.origin === endpoint || /^s3[.-](?:[a-z0-9-]+\.)?amazonaws\.com$|^s3\.amazonaws\.com$/.test(host))
    return /^\/[^/]+\/./.test(pathname) ? pathname : refuse()
  const bucket = /^(.+)\.s3(?:[.-][a-z0-9-]+)?\.amazonaws\.com$/.exec(host)?.[1]
  const local = /^(.+)\.(?:s3\.)?localhost$/.exec(address.hostname)?.[1]
  const named = bucket ?? (address.port === new URL(endpoint).port ? local : undefined)
  return named !== undefined && pathname.length > 1 ? `/${named}${pathname}` : refuse()
}

function refuse(): never {
  throw validationError('TemplateURL must be a supported URL.')
}

async function readObject(inner: InnerCaller, target: string): Promise<string> {
  const answer = await inner.request('s3', { method: 'GET', target }).catch((error: unknown) => {
    if (!(error instanceof Fault)) throw error
    throw validationError(
      `S3 error: ${error.message}\nFor more information check http://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html`,
    )
  })
  const pieces: Buffer[] = []
  let size = 0
  const body = answer.body ?? ''
  for await (const piece of typeof body === 'string' || body instanceof Uint8Array ? [body] : body) {
    const bytes = Buffer.from(piece)
    size += bytes.length
    if (size > largest) throw validationError(`Template may not exceed ${largest} bytes in size.`)
    pieces.push(bytes)
  }
  return Buffer.concat(pieces).toString('utf8')
}
