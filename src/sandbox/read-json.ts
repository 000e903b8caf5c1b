import { Fault } from './fault.ts'
import type { Call } from './service.ts'

/** The members of a call's JSON body; none when there is no body. Throws the refusal of what is no JSON object. */
export async function readJson(call: Call): Promise<object> {
  const text = Buffer.from(await call.body()).toString('utf8')
  if (text === '') return {}
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new Fault('SerializationException', 400, 'The request body is not JSON')
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Fault('SerializationException', 400, 'Start of structure or map found where not expected.')
  return value
}
