import type { Context } from 'hono'

const longest = 512 * 1024

/** The body as text; undefined when it is longer than half a mebibyte, which is not read to its end. */
export async function bodyText(c: Context, most = longest): Promise<string | undefined> {
  if (Number(c.req.header('content-length') ?? 0) > most) return undefined
  const parts: Uint8Array[] = []
  let size = 0
  for await (const part of c.req.raw.body ?? []) {
    size += part.length
    if (size > most) return undefined
    parts.push(part)
  }
  return Buffer.concat(parts).toString('utf8')
}

/** The fields of a form; undefined when it is none, or a field stands twice: two readers could take different ones. */
export async function formFields(c: Context, most?: number): Promise<Readonly<Record<string, string>> | undefined> {
  if (!/^application\/x-www-form-urlencoded(?:;|$)/i.test(c.req.header('content-type') ?? '')) return undefined
  const text = await bodyText(c, most)
  return text === undefined ? undefined : eachOnce(new URLSearchParams(text))
}

/** The parameters of the query; undefined when one stands twice. */
export const queryFields = (c: Context): Readonly<Record<string, string>> | undefined =>
  eachOnce(new URL(c.req.url).searchParams)

function eachOnce(pairs: URLSearchParams): Readonly<Record<string, string>> | undefined {
  const fields: Record<string, string> = Object.create(null)
  for (const [name, value] of pairs) {
    if (name in fields) return undefined
    fields[name] = value
  }
  return { ...fields }
}
