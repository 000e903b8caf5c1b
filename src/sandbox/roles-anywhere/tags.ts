import type { Cloud, Tags } from '../cloud.ts'
import { Fault } from '../fault.ts'
import { type Call, operation } from '../service.ts'
import { required } from '../shape.ts'
import { notFound } from './faults.ts'
import * as members from './members.ts'
import { tagContext, tagsIn } from './resources.ts'
import { rolesAnywhereState } from './state.ts'

const mostTags = 50

interface Tagged {
  readonly tags: Tags
  readonly put: (tags: Tags) => void
}

/** The resource of an ARN, whatever its kind, in the caller's account. Throws ResourceNotFoundException. */
function tagged({ cloud, caller }: Call, arn: string): Tagged {
  const found = resource(cloud, arn)
  if (!found || arn.split(':')[4] !== caller.accountId) throw notFound('Resource')
  return found
}

function resource(cloud: Cloud, arn: string): Tagged | undefined {
  const { trustAnchors, profiles, revocationLists, subjects } = rolesAnywhereState(cloud)
  const inTable = <T extends { readonly tags: Tags }>(table: {
    readonly get: (arn: string) => T | undefined
    readonly put: (arn: string, value: T) => void
  }): Tagged | undefined => {
    const row = table.get(arn)
    return row && { tags: row.tags, put: (tags) => table.put(arn, { ...row, tags }) }
  }
  return inTable(trustAnchors) ?? inTable(profiles) ?? inTable(revocationLists) ?? inTable(subjects)
}

const on = (name: string) => (input: { readonly resourceArn: string }, call: Call) => ({
  action: `rolesanywhere:${name}`,
  resource: input.resourceArn,
  resourceTags: resource(call.cloud, input.resourceArn)?.tags ?? {},
})

export const tags = {
  TagResource: operation({
    input: { resourceArn: required(members.resourceArn), tags: required(members.tags) },
    needs: (input, call) => ({ ...on('TagResource')(input, call), ...tagContext(input.tags) }),
    perform: (input, call) => {
      const found = tagged(call, input.resourceArn)
      const after = { ...found.tags, ...tagsIn(input.tags) }
      if (Object.keys(after).length > mostTags) throw new Fault('TooManyTagsException', 400, 'Too many tags.')
      found.put(after)
      return {}
    },
  }),
  UntagResource: operation({
    input: { resourceArn: required(members.resourceArn), tagKeys: required(members.tagKeys) },
    needs: on('UntagResource'),
    perform: (input, call) => {
      const found = tagged(call, input.resourceArn)
      found.put(Object.fromEntries(Object.entries(found.tags).filter(([key]) => !input.tagKeys.includes(key))))
      return {}
    },
  }),
  ListTagsForResource: operation({
    input: { resourceArn: required(members.resourceArn) },
    needs: on('ListTagsForResource'),
    perform: (input, call) => ({
      tags: Object.entries(tagged(call, input.resourceArn).tags).map(([key, value]) => ({ key, value })),
    }),
  }),
}
