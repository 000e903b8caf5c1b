import { operation } from '../service.ts'
import { required } from '../shape.ts'
import { limitExceeded } from './faults.ts'
import * as members from './members.ts'
import { find, needs, put, tagContext, tagsOf } from './secrets.ts'

const mostTags = 50

export const tags = {
  TagResource: operation({
    input: { SecretId: members.secretId, Tags: required(members.tags) },
    needs: (input, call) => needs(call, 'TagResource', input.SecretId, tagContext(tagsOf(input.Tags, true))),
    perform: (input, call) => {
      const secret = find(call, input.SecretId)
      const after = { ...secret.tags, ...tagsOf(input.Tags, call.invokedBy !== undefined) }
      if (Object.keys(after).length > mostTags) throw limitExceeded('You can attach up to 50 tags to a secret.')
      put(call, { ...secret, tags: after })
      return {}
    },
  }),
  UntagResource: operation({
    input: { SecretId: members.secretId, TagKeys: members.tagKeys },
    needs: (input, call) => needs(call, 'UntagResource', input.SecretId, { 'aws:TagKeys': input.TagKeys }),
    perform: (input, call) => {
      const secret = find(call, input.SecretId)
      const left = Object.entries(secret.tags).filter(([key]) => !input.TagKeys.includes(key))
      put(call, { ...secret, tags: Object.fromEntries(left) })
      return {}
    },
  }),
}
