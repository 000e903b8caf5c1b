import { Fault } from '../fault.ts'
import { jsonService } from '../json-service.ts'
import { operation } from '../service.ts'
import { flag, list, required, text } from '../shape.ts'
import { lookupEvents } from './lookup-events.ts'

const describeTrails = operation({
  input: { trailNameList: list(text()), includeShadowTrails: flag() },
  needs: () => ({ action: 'cloudtrail:DescribeTrails', resource: '*' }),
  perform: () => ({ trailList: [] }),
})

const listTrails = operation({
  input: { NextToken: text() },
  needs: () => ({ action: 'cloudtrail:ListTrails', resource: '*' }),
  perform: () => ({ Trails: [] }),
})

const getTrailStatus = operation({
  input: { Name: required(text()) },
  needs: ({ Name }, call) => ({
    action: 'cloudtrail:GetTrailStatus',
    resource: Name.startsWith('arn:')
      ? Name
      : `arn:aws:cloudtrail:${call.region}:${call.caller.accountId}:trail/${Name}`,
  }),
  perform: ({ Name }, call) => {
    throw new Fault('TrailNotFoundException', 400, `Unknown trail: ${Name} for the user: ${call.caller.accountId}`)
  },
})

/** AWS CloudTrail without trails: the event history that every account has. */
export const cloudtrail = jsonService({
  name: 'cloudtrail',
  targetPrefix: 'com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101',
  skewMinutes: 15,
  operations: {
    LookupEvents: lookupEvents,
    DescribeTrails: describeTrails,
    ListTrails: listTrails,
    GetTrailStatus: getTrailStatus,
  },
})
