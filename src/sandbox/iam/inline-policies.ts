import { encodeUri } from '../../wire/uri.ts'
import type { Entity, PolicyText } from '../cloud.ts'
import { operation } from '../service.ts'
import { required } from '../shape.ts'
import { boundaryContext } from './creation.ts'
import { limitExceeded, noSuchEntity } from './faults.ts'
import * as members from './members.ts'
import { group, type Noun, role, user } from './nouns.ts'
import { page } from './page.ts'
import { acceptPolicy, policySize } from './policy-text.ts'

/** Put, Get, List and Delete of the policies written into a user, group or role; together at most `quota` characters. */
function inlineOf<T extends Entity & { readonly boundary?: string }>(noun: Noun<T>, quota: number) {
  const word = noun.word.toLowerCase()
  const changing = (action: string) => (input: object, call: Parameters<typeof noun.find>[1]) =>
    noun.needs(action, input, call, boundaryContext(noun.find(input, call)?.boundary))
  const missing = (name: string) => noSuchEntity(`The ${word} policy with name ${name} cannot be found.`)

  const put = operation({
    input: {
      ...noun.shape,
      PolicyName: required(members.policyName),
      PolicyDocument: required(members.policyDocument),
    },
    needs: changing(`Put${noun.word}Policy`),
    perform: (input, call) => {
      const holder = noun.get(input, call)
      acceptPolicy(input.PolicyDocument, 'identity')
      const inline: Readonly<Record<string, PolicyText>> = {
        ...holder.inline,
        [input.PolicyName]: input.PolicyDocument,
      }
      const size = Object.values(inline).reduce((sum, text) => sum + policySize(text), 0)
      if (size > quota) throw limitExceeded(`Maximum policy size of ${quota} bytes exceeded for ${word} ${holder.name}`)
      noun.put(call.cloud, { ...holder, inline })
      return {}
    },
  })

  const get = operation({
    input: { ...noun.shape, PolicyName: required(members.policyName) },
    needs: (input, call) => noun.needs(`Get${noun.word}Policy`, input, call),
    perform: (input, call) => {
      const holder = noun.get(input, call)
      const text = Object.hasOwn(holder.inline, input.PolicyName) ? holder.inline[input.PolicyName] : undefined
      if (text === undefined) throw missing(input.PolicyName)
      return { [`${noun.word}Name`]: holder.name, PolicyName: input.PolicyName, PolicyDocument: encodeUri(text) }
    },
  })

  const list = operation({
    input: { ...noun.shape, ...members.paging },
    needs: (input, call) => noun.needs(`List${noun.word}Policies`, input, call),
    perform: (input, call) => {
      const names = Object.keys(noun.get(input, call).inline)
      return page('PolicyNames', names, String, String, input)
    },
  })

  const remove = operation({
    input: { ...noun.shape, PolicyName: required(members.policyName) },
    needs: changing(`Delete${noun.word}Policy`),
    perform: (input, call) => {
      const holder = noun.get(input, call)
      if (!Object.hasOwn(holder.inline, input.PolicyName)) throw missing(input.PolicyName)
      const rest = Object.entries(holder.inline).filter(([name]) => name !== input.PolicyName)
      noun.put(call.cloud, { ...holder, inline: Object.fromEntries(rest) })
      return {}
    },
  })

  return { put, get, list, remove }
}

const ofUser = inlineOf(user, 2048)
const ofGroup = inlineOf(group, 5120)
const ofRole = inlineOf(role, 10_240)

export const inlinePolicies = {
  PutUserPolicy: ofUser.put,
  GetUserPolicy: ofUser.get,
  ListUserPolicies: ofUser.list,
  DeleteUserPolicy: ofUser.remove,
  PutGroupPolicy: ofGroup.put,
  GetGroupPolicy: ofGroup.get,
  ListGroupPolicies: ofGroup.list,
  DeleteGroupPolicy: ofGroup.remove,
  PutRolePolicy: ofRole.put,
  GetRolePolicy: ofRole.get,
  ListRolePolicies: ofRole.list,
  DeleteRolePolicy: ofRole.remove,
}
