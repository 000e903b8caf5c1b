import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  CreateUserCommand,
  CreateVirtualMFADeviceCommand,
  DeactivateMFADeviceCommand,
  DeleteUserCommand,
  DeleteVirtualMFADeviceCommand,
  EnableMFADeviceCommand,
  GetMFADeviceCommand,
  ListMFADevicesCommand,
  ListVirtualMFADevicesCommand,
  ResyncMFADeviceCommand,
} from '@aws-sdk/client-iam'
import qrcode from 'qrcode'
import { acceptCode, stepAt, totpAt } from '../mfa.ts'
import { account, callerNamed, fault, root, stage } from './stage.test.ts'

async function enrolment() {
  const here = stage()
  const iam = here.as(root)
  await iam.send(new CreateUserCommand({ UserName: 'ann' }))
  const create = async (name = 'ann') => {
    const { VirtualMFADevice } = await iam.send(new CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: name }))
    return Buffer.from(VirtualMFADevice?.Base32StringSeed ?? []).toString()
  }
  const serial = (name = 'ann') => `arn:aws:iam::${account}:mfa/${name}`
  const codes = (seed: string, first: number, second = first + 1) => ({
    AuthenticationCode1: totpAt(seed, stepAt(here.now()) + first),
    AuthenticationCode2: totpAt(seed, stepAt(here.now()) + second),
  })
  const enable = (given: ReturnType<typeof codes>, name = 'ann') =>
    iam.send(new EnableMFADeviceCommand({ UserName: 'ann', SerialNumber: serial(name), ...given }))
  return { here, iam, create, serial, codes, enable }
}

const wrong = fault('InvalidAuthenticationCode', 'Authentication code for device is not valid.')

test('a new device has a seed of 64 letters and a picture to scan', async () => {
  const { iam } = await enrolment()
  const { VirtualMFADevice } = await iam.send(
    new CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: 'phone', Path: '/ann/' }),
  )
  assert.equal(VirtualMFADevice?.SerialNumber, `arn:aws:iam::${account}:mfa/ann/phone`)
  const seed = Buffer.from(VirtualMFADevice?.Base32StringSeed ?? []).toString()
  assert.match(seed, /^[A-Z2-7]{64}$/)
  const text = `otpauth://totp/phone%40${account}?secret=${seed}`
  const picture = await qrcode.toBuffer(text, { type: 'png', errorCorrectionLevel: 'L' })
  assert.deepEqual(Buffer.from(VirtualMFADevice?.QRCodePNG ?? []), picture)
})

test('a name can be taken once, also by two calls at the same time', async () => {
  const { create } = await enrolment()
  const told = await Promise.allSettled([create(), create()])
  assert.deepEqual(told.map(({ status }) => status).sort(), ['fulfilled', 'rejected'])
  await assert.rejects(
    create(),
    fault('EntityAlreadyExists', 'MFADevice entity at the same path and name already exists.'),
  )
  await create('ann-2')
})

test('two codes in a row enable a device, and both are spent by it', async () => {
  const { here, create, codes, enable, serial } = await enrolment()
  const seed = await create()
  await assert.rejects(enable(codes(seed, -1, 1)), wrong, 'not in a row')
  await assert.rejects(enable(codes(seed, 0, -1)), wrong, 'the wrong way round')
  await assert.rejects(enable(codes(seed, 0, 0)), wrong, 'the same code twice')
  await assert.rejects(enable(codes(seed, -40)), wrong, 'from twenty minutes ago')
  await enable(codes(seed, -1))
  const device = here.cloud.mfaDevices.get(serial())
  assert.ok(device)
  assert.equal(acceptCode(here.cloud, device, totpAt(seed, stepAt(here.now())), here.now()), false)
  here.pass(30)
  assert.equal(acceptCode(here.cloud, device, totpAt(seed, stepAt(here.now())), here.now()), true)
})

test('a device in use is not enabled again, and not deleted before it is let go', async () => {
  const { here, iam, create, codes, enable, serial } = await enrolment()
  const seed = await create()
  await enable(codes(seed, -1))
  here.pass(90)
  await assert.rejects(enable(codes(seed, -1)), fault('EntityAlreadyExists'))
  const remove = () => iam.send(new DeleteVirtualMFADeviceCommand({ SerialNumber: serial() }))
  const letGo = () => iam.send(new DeactivateMFADeviceCommand({ UserName: 'ann', SerialNumber: serial() }))
  await assert.rejects(remove(), fault('DeleteConflict', 'MFA VirtualDevice in use. Must deactivate first.'))
  await assert.rejects(
    iam.send(new DeleteUserCommand({ UserName: 'ann' })),
    fault('DeleteConflict', 'Cannot delete entity, must delete MFA device first.'),
  )
  await letGo()
  await assert.rejects(letGo(), fault('NoSuchEntity', 'MFA Device invalid for user.'))
  await remove()
  await assert.rejects(
    remove(),
    fault('NoSuchEntity', `VirtualMFADevice with serial number ${serial()} doesn't exist.`),
  )
  await iam.send(new DeleteUserCommand({ UserName: 'ann' }))
})

