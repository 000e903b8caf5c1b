import { unlessGone } from '../changes.ts'
import { knowing, neededText, same, textIn } from '../properties.ts'
import { askIam } from './holder.ts'

/** AWS::IAM::ServiceLinkedRole. `Ref` is the role's name. */
export const serviceLinkedRole = knowing(['AWSServiceName', 'CustomSuffix', 'Description'], {
  replacedBy: ['AWSServiceName', 'CustomSuffix'],
  required: ['AWSServiceName'],
  async create(properties, at) {
    const { Role } = await askIam(at, 'CreateServiceLinkedRole', {
      AWSServiceName: neededText(properties, 'AWSServiceName'),
      CustomSuffix: textIn(properties, 'CustomSuffix'),
      Description: textIn(properties, 'Description'),
    })
    const { RoleName } = Role as { readonly RoleName: string }
    return { id: RoleName, attributes: { RoleName } }
  },
  async update(properties, { id, attributes, properties: before }, at) {
    if (!same(properties.Description, before.Description))
      await askIam(at, 'UpdateRole', { RoleName: id, Description: textIn(properties, 'Description') ?? '' })
    return { id, attributes }
  },
  remove: ({ id }, at) => unlessGone(askIam(at, 'DeleteServiceLinkedRole', { RoleName: id })),
})
