import { orUndo, unlessGone } from '../changes.ts'
import { knowing, neededText, textIn } from '../properties.ts'
import { askIam } from './holder.ts'

/** AWS::IAM::AccessKey. `Ref` is the key's id; raising `Serial` makes a new key before the old one goes. */
export const accessKey = knowing(['Serial', 'Status', 'UserName'], {
  replacedBy: ['Serial', 'UserName'],
  required: ['UserName'],
  secretAttributes: ['SecretAccessKey'],
  async create(properties, at) {
    const UserName = neededText(properties, 'UserName')
    const { AccessKey } = await askIam(at, 'CreateAccessKey', { UserName })
    const { AccessKeyId, SecretAccessKey } = AccessKey as Readonly<Record<'AccessKeyId' | 'SecretAccessKey', string>>
    const made = { id: AccessKeyId, attributes: { SecretAccessKey } }
    const Status = textIn(properties, 'Status') ?? 'Active'
    if (Status !== 'Active')
      await orUndo(
        () => askIam(at, 'UpdateAccessKey', { UserName, AccessKeyId, Status }),
        () => this.remove({ ...made, properties }, at),
      )
    return made
  },
  async update(properties, { id, attributes, properties: before }, at) {
    const Status = textIn(properties, 'Status') ?? 'Active'
    if (Status !== (textIn(before, 'Status') ?? 'Active'))
      await askIam(at, 'UpdateAccessKey', { UserName: neededText(properties, 'UserName'), AccessKeyId: id, Status })
    return { id, attributes }
  },
  remove: ({ id, properties }, at) =>
    unlessGone(askIam(at, 'DeleteAccessKey', { UserName: neededText(properties, 'UserName'), AccessKeyId: id })),
})
