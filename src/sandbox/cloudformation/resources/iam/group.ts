import type { Properties, Provisioned, Provisioning } from '../../resource-type.ts'
import { orUndo, unlessGone } from '../changes.ts'
import { knowing, textIn } from '../properties.ts'
import { askIam, type Holder, iamArn, setPolicies } from './holder.ts'

const holderOf = (name: string): Holder => ({ word: 'Group', name })

const tell = (GroupName: string, properties: Properties, at: Provisioning): Provisioned => ({
  id: GroupName,
  attributes: { Arn: iamArn(at, `group${textIn(properties, 'Path') ?? '/'}${GroupName}`) },
})

/** AWS::IAM::Group. `Ref` is the name. */
export const group = knowing(['GroupName', 'ManagedPolicyArns', 'Path', 'Policies'], {
  replacedBy: ['GroupName'],
  async create(properties, at) {
    const GroupName = textIn(properties, 'GroupName') ?? at.uniqueName(128)
    await askIam(at, 'CreateGroup', { GroupName, Path: textIn(properties, 'Path') })
    const made = tell(GroupName, properties, at)
    await orUndo(
      () => setPolicies(holderOf(GroupName), properties, {}, at),
      () => this.remove({ ...made, properties }, at),
    )
    return made
  },
  async update(properties, before, at) {
    const path = textIn(properties, 'Path') ?? '/'
    if (path !== (textIn(before.properties, 'Path') ?? '/'))
      await askIam(at, 'UpdateGroup', { GroupName: before.id, NewPath: path })
    await setPolicies(holderOf(before.id), properties, before.properties, at)
    return tell(before.id, properties, at)
  },
  async remove({ id, properties }, at) {
    await setPolicies(holderOf(id), {}, properties, at)
    await unlessGone(askIam(at, 'DeleteGroup', { GroupName: id }))
  },
})
