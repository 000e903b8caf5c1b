import { unlessGone } from '../changes.ts'
import { knowing, textIn } from '../properties.ts'
import { askIam, setTags, tagsToCreate } from './holder.ts'

/** AWS::IAM::VirtualMFADevice. `Ref` is the serial number; enabling it takes codes, which no template has. */
export const virtualMfaDevice = knowing(['Path', 'Tags', 'Users', 'VirtualMfaDeviceName'], {
  replacedBy: ['Path', 'VirtualMfaDeviceName'],
  required: ['Users'],
  async create(properties, at) {
    const { VirtualMFADevice } = await askIam(at, 'CreateVirtualMFADevice', {
      VirtualMFADeviceName: textIn(properties, 'VirtualMfaDeviceName') ?? at.uniqueName(226),
      Path: textIn(properties, 'Path'),
      Tags: tagsToCreate(properties, at),
    })
    const { SerialNumber } = VirtualMFADevice as { readonly SerialNumber: string }
    return { id: SerialNumber, attributes: { SerialNumber } }
  },
  async update(properties, { id, attributes, properties: before }, at) {
    await setTags('MFADevice', { SerialNumber: id }, properties, before, at)
    return { id, attributes }
  },
  remove: ({ id }, at) => unlessGone(askIam(at, 'DeleteVirtualMFADevice', { SerialNumber: id })),
})