test('codes that enabled a device do not enable it again after it was let go', async () => {
  const { iam, create, codes, enable, serial } = await enrolment()
  const given = codes(await create(), -1)
  await enable(given)
  await iam.send(new DeactivateMFADeviceCommand({ UserName: 'ann', SerialNumber: serial() }))
  await assert.rejects(enable(given), wrong)
})

test('a user has eight devices at most', async () => {
  const { create, codes, enable } = await enrolment()
  for (let number = 1; number <= 8; number++) await enable(codes(await create(`d${number}`), -1), `d${number}`)
  const seed = await create('d9')
  await assert.rejects(
    enable(codes(seed, -1), 'd9'),
    fault('LimitExceeded', 'Cannot exceed quota for MFADevicesPerUser: 8'),
  )
})

test('a device whose clock ran off is brought back in step', async () => {
  const { here, iam, create, codes, enable, serial } = await enrolment()
  const seed = await create()
  await enable(codes(seed, -1))
  const resync = (off: number) =>
    iam.send(new ResyncMFADeviceCommand({ UserName: 'ann', SerialNumber: serial(), ...codes(seed, off) }))
  await assert.rejects(resync(500), wrong)
  await resync(40)
  here.pass(30)
  const device = here.cloud.mfaDevices.get(serial())
  assert.ok(device)
  const shown = stepAt(here.now()) + 41
  assert.equal(acceptCode(here.cloud, device, totpAt(seed, stepAt(here.now())), here.now()), false)
  assert.equal(acceptCode(here.cloud, device, totpAt(seed, shown), here.now()), true)
})

test('devices are told by user and by whether they are in use, and never with their seed', async () => {
  const { iam, create, codes, enable, serial } = await enrolment()
  await enable(codes(await create(), -1))
  await create('spare')
  const own = await iam.send(new ListMFADevicesCommand({ UserName: 'ann' }))
  assert.deepEqual(
    own.MFADevices?.map(({ SerialNumber }) => SerialNumber),
    [serial()],
  )
  const list = async (AssignmentStatus: 'Assigned' | 'Unassigned' | 'Any') =>
    (await iam.send(new ListVirtualMFADevicesCommand({ AssignmentStatus }))).VirtualMFADevices ?? []
  assert.deepEqual(
    (await list('Unassigned')).map(({ SerialNumber }) => SerialNumber),
    [serial('spare')],
  )
  assert.equal((await list('Any')).length, 2)
  const [used] = await list('Assigned')
  assert.equal(used?.User?.UserName, 'ann')
  assert.equal(used?.Base32StringSeed, undefined)
  assert.ok((await iam.send(new GetMFADeviceCommand({ SerialNumber: serial(), UserName: 'ann' }))).EnableDate)
})

test('one user cannot let go of the device of another', async () => {
  const { here, iam, create, codes, enable, serial } = await enrolment()
  await enable(codes(await create(), -1))
  await iam.send(new CreateUserCommand({ UserName: 'bob' }))
  await assert.rejects(
    iam.send(new DeactivateMFADeviceCommand({ UserName: 'bob', SerialNumber: serial() })),
    fault('NoSuchEntity', 'MFA Device invalid for user.'),
  )
  await assert.rejects(
    here.as(callerNamed('bob')).send(new DeactivateMFADeviceCommand({ UserName: 'ann', SerialNumber: serial() })),
    fault('AccessDenied'),
  )
})

test('devices under long paths are listed page by page', async () => {
  const { iam } = await enrolment()
  const Path = `/${'long/'.repeat(100)}`
  for (const name of ['a', 'b', 'c'])
    await iam.send(new CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: name, Path }))
  const seen: string[] = []
  let Marker: string | undefined
  do {
    const told = await iam.send(new ListVirtualMFADevicesCommand({ MaxItems: 1, Marker }))
    for (const { SerialNumber = '' } of told.VirtualMFADevices ?? []) seen.push(SerialNumber.slice(-1))
    Marker = told.Marker
  } while (Marker !== undefined)
  assert.deepEqual(seen.sort(), ['a', 'b', 'c'])
})
