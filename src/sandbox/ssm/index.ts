import { Fault } from '../fault.ts'
import { jsonService } from '../json-service.ts'
import { type Call, operation, type Service } from '../service.ts'
import { list, oneOf, required, text } from '../shape.ts'
import { arnOf, needs } from './parameters.ts'
import { putParameter, tagList } from './put-parameter.ts'
import { readParameters } from './read-parameters.ts'
import { type Parameter, parametersOf } from './state.ts'

const tagged = { ResourceType: required(oneOf('Parameter')), ResourceId: required(text({ min: 1 })) }

function owned(call: Call, name: string): Parameter {
  const found = parametersOf(call.cloud).get(arnOf(name, call.region, call.caller.accountId))
  if (found) return found
  throw new Fault(
    'InvalidResourceId',
    400,
    `The resource ID is not valid. Verify that you entered the correct ID and try again.`,
  )
}

/** AWS Systems Manager, API version 2014-11-06: its Parameter Store. */
export const ssm: Service = jsonService({
  name: 'ssm',
  targetPrefix: 'AmazonSSM',
  skewMinutes: 5,
  operations: {
    PutParameter: putParameter,
    ...readParameters,
    AddTagsToResource: operation({
      input: { ...tagged, Tags: required(tagList) },
      needs: (input, call) => needs('AddTagsToResource', call, input.ResourceId),
      perform: (input, call) => {
        const parameter = owned(call, input.ResourceId)
        const more = Object.fromEntries(input.Tags.map(({ Key, Value }) => [Key, Value]))
        parametersOf(call.cloud).put(parameter.arn, { ...parameter, tags: { ...parameter.tags, ...more } })
        return {}
      },
    }),
    RemoveTagsFromResource: operation({
      input: { ...tagged, TagKeys: required(list(text({ min: 1, max: 128 }))) },
      needs: (input, call) => needs('RemoveTagsFromResource', call, input.ResourceId),
      perform: (input, call) => {
        const parameter = owned(call, input.ResourceId)
        const left = Object.entries(parameter.tags).filter(([key]) => !input.TagKeys.includes(key))
        parametersOf(call.cloud).put(parameter.arn, { ...parameter, tags: Object.fromEntries(left) })
        return {}
      },
    }),
    ListTagsForResource: operation({
      input: tagged,
      needs: (input, call) => needs('ListTagsForResource', call, input.ResourceId),
      perform: (input, call) => ({
        TagList: Object.entries(owned(call, input.ResourceId).tags).map(([Key, Value]) => ({ Key, Value })),
      }),
    }),
  },
})
