import type { Tags } from '../cloud.ts'
import { Fault } from '../fault.ts'
import { type Call, operation, type Permission } from '../service.ts'
import { list, oneOf, required, structure, text } from '../shape.ts'
import { arnOf, needs } from './parameters.ts'
import { type Parameter, parametersOf } from './state.ts'

export const tagList = list(
  structure({ Key: required(text({ min: 1, max: 128 })), Value: required(text({ max: 256 })) }),
  { max: 1000 },
)

type TagList = readonly { readonly Key: string; readonly Value: string }[]

const mostTags = 50
const tagged = { ResourceType: required(oneOf('Parameter')), ResourceId: required(text({ min: 1 })) }

/** Tags as the state keeps them, beside those that are there. */
export function withTags(before: Tags, list: TagList): Tags {
  const tags = { ...before, ...Object.fromEntries(list.map(({ Key, Value }) => [Key, Value])) }
  if (Object.keys(tags).length <= mostTags) return tags
  throw new Fault('TooManyTagsError', 400, `A resource has ${mostTags} tags at most.`)
}

/** A permission whose conditions see the tags that are set. */
export const tagging = (permission: Permission, list: TagList): Permission => ({
  ...permission,
  context: {
    ...Object.fromEntries(list.map(({ Key, Value }) => [`aws:RequestTag/${Key}`, Value])),
    'aws:TagKeys': list.map(({ Key }) => Key),
  },
})

function owned(call: Call, name: string): Parameter {
  const found = parametersOf(call.cloud).get(arnOf(name, call.region, call.caller.accountId))
  if (found) return found
  throw new Fault(
    'InvalidResourceId',
    400,
    'The resource ID is not valid. Verify that you entered the correct ID and try again.',
  )
}

export const tags = {
  AddTagsToResource: operation({
    input: { ...tagged, Tags: required(tagList) },
    needs: (input, call) => tagging(needs('AddTagsToResource', call, input.ResourceId), input.Tags),
    perform: (input, call) => {
      const parameter = owned(call, input.ResourceId)
      parametersOf(call.cloud).put(parameter.arn, { ...parameter, tags: withTags(parameter.tags, input.Tags) })
      return {}
    },
  }),
  RemoveTagsFromResource: operation({
    input: { ...tagged, TagKeys: required(list(text({ min: 1, max: 128 }))) },
    needs: (input, call) => ({
      ...needs('RemoveTagsFromResource', call, input.ResourceId),
      context: { 'aws:TagKeys': input.TagKeys },
    }),
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
}
