import { validationError } from '../../../fault.ts'
import type { Properties, Provisioning, ResourceType } from '../../resource-type.ts'
import { orUndo, unlessGone } from '../changes.ts'
import { documentIn, knowing, neededText, textsIn } from '../properties.ts'
import { deleteInline, type Holder, putInline } from './holder.ts'

const words = ['User', 'Group', 'Role'] as const

const holdersIn = (properties: Properties): Holder[] =>
  words.flatMap((word) => textsIn(properties, `${word}s`).map((name) => ({ word, name })))

/** AWS::IAM::Policy: one inline policy written into many. `Ref` is a name of CloudFormation's own. */
export const policy = knowing(['Groups', 'PolicyDocument', 'PolicyName', 'Roles', 'Users'], {
  replacedBy: [],
  required: ['PolicyDocument', 'PolicyName'],
  async create(properties, at) {
    const made = { id: at.uniqueName(128), attributes: {} }
    await orUndo(
      () => put(properties, at),
      () => this.remove({ ...made, properties }, at),
    )
    return { ...made, attributes: { Id: made.id } }
  },
  async update(properties, { id, attributes, properties: before }, at) {
    await put(properties, at)
    const name = neededText(properties, 'PolicyName')
    const kept = new Set(holdersIn(properties).map((holder) => `${holder.word}/${holder.name}`))
    const renamed = neededText(before, 'PolicyName') !== name
    for (const holder of holdersIn(before))
      if (renamed || !kept.has(`${holder.word}/${holder.name}`)) await takeFrom(holder, before, at)
    return { id, attributes }
  },
  async remove({ properties }, at) {
    for (const holder of holdersIn(properties)) await takeFrom(holder, properties, at)
  },
})

async function put(properties: Properties, at: Provisioning): Promise<void> {
  const holders = holdersIn(properties)
  if (holders.length === 0) throw validationError('At least one of [Groups,Roles,Users] must be non-empty.')
  const document = documentIn(properties, 'PolicyDocument')
  for (const holder of holders) await putInline(holder, neededText(properties, 'PolicyName'), document, at)
}

const takeFrom = (holder: Holder, properties: Properties, at: Provisioning): Promise<void> =>
  unlessGone(deleteInline(holder, neededText(properties, 'PolicyName'), at))

/** AWS::IAM::UserPolicy and its like: one inline policy of one. `Ref` is the policy's name and the holder's. */
function policyOf(word: Holder['word']): ResourceType {
  const member = `${word}Name`
  const holderIn = (properties: Properties): Holder => ({ word, name: neededText(properties, member) })
  const set = (properties: Properties, at: Provisioning) =>
    putInline(holderIn(properties), neededText(properties, 'PolicyName'), documentIn(properties, 'PolicyDocument'), at)
  return knowing(['PolicyDocument', 'PolicyName', member], {
    replacedBy: ['PolicyName', member],
    required: ['PolicyName', member],
    async create(properties, at) {
      await set(properties, at)
      return { id: `${neededText(properties, 'PolicyName')}|${neededText(properties, member)}`, attributes: {} }
    },
    async update(properties, { id, attributes }, at) {
      await set(properties, at)
      return { id, attributes }
    },
    remove: ({ properties }, at) => takeFrom(holderIn(properties), properties, at),
  })
}

export const userPolicy = policyOf('User')
export const groupPolicy = policyOf('Group')
export const rolePolicy = policyOf('Role')
