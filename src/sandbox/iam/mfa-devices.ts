import { encodeBase32 } from '../base32.ts'
import type { MfaDevice, User } from '../cloud.ts'
import { Fault } from '../fault.ts'
import { stepAt, stepOfCode } from '../mfa.ts'
import { type Call, type Output, operation } from '../service.ts'
import { oneOf, required } from '../shape.ts'
import { implicitUserName } from './caller.ts'
import { needsToCreate } from './creation.ts'
import { deleteConflict, entityAlreadyExists, noSuchEntity, quotaExceeded } from './faults.ts'
import * as members from './members.ts'
import { arnIn, mfaDevice, user } from './nouns.ts'
import { page } from './page.ts'
import { tagsOf, tagView } from './tag-context.ts'
import { under, userSummary } from './views.ts'

const mostDevices = 8
/** How many 30-second steps a device's clock may be off when it is enabled, and when it is brought back in step. */
const enableReach = 10
const resyncReach = 120

const createVirtualMfaDevice = operation({
  input: { Path: members.path, VirtualMFADeviceName: required(members.deviceName), Tags: members.tagList },
  needs: (input, call) => {
    const resource = arnIn(call, `mfa${input.Path ?? '/'}${input.VirtualMFADeviceName}`)
    return needsToCreate('CreateVirtualMFADevice', 'TagMFADevice', resource, input)
  },
  perform: async (input, call) => {
    const { Path: path = '/', VirtualMFADeviceName: name } = input
    const { accountId } = call.caller
    const tags = tagsOf(input.Tags)
    const seed = encodeBase32(call.cloud.randomBytes(40))
    const account = call.cloud.accounts.get(accountId)?.alias ?? accountId
    const picture = await qrCode(`otpauth://totp/${encodeURIComponent(`${name}@${account}`)}?secret=${seed}`)
    // From here on nothing waits: two calls for one name cannot both find it free.
    const serial = arnIn(call, `mfa${path}${name}`)
    if (call.cloud.mfaDevices.get(serial))
      throw entityAlreadyExists('MFADevice entity at the same path and name already exists.')
    const created: MfaDevice = { serial, accountId, name, path, seed, createdAt: call.at.toISOString(), tags }
    mfaDevice.put(call.cloud, created)
    return {
      VirtualMFADevice: {
        SerialNumber: serial,
        Base32StringSeed: Buffer.from(seed),
        QRCodePNG: picture,
        Tags: tagView(tags),
      },
    }
  },
})

async function qrCode(text: string): Promise<Uint8Array> {
  const { default: qrcode } = await import('qrcode')
  return qrcode.toBuffer(text, { type: 'png', errorCorrectionLevel: 'L' })
}

const twoCodes = {
  UserName: required(members.existingUserName),
  SerialNumber: required(members.serialNumber),
  AuthenticationCode1: required(members.authenticationCode),
  AuthenticationCode2: required(members.authenticationCode),
}

interface Codes {
  readonly AuthenticationCode1: string
  readonly AuthenticationCode2: string
}

/** The device with both codes spent and its clock known, when they are two in a row; else InvalidAuthenticationCode. */
function synchronised(device: MfaDevice, codes: Codes, at: Date, reach: number): MfaDevice {
  const now = stepAt(at)
  const first = stepOfCode(device, codes.AuthenticationCode1, now - reach, now + reach)
  const second = first === undefined ? undefined : stepOfCode(device, codes.AuthenticationCode2, first + 1, first + 1)
  if (second === undefined)
    throw new Fault('InvalidAuthenticationCode', 403, 'Authentication code for device is not valid.')
  const off = second - now
  // One step either way is how people read codes off a display, not a clock that is wrong.
  return { ...device, lastStep: second, drift: Math.abs(off) <= 1 ? 0 : off }
}

const devicesOf = (owner: User, call: Call): MfaDevice[] =>
  [...under(call.cloud.mfaDevices.values(), owner.accountId)].filter((device) => device.userName === owner.name)

function deviceOf(owner: User, input: object, call: Call): MfaDevice {
  const device = mfaDevice.find(input, call)
  if (device?.userName !== owner.name) throw noSuchEntity('MFA Device invalid for user.')
  return device
}

