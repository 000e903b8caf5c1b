import type { SigningKey } from '../../model/signing-key.ts'
import { dnsSuffix } from '../../sources/sts-endpoint.ts'
import { encodeQuery, type QueryInput } from '../../wire/query.ts'
import { readXml, textOf, type XmlElement } from '../../wire/xml.ts'
import type { BrokerAws } from '../broker.ts'
import { homeOf } from './home-region.ts'
import { AwsRefusal, sendSigned } from './send-signed.ts'

export interface IamCall {
  readonly action: string
  readonly params: QueryInput
  readonly key: SigningKey
  readonly now: Date
}

/** Calls IAM and gives the answer's root. Rejects with an `AwsRefusal`, or a `Failure` of code `network`. */
export async function callIam(aws: BrokerAws, { action, params, key, now }: IamCall): Promise<XmlElement> {
  const { endpoint, region } = aws
  const url = new URL(endpoint ?? `https://iam.${dnsSuffix(region)}/`)
  const body = encodeQuery({ Action: action, Version: '2010-05-08', ...params })
  const { ok, text } = await sendSigned(aws, {
    ...{ url, body, key, now, name: 'IAM' },
    headers: [['Content-Type', 'application/x-www-form-urlencoded; charset=utf-8']],
    scope: { region: endpoint === undefined ? homeOf(region) : region, service: 'iam' },
    patience,
  })
  const root = parsed(text)
  if (ok && root) return root
  const code = textOf(root, 'Error', 'Code') ?? 'Unknown'
  throw new AwsRefusal(code, textOf(root, 'Error', 'Message') ?? code)
}

const patience = 15_000

function parsed(text: string): XmlElement | undefined {
  try {
    return readXml(text)
  } catch {
    return undefined
  }
}
