import type { Properties, Provisioning } from '../../resource-type.ts'
import { orUndo, turn } from '../changes.ts'
import { knowing, neededText, textsIn } from '../properties.ts'
import { askIam } from './holder.ts'

/** AWS::IAM::UserToGroupAddition. `Ref` is a name of CloudFormation's own. */
export const userToGroupAddition = knowing(['GroupName', 'Users'], {
  replacedBy: ['GroupName'],
  required: ['GroupName', 'Users'],
  async create(properties, at) {
    const made = { id: at.uniqueName(128), attributes: {} }
    await orUndo(
      () => setMembers(properties, {}, at),
      () => this.remove({ ...made, properties }, at),
    )
    return { ...made, attributes: { Id: made.id } }
  },
  async update(properties, { id, attributes, properties: before }, at) {
    await setMembers(properties, before, at)
    return { id, attributes }
  },
  remove: ({ properties }, at) => setMembers({ GroupName: neededText(properties, 'GroupName') }, properties, at),
})

function setMembers(after: Properties, before: Properties, at: Provisioning): Promise<void> {
  const GroupName = neededText(after, 'GroupName')
  return turn(textsIn(before, 'Users'), textsIn(after, 'Users'), {
    take: (UserName) => askIam(at, 'RemoveUserFromGroup', { GroupName, UserName }),
    add: (UserName) => askIam(at, 'AddUserToGroup', { GroupName, UserName }),
  })
}
