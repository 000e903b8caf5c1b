import { createHash } from 'node:crypto'
import type { LoggedCall } from '../cloud.ts'
import { Fault } from '../fault.ts'
import { type Call, operation } from '../service.ts'
import { integer, list, oneOf, required, structure, text, timestamp } from '../shape.ts'
import { type TrailEvent, trailEvent } from './trail-event.ts'

const mostResults = 50
const daysKept = 90

const attributeKeys = [
  'EventId',
  'EventName',
  'ReadOnly',
  'Username',
  'ResourceType',
  'ResourceName',
  'EventSource',
  'AccessKeyId',
] as const
type AttributeKey = (typeof attributeKeys)[number]

/**
 * The management events of the caller's account in the last 90 days, newest first. Unlike CloudTrail's they are there
 * at once. See "LookupEvents" in the CloudTrail API Reference.
 */
export const lookupEvents = operation({
  input: {
    LookupAttributes: list(
      structure({
        AttributeKey: required(oneOf(...attributeKeys)),
        AttributeValue: required(text({ min: 1, max: 2000 })),
      }),
    ),
    StartTime: timestamp(),
    EndTime: timestamp(),
    EventCategory: oneOf('insight'),
    MaxResults: integer(),
    NextToken: text(),
  },
  needs: () => ({ action: 'cloudtrail:LookupEvents', resource: '*' }),
  perform: (input, call) => {
    const [attribute, ...more] = input.LookupAttributes ?? []
    if (more.length > 0)
      throw new Fault('InvalidLookupAttributesException', 400, 'You can only specify one lookup attribute.')
    const { StartTime: start, EndTime: end, MaxResults: most = mostResults, NextToken: token } = input
    if (start && end && start > end)
      throw new Fault('InvalidTimeRangeException', 400, 'The start time must be before the end time.')
    if (most < 1 || most > mostResults)
      throw new Fault('InvalidMaxResultsException', 400, `MaxResults must be between 1 and ${mostResults}.`)
    // No trail here has insights: those are what nobody did before.
    if (input.EventCategory !== undefined) return { Events: [] }
    const asked = createHash('sha256')
      .update(JSON.stringify([attribute, start, end]))
      .digest('base64url')
    const after = token === undefined ? undefined : readToken(token, asked)
    const events: TrailEvent[] = []
    let passed = after === undefined
    let last: string | undefined
    for (const logged of newestFirst(call)) {
      if (!passed) {
        passed = logged.id === after
        continue
      }
      const event = matching(logged, attribute, start, end)
      if (!event) continue
      if (events.length === most && last !== undefined) return { Events: events, NextToken: writeToken(asked, last) }
      events.push(event)
      last = logged.id
    }
    if (!passed) throw invalidToken()
    return { Events: events }
  },
})

/** What the account's event history holds. */
function newestFirst({ at, caller, cloud }: Call): readonly LoggedCall[] {
  const oldest = new Date(at.getTime() - daysKept * 86_400_000).toISOString()
  const calls: LoggedCall[] = []
  for (const logged of cloud.calls.values())
    if (logged.accountId === caller.accountId && logged.operation !== '' && logged.at >= oldest) calls.push(logged)
  // The sort keeps what is equal in place, so of two calls in one instant the later comes first.
  return calls.reverse().sort((a, b) => (a.at < b.at ? 1 : a.at > b.at ? -1 : 0))
}

interface Attribute {
  readonly AttributeKey: AttributeKey
  readonly AttributeValue: string
}

function matching(
  logged: LoggedCall,
  attribute: Attribute | undefined,
  start: Date | undefined,
  end: Date | undefined,
): TrailEvent | undefined {
  if (logged.detail.managementEvent !== true) return undefined
  const at = Math.floor(Date.parse(logged.at) / 1000) * 1000
  if ((start && at < start.getTime()) || (end && at > end.getTime())) return undefined
  const event = trailEvent(logged)
  if (!attribute) return event
  const { AttributeKey: key, AttributeValue: value } = attribute
  const found =
    key === 'ResourceName' || key === 'ResourceType'
      ? event.Resources.some((resource) => resource[key] === value)
      : event[key] === value
  return found ? event : undefined
}

const invalidToken = (): Fault =>
  new Fault(
    'InvalidNextTokenException',
    400,
    'The specified next token is not valid: it goes with another question, or what it points at is gone.',
  )

const writeToken = (asked: string, last: string): string => Buffer.from(`${asked} ${last}`).toString('base64url')

function readToken(token: string, asked: string): string {
  const [question, last] = Buffer.from(token, 'base64url').toString().split(' ')
  if (question !== asked || !last) throw invalidToken()
  return last
}
