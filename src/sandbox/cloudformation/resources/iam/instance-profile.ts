import type { Properties, Provisioning } from '../../resource-type.ts'
import { orUndo, turn, unlessGone } from '../changes.ts'
import { knowing, textIn, textsIn } from '../properties.ts'
import { askIam, iamArn } from './holder.ts'

/** AWS::IAM::InstanceProfile. `Ref` is the name. */
export const instanceProfile = knowing(['InstanceProfileName', 'Path', 'Roles'], {
  replacedBy: ['InstanceProfileName', 'Path'],
  required: ['Roles'],
  async create(properties, at) {
    const name = textIn(properties, 'InstanceProfileName') ?? at.uniqueName(128)
    const path = textIn(properties, 'Path') ?? '/'
    await askIam(at, 'CreateInstanceProfile', { InstanceProfileName: name, Path: path })
    const made = { id: name, attributes: { Arn: iamArn(at, `instance-profile${path}${name}`) } }
    await orUndo(
      () => setRoles(name, properties, {}, at),
      () => this.remove({ ...made, properties }, at),
    )
    return made
  },
  async update(properties, { id, attributes, properties: before }, at) {
    await setRoles(id, properties, before, at)
    return { id, attributes }
  },
  async remove({ id, properties }, at) {
    await setRoles(id, {}, properties, at)
    await unlessGone(askIam(at, 'DeleteInstanceProfile', { InstanceProfileName: id }))
  },
})

const setRoles = (InstanceProfileName: string, after: Properties, before: Properties, at: Provisioning) =>
  turn(textsIn(before, 'Roles'), textsIn(after, 'Roles'), {
    take: (RoleName) => askIam(at, 'RemoveRoleFromInstanceProfile', { InstanceProfileName, RoleName }),
    add: (RoleName) => askIam(at, 'AddRoleToInstanceProfile', { InstanceProfileName, RoleName }),
  })
