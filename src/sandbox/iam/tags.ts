import type { Tags } from '../cloud.ts'
import { type Call, operation } from '../service.ts'
import { required } from '../shape.ts'
import { limitExceeded } from './faults.ts'
import { ownPolicy } from './managed-policies.ts'
import * as members from './members.ts'
import { instanceProfile, mfaDevice, type Noun, oidcProvider, policy, role, samlProvider, user } from './nouns.ts'
import { page } from './page.ts'
import { requestTagContext, tagsOf } from './tag-context.ts'

const mostTags = 50

/** Tag, Untag and List of the tags of one kind of thing. `toChange` finds it, or refuses that it be changed. */
function tagsOn<T extends { readonly tags: Tags }>(
  noun: Noun<T>,
  toChange: (action: string, input: object, call: Call) => T = (_, input, call) => noun.get(input, call),
) {
  const add = operation({
    input: { ...noun.shape, Tags: required(members.tagList) },
    needs: (input, call) => noun.needs(`Tag${noun.word}`, input, call, requestTagContext(input.Tags)),
    perform: (input, call) => {
      const thing = toChange(`Tag${noun.word}`, input, call)
      const given = tagsOf(input.Tags)
      const tags = { ...without(thing.tags, Object.keys(given)), ...given }
      if (Object.keys(tags).length > mostTags) throw limitExceeded('The number of tags has reached the maximum limit.')
      noun.put(call.cloud, { ...thing, tags })
      return {}
    },
  })

  const remove = operation({
    input: { ...noun.shape, TagKeys: required(members.tagKeyList) },
    needs: (input, call) => noun.needs(`Untag${noun.word}`, input, call, { 'aws:TagKeys': input.TagKeys }),
    perform: (input, call) => {
      const thing = toChange(`Untag${noun.word}`, input, call)
      noun.put(call.cloud, { ...thing, tags: without(thing.tags, input.TagKeys) })
      return {}
    },
  })

  const list = operation({
    input: { ...noun.shape, ...members.paging },
    needs: (input, call) => noun.needs(`List${noun.word}Tags`, input, call),
    perform: (input, call) => {
      const tags = Object.entries(noun.get(input, call).tags)
      return page(
        'Tags',
        tags,
        ([key]) => key.toLowerCase(),
        ([Key, Value]) => ({ Key, Value }),
        input,
      )
    },
  })

  return { add, remove, list }
}

/** The tags without those of these keys; case makes no other key. */
function without(tags: Tags, keys: readonly string[]): Tags {
  const gone = new Set(keys.map((key) => key.toLowerCase()))
  return Object.fromEntries(Object.entries(tags).filter(([key]) => !gone.has(key.toLowerCase())))
}

const ofUser = tagsOn(user)
const ofRole = tagsOn(role)
const ofPolicy = tagsOn(policy, ownPolicy)
const ofProfile = tagsOn(instanceProfile)
const ofDevice = tagsOn(mfaDevice)
const ofSamlProvider = tagsOn(samlProvider)
const ofOidcProvider = tagsOn(oidcProvider)

export const tags = {
  TagUser: ofUser.add,
  UntagUser: ofUser.remove,
  ListUserTags: ofUser.list,
  TagRole: ofRole.add,
  UntagRole: ofRole.remove,
  ListRoleTags: ofRole.list,
  TagPolicy: ofPolicy.add,
  UntagPolicy: ofPolicy.remove,
  ListPolicyTags: ofPolicy.list,
  TagInstanceProfile: ofProfile.add,
  UntagInstanceProfile: ofProfile.remove,
  ListInstanceProfileTags: ofProfile.list,
  TagMFADevice: ofDevice.add,
  UntagMFADevice: ofDevice.remove,
  ListMFADeviceTags: ofDevice.list,
  TagOpenIDConnectProvider: ofOidcProvider.add,
  UntagOpenIDConnectProvider: ofOidcProvider.remove,
  ListOpenIDConnectProviderTags: ofOidcProvider.list,
  TagSAMLProvider: ofSamlProvider.add,
  UntagSAMLProvider: ofSamlProvider.remove,
  ListSAMLProviderTags: ofSamlProvider.list,
}
