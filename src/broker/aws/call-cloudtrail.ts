import type { SigningKey } from '../../model/signing-key.ts'
import { dnsSuffix } from '../../sources/sts-endpoint.ts'
import type { BrokerAws } from '../broker.ts'
import { AwsRefusal, sendSigned } from './send-signed.ts'

export interface LookUp {
  readonly key: SigningKey
  readonly now: Date
  readonly region: string
  /** Whole seconds count. */
  readonly from: Date
  readonly until: Date
  readonly nextToken?: string
  readonly signal?: AbortSignal
}

/** A page of event history, newest first: each record as CloudTrail wrote it. */
export interface TrailPage {
  readonly records: readonly unknown[]
  readonly nextToken?: string
}

/**
 * A page of LookupEvents, fifty records at most; AWS takes two such calls a second for each account and region. Rejects
 * with a `AwsRefusal`, or a `Failure` of code `network`.
 */
export async function lookUpEvents(
  aws: Pick<BrokerAws, 'endpoint' | 'fetch' | 'post'>,
  asked: LookUp,
): Promise<TrailPage> {
  const { key, now, region, from, until, nextToken } = asked
  const url = new URL(aws.endpoint ?? `https://cloudtrail.${region}.${dnsSuffix(region)}/`)
  const body = JSON.stringify({
    StartTime: Math.floor(from.getTime() / 1000),
    EndTime: Math.ceil(until.getTime() / 1000),
    MaxResults: 50,
    ...(nextToken === undefined ? {} : { NextToken: nextToken }),
  })
  const { ok, text } = await sendSigned(aws, {
    ...{ url, body, key, now, name: 'CloudTrail' },
    headers: [
      ['Content-Type', 'application/x-amz-json-1.1'],
      ['X-Amz-Target', 'com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.LookupEvents'],
    ],
    scope: { region, service: 'cloudtrail' },
    patience,
    signal: asked.signal,
  })
  return pageIn(text, ok)
}

const patience = 40_000

function pageIn(text: string, ok: boolean): TrailPage {
  const answer = parsed(text)
  if (!ok || typeof answer !== 'object' || answer === null) throw refusal(answer)
  const { Events: events, NextToken: nextToken }: { Events?: unknown; NextToken?: unknown } = answer
  if (!Array.isArray(events)) throw refusal(answer)
  const records = events.flatMap((event: unknown) => {
    const record =
      typeof event === 'object' && event !== null && 'CloudTrailEvent' in event ? event.CloudTrailEvent : undefined
    return typeof record === 'string' ? (parsed(record) ?? []) : []
  })
  return { records, ...(typeof nextToken === 'string' && nextToken !== '' ? { nextToken } : {}) }
}

function refusal(answer: unknown): AwsRefusal {
  const { __type: type, message, Message: other }: Record<string, unknown> = { ...Object(answer) }
  const code = typeof type === 'string' ? (/(\w{1,80})$/.exec(type)?.[1] ?? 'Unknown') : 'Unknown'
  const words = typeof message === 'string' ? message : typeof other === 'string' ? other : code
  return new AwsRefusal(code, words)
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
