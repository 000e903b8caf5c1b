import { editFile } from '../../host/files.ts'
import type { NodeHost } from '../../host/node-host.ts'
import { runCommand } from '../../host/prompts/command.ts'
import { Failure } from '../../model/failure.ts'
import type { MfaSessionSpec } from '../../model/source-spec.ts'
import { diff } from '../../profiles/diff.ts'
import { setKeys } from '../../profiles/edit.ts'
import { endpointFor } from '../../profiles/endpoint.ts'
import { profilePaths } from '../../profiles/locate.ts'
import { parseSections } from '../../profiles/parse.ts'
import { headerFor, headerOf } from '../../profiles/read.ts'
import { callerIdentity } from '../../sources/caller-identity.ts'
import { readKey } from '../../sources/stored-keys.ts'
import type { Cli } from '../cli.ts'
import { userProfile, userProfiles } from '../profile.ts'
import { createDevice, deleteDevice, enableDevice, type FreshDevice, type Owner } from './device.ts'

export interface EnrollOptions {
  readonly deviceName?: string
  readonly mfaProcess?: string
  readonly input: boolean
  readonly json?: boolean
}

/** Creates, shows, enables, and writes down: what is begun is finished or taken back. */
export async function enroll(cli: Cli, name: string | undefined, options: EnrollOptions): Promise<void> {
  const profile = userProfile(cli.env, name)
  if (profile.spec.kind !== 'mfa-session')
    throw new Failure('usage', `${profile.name} is a role; an MFA device belongs to a user.`, {
      hint: 'Name the profile of the user: the one its source_profile leads to.',
    })
  if (!options.input && !options.mfaProcess)
    throw new Failure('input-needed', 'Enabling a device takes two codes, and nobody is to be asked.', {
      hint: 'Name a command that gives them: --mfa-process COMMAND',
    })
  const host = await cli.host({ input: options.input })
  const owner = await ownerOf(cli, profile.name, profile.spec, host)
  const device = await createDevice(owner, options.deviceName ?? owner.userName)
  const address = otpAddress(owner, device)
  try {
    if (!options.mfaProcess) await show(cli, address, device)
    await enableWithCodes(cli, owner, device, () =>
      options.mfaProcess ? codesFrom(cli, options.mfaProcess, address) : askForCodes(host),
    )
  } catch (error) {
    await deleteDevice(owner, device.serialNumber).catch(() =>
      cli.say(`The device ${device.serialNumber} was created and not enabled; enrolling again replaces it.`),
    )
    throw error
  }
  await writeSerial(cli, profile.name, device.serialNumber, host)
  const { userName } = owner
  if (options.json) cli.print(JSON.stringify({ profile: profile.name, userName, serialNumber: device.serialNumber }))
  else cli.print(`${userName} now has the MFA device ${device.serialNumber}. Next: mayfly login ${profile.name}`)
}

async function ownerOf(cli: Cli, profile: string, spec: MfaSessionSpec, host: NodeHost): Promise<Owner> {
  const key = await readKey(host.vault, spec.base.accessKeyId)
  const { arn: userArn } = await callerIdentity(host, key, spec.sts)
  const userName = /^arn:[\w-]+:iam::\d{12}:user\/(?:.*\/)?([^/]+)$/.exec(userArn)?.[1]
  if (!userName)
    throw new Failure('aws-refused', `The key of ${profile} belongs to ${userArn}, which is not an IAM user.`, {
      hint: 'Enrol MFA for the root user in the console.',
    })
  const profiles = userProfiles(cli.env)
  const section = profiles.profiles.get(profile)
  const endpoint = section && endpointFor(section, profiles, cli.env, 'iam')
  const { IAMClient } = await import('@aws-sdk/client-iam')
  const credentials = { accessKeyId: key.accessKeyId, secretAccessKey: key.secretAccessKey }
  const client = new IAMClient({ region: spec.sts.region, credentials, ...(endpoint ? { endpoint } : {}) })
  return { client, userName, userArn }
}

/** What authenticator apps read: https://github.com/google/google-authenticator/wiki/Key-Uri-Format */
function otpAddress({ userName, userArn }: Owner, { seed }: FreshDevice): string {
  const label = encodeURIComponent(`Amazon Web Services:${userName}@${userArn.split(':')[4]}`)
  return `otpauth://totp/${label}?secret=${seed}&issuer=${encodeURIComponent('Amazon Web Services')}`
}

async function show(cli: Cli, address: string, { seed }: FreshDevice): Promise<void> {
  const { default: qrcode } = await import('qrcode')
  cli.say(await qrcode.toString(address, { type: 'terminal', small: true }))
  cli.say(`Scan it with your authenticator app, or type the key there: ${seed}\n`)
}

async function enableWithCodes(
  cli: Cli,
  owner: Owner,
  device: FreshDevice,
  codes: () => Promise<readonly [string, string]>,
): Promise<void> {
  for (let attempts = 3; attempts > 0; attempts--) {
    if (await enableDevice(owner, device, await codes())) return
    cli.say('AWS finds these codes wrong. They must follow each other: wait for two new ones.')
  }
  throw new Failure('mfa-rejected', 'The device was not enabled: the codes were wrong three times.', {
    hint: 'Check that the clocks of the phone and of this machine are right, then enrol again.',
  })
}

async function askForCodes(host: NodeHost): Promise<readonly [string, string]> {
  const first = await host.ask({ kind: 'mfa-code', text: 'The code it shows' })
  const second = await host.ask({ kind: 'mfa-code', text: 'The next code' })
  return twoCodes(`${first} ${second}`)
}

const codesFrom = async (cli: Cli, command: string, address: string): Promise<readonly [string, string]> =>
  twoCodes(await runCommand(command, { ...cli.env, MAYFLY_ENROLLING: '1' }, address))

function twoCodes(text: string): readonly [string, string] {
  const [first, second, ...more] = text.trim().split(/\s+/)
  if (first && second && more.length === 0 && /^\d{6}$/.test(first) && /^\d{6}$/.test(second) && first !== second)
    return [first, second]
  throw new Failure('mfa-rejected', 'Two different codes of six digits are needed.', {
    hint: 'Give the code the app shows, and then the one that follows it.',
  })
}

async function writeSerial(cli: Cli, profile: string, serial: string, host: NodeHost): Promise<void> {
  const { config } = profilePaths(cli.env)
  const edit = await editFile(
    config,
    (text) => {
      const section = parseSections(text, config).find(({ header }) => headerOf(header).name === profile)
      return setKeys(text, section?.header ?? headerFor(profile), { mfa_serial: serial }, config)
    },
    host,
  )
  if (edit) cli.say(diff(edit.before ?? '', edit.after, config))
}
