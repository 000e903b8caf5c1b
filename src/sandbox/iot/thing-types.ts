import { type Call, operation } from '../service.ts'
import { flag, structure, text } from '../shape.ts'
import { alreadyExists, invalid, notFound } from './faults.ts'
import * as members from './members.ts'
import { arnOf, needs, newId, newResource, onAll, own, pageOf, seconds } from './resources.ts'
import { iotTables, type ThingType } from './state.ts'

const named = { thingTypeName: members.thingTypeName }

function find(call: Call, name: string): ThingType {
  const found = iotTables(call.cloud).thingTypes.get(arnOf(call, 'thingtype', name))
  if (found) return found
  throw notFound(`Thing type ${name} cannot be found.`)
}

const view = ({ name, arn, description, createdAt, deprecatedAt }: ThingType) => ({
  thingTypeName: name,
  thingTypeArn: arn,
  thingTypeProperties: description === undefined ? {} : { thingTypeDescription: description },
  thingTypeMetadata: {
    deprecated: deprecatedAt !== undefined,
    creationDate: seconds(createdAt),
    ...(deprecatedAt === undefined ? {} : { deprecationDate: seconds(deprecatedAt) }),
  },
})

export const thingTypes = {
  CreateThingType: operation({
    input: { ...named, thingTypeProperties: structure({ thingTypeDescription: text({ max: 2028 }) }) },
    needs: (input, call) => needs(call, 'CreateThingType', 'thingtype', input.thingTypeName),
    perform: (input, call) => {
      const { thingTypes: table } = iotTables(call.cloud)
      const { thingTypeName: name } = input
      const description = input.thingTypeProperties?.thingTypeDescription
      const known = table.get(arnOf(call, 'thingtype', name))
      if (known) throw alreadyExists(`ThingType ${name} already exists in account`, known.arn, name)
      const type: ThingType = {
        ...newResource(call, 'thingtype', name),
        ...{ name, id: newId(call.cloud) },
        ...(description === undefined ? {} : { description }),
      }
      table.put(type.arn, type)
      return { thingTypeName: name, thingTypeArn: type.arn, thingTypeId: type.id }
    },
  }),
  DescribeThingType: operation({
    input: named,
    needs: (input, call) => needs(call, 'DescribeThingType', 'thingtype', input.thingTypeName),
    perform: (input, call) => {
      const type = find(call, input.thingTypeName)
      return { thingTypeId: type.id, ...view(type) }
    },
  }),
  ListThingTypes: operation({
    input: { thingTypeName: members.name, ...members.tokens },
    needs: () => onAll('ListThingTypes'),
    perform: (input, call) => {
      const { thingTypeName: wanted } = input
      const meant = own(call, iotTables(call.cloud).thingTypes).filter(
        ({ name }) => wanted === undefined || name === wanted,
      )
      const { page, next } = pageOf(meant, input.nextToken, input.maxResults)
      return { thingTypes: page.map(view), ...(next === undefined ? {} : { nextToken: next }) }
    },
  }),
  DeprecateThingType: operation({
    input: { ...named, undoDeprecate: flag() },
    needs: (input, call) => needs(call, 'DeprecateThingType', 'thingtype', input.thingTypeName),
    perform: (input, call) => {
      const { deprecatedAt, ...type } = find(call, input.thingTypeName)
      const since = input.undoDeprecate ? {} : { deprecatedAt: deprecatedAt ?? call.at.toISOString() }
      iotTables(call.cloud).thingTypes.put(type.arn, { ...type, ...since })
      return {}
    },
  }),
  DeleteThingType: operation({
    input: named,
    needs: (input, call) => needs(call, 'DeleteThingType', 'thingtype', input.thingTypeName),
    perform: (input, call) => {
      const type = find(call, input.thingTypeName)
      // AWS also waits five minutes, so that no thing is being created with it.
      if (type.deprecatedAt === undefined)
        throw invalid(
          `Can not delete thing type ${type.name}, it has to be deprecated at least 5 minutes prior to deletion`,
        )
      iotTables(call.cloud).thingTypes.delete(type.arn)
      return {}
    },
  }),
}
