import { Failure } from '../../model/failure.ts'
import type { SigningKey } from '../../model/signing-key.ts'
import { dnsSuffix } from '../../sources/sts-endpoint.ts'
import { encodeQuery, type QueryInput } from '../../wire/query.ts'
import { sign } from '../../wire/sigv4/sign.ts'
import { readXml, textOf, type XmlElement } from '../../wire/xml.ts'
import type { BrokerAws } from '../broker.ts'
import { homeOf } from './home-region.ts'

/** What IAM said no with. */
export class IamRefusal extends Error {
  override readonly name = 'IamRefusal'
  readonly code: string
  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

export interface IamCall {
  readonly action: string
  readonly params: QueryInput
  readonly key: SigningKey
  readonly now: Date
}

/** Calls IAM and gives the answer's root. Rejects with an `IamRefusal`, or a `Failure` of code `network`. */
export async function callIam(
  { endpoint, region, fetch }: BrokerAws,
  { action, params, key, now }: IamCall,
): Promise<XmlElement> {
  const url = new URL(endpoint ?? `https://iam.${dnsSuffix(region)}/`)
  const body = encodeQuery({ Action: action, Version: '2010-05-08', ...params })
  const headers = [
    ['Host', url.host] as const,
    ['Content-Type', 'application/x-www-form-urlencoded; charset=utf-8'] as const,
  ]
  const scope = { region: endpoint === undefined ? homeOf(region) : region, service: 'iam' }
  const signed = sign({ method: 'POST', target: url.pathname, headers }, { body }, key, scope, now)
  const sent = new Headers({ 'User-Agent': 'mayfly-broker' })
  for (const [name, value] of signed.headers) if (name !== 'Host') sent.set(name, value)
  let text: string
  let ok: boolean
  try {
    const signal = AbortSignal.timeout(patience)
    const answer = await fetch(new Request(url, { method: 'POST', headers: sent, body, redirect: 'manual', signal }))
    text = await answer.text()
    ok = answer.ok
  } catch (error) {
    throw new Failure('network', 'IAM could not be reached.', { cause: error })
  }
  const root = parsed(text)
  if (ok && root) return root
  const code = textOf(root, 'Error', 'Code') ?? 'Unknown'
  throw new IamRefusal(
    code,
    (textOf(root, 'Error', 'Message') ?? code).replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ').slice(0, 1000),
  )
}

const patience = 15_000

function parsed(text: string): XmlElement | undefined {
  try {
    return readXml(text)
  } catch {
    return undefined
  }
}