const enableMfaDevice = operation({
  input: twoCodes,
  needs: (input, call) => user.needs('EnableMFADevice', input, call),
  perform: (input, call) => {
    const owner = user.get(input, call)
    const device = mfaDevice.get(input, call)
    if (device.userName !== undefined) throw entityAlreadyExists('MFA Device is already in use.')
    if (devicesOf(owner, call).length >= mostDevices) throw quotaExceeded('MFADevicesPerUser', mostDevices)
    const enabled = synchronised(device, input, call.at, enableReach)
    mfaDevice.put(call.cloud, { ...enabled, userName: owner.name, enabledAt: call.at.toISOString() })
    return {}
  },
})

const resyncMfaDevice = operation({
  input: twoCodes,
  needs: (input, call) => user.needs('ResyncMFADevice', input, call),
  perform: (input, call) => {
    const device = deviceOf(user.get(input, call), input, call)
    mfaDevice.put(call.cloud, synchronised(device, input, call.at, resyncReach))
    return {}
  },
})

const deactivateMfaDevice = operation({
  input: { UserName: members.existingUserName, SerialNumber: required(members.serialNumber) },
  needs: (input, call) => user.needs('DeactivateMFADevice', input, call),
  perform: (input, call) => {
    const { userName, enabledAt, ...free } = deviceOf(user.get(input, call), input, call)
    mfaDevice.put(call.cloud, free)
    return {}
  },
})

const deleteVirtualMfaDevice = operation({
  input: { SerialNumber: required(members.serialNumber) },
  needs: (input, call) => mfaDevice.needs('DeleteVirtualMFADevice', input, call),
  perform: (input, call) => {
    const device = mfaDevice.get(input, call)
    if (device.userName !== undefined) throw deleteConflict('MFA VirtualDevice in use. Must deactivate first.')
    call.cloud.mfaDevices.delete(device.serial)
    return {}
  },
})

const dateOf = (instant: string | undefined): Date | undefined =>
  instant === undefined ? undefined : new Date(instant)

const listMfaDevices = operation({
  input: { UserName: members.existingUserName, ...members.paging },
  needs: (input, call) => user.needs('ListMFADevices', input, call),
  perform: (input, call) => {
    const isRoot = input.UserName === undefined && implicitUserName(call) === undefined
    const devices = isRoot ? [] : devicesOf(user.get(input, call), call)
    const view = (device: MfaDevice): Output => ({
      UserName: device.userName,
      SerialNumber: device.serial,
      EnableDate: dateOf(device.enabledAt),
    })
    return page('MFADevices', devices, (device) => device.serial, view, input)
  },
})

const listVirtualMfaDevices = operation({
  input: { AssignmentStatus: oneOf('Assigned', 'Unassigned', 'Any'), ...members.paging },
  needs: (_, call) => ({ action: 'iam:ListVirtualMFADevices', resource: arnIn(call, 'mfa/') }),
  perform: (input, call) => {
    const { AssignmentStatus: wanted = 'Any' } = input
    const devices = [...under(call.cloud.mfaDevices.values(), call.caller.accountId)].filter(
      (device) => wanted === 'Any' || (device.userName !== undefined) === (wanted === 'Assigned'),
    )
    const view = (device: MfaDevice): Output => {
      const owner = device.userName === undefined ? undefined : user.find({ UserName: device.userName }, call)
      return {
        SerialNumber: device.serial,
        User: owner && userSummary(owner),
        EnableDate: dateOf(device.enabledAt),
      }
    }
    return page('VirtualMFADevices', devices, (device) => device.serial, view, input)
  },
})

const getMfaDevice = operation({
  input: { SerialNumber: required(members.serialNumber), UserName: members.userName },
  needs: (input, call) => user.needs('GetMFADevice', input, call),
  perform: (input, call) => {
    const device = deviceOf(user.get(input, call), input, call)
    return { UserName: device.userName, SerialNumber: device.serial, EnableDate: dateOf(device.enabledAt) }
  },
})

export const mfaDevices = {
  CreateVirtualMFADevice: createVirtualMfaDevice,
  EnableMFADevice: enableMfaDevice,
  ResyncMFADevice: resyncMfaDevice,
  DeactivateMFADevice: deactivateMfaDevice,
  DeleteVirtualMFADevice: deleteVirtualMfaDevice,
  ListMFADevices: listMfaDevices,
  ListVirtualMFADevices: listVirtualMfaDevices,
  GetMFADevice: getMfaDevice,
}
