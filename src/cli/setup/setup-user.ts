import type { NodeHost } from '../../host/node-host.ts'
import { Failure } from '../../model/failure.ts'
import { callerIdentity } from '../../sources/caller-identity.ts'
import { readKey } from '../../sources/stored-keys.ts'
import type { Cli } from '../cli.ts'
import { enroll } from '../mfa/enroll.ts'
import { hostOptions } from '../options.ts'
import { printable } from '../output.ts'
import { userProfile, userProfiles } from '../profile.ts'
import { administrator } from './administrator.ts'
import { deploy } from './deploy.ts'
import {
  againWords,
  assertName,
  assertNoQuestion,
  type SetupOptions,
  sharedParameters,
  stackNameFor,
  tagsFrom,
} from './options.ts'
import { assertFree, saveProfile } from './save-profile.ts'
import { outputsOf } from './stack.ts'
import { takeKey } from './take-key.ts'
import { tellWaiting } from './tell-waiting.ts'
import userTemplate from './user.template.data.json' with { type: 'json' }
import { until } from './waiting.ts'

export interface UserOptions extends SetupOptions {
  /** False under --no-mfa. */
  readonly mfa: boolean
  readonly mfaProcess?: string
}

/**
 * A user whose key is useless without MFA: the stack, the key in the vault, the profile, the device. Each step leaves
 * what is done already alone, so that after any interruption the same command goes on.
 */
export async function setupUser(cli: Cli, userName: string, options: UserOptions): Promise<void> {
  assertNoQuestion(options, options.execute)
  assertName('user', userName)
  const isQuiet = options.json === true
  const stackName = stackNameFor('user', userName, options.stackName)
  const parameters = { UserName: userName, ...sharedParameters(options) }
  const profile = options.saveAs ?? userName
  const again = againWords('user', userName, options)
  const host = await cli.host(hostOptions(options))
  const by = await administrator(cli, host, options)
  assertFree(cli, profile, by)
  if (profile === by.profile)
    throw new Failure('usage', `${profile} is the profile you act as.`, { hint: 'Choose another: --save-as NAME' })
  const { changes, waiting, stack } = await deploy(cli, host, by, {
    ...{ stackName, template: JSON.stringify(userTemplate), parameters, ...tagsFrom(options.tags) },
    ...{ owner: 'UserName', again, isAgreed: options.yes === true, execute: options.execute, isQuiet },
  })
  const about = { stackName, account: by.account, region: by.region, changes }
  if (waiting) return tellWaiting(cli, waiting, { ...about, again, isQuiet })
  const { AccessKeyId: accessKeyId, KeySecretArn: secretArn, UserArn: userArn } = outputsOf(stack)
  if (!accessKeyId || !secretArn) throw new Failure('aws-refused', `The stack ${stackName} does not tell its key.`)
  const isTaken = await takeKey(host, by, { accessKeyId, secretArn }, profile).catch((error: unknown) => {
    if (!isQuiet)
      cli.say(`The key rests in its secret, ${printable(secretArn)}, so nothing is lost. To go on: ${again}`)
    throw error
  })
  if (isTaken && !isQuiet) cli.say(`The key ${accessKeyId} went from its secret into the vault.`)
  await saveProfile(cli, host, profile, { region: by.region, ...by.addressing, mayfly_key: accessKeyId }, isQuiet)
  const hasDevice = await giveDevice(cli, host, profile, options, isQuiet)
  const mfaSerial = serialOf(cli, profile)
  const result = { ...about, userName, userArn, accessKeyId, secretArn, profile }
  if (isQuiet) return cli.print(JSON.stringify({ ...result, ...(mfaSerial ? { mfaSerial } : {}) }))
  cli.print(
    hasDevice
      ? `${userName} is set up. Next: mayfly login ${profile}`
      : `${userName} is set up but for MFA, without which the key opens nothing. Next: mayfly mfa enroll ${profile}`,
  )
}

const serialOf = (cli: Cli, profile: string): string | undefined =>
  userProfiles(cli.env).profiles.get(profile)?.entries.get('mfa_serial')?.value

/** Enrols a device where the person wants one now, and says whether the user has one. */
async function giveDevice(
  cli: Cli,
  host: NodeHost,
  profile: string,
  { mfa, mfaProcess, input, json, yes }: UserOptions,
  isQuiet: boolean,
): Promise<boolean> {
  if (serialOf(cli, profile)) return true
  if (!mfa || (!mfaProcess && (json || !input || cli.env.MAYFLY_NO_INPUT))) return false
  if (!mfaProcess && !(yes ? process.stdin.isTTY : await wantsDevice(host))) return false
  await untilKnown(cli, host, profile)
  const quiet: Cli = {
    ...cli,
    print: isQuiet ? () => undefined : cli.say,
    ...(isQuiet ? { say: () => undefined } : {}),
  }
  await enroll(quiet, profile, { input, ...(mfaProcess === undefined ? {} : { mfaProcess }) }).catch(
    (error: unknown) => {
      if (!isQuiet) cli.say(`All is done but MFA. To try that again: mayfly mfa enroll ${profile}`)
      throw error
    },
  )
  return true
}

/** Without anybody to ask, the answer is no: the device can be enrolled at any time. */
async function wantsDevice(host: NodeHost): Promise<boolean> {
  try {
    const answer = await host.ask({ kind: 'confirm', text: 'Enrol an MFA device now?' })
    return /^y(es)?$/i.test(answer)
  } catch (error) {
    if (error instanceof Failure && error.code === 'input-needed') return false
    throw error
  }
}

const patience = 20_000

/** A new key takes a few seconds until all of AWS knows it. */
async function untilKnown(cli: Cli, host: NodeHost, profile: string): Promise<void> {
  const { spec } = userProfile(cli.env, profile)
  if (spec.kind !== 'mfa-session') return
  const key = await readKey(host.vault, spec.base.accessKeyId)
  const end = host.now().getTime() + patience
  await until(
    () =>
      callerIdentity(host, key, spec.sts).catch((error: unknown) => {
        if (host.now().getTime() < end && error instanceof Failure && error.code !== 'network') return undefined
        throw error
      }),
    { message: 'All is done but MFA.', hint: `To do that later: mayfly mfa enroll ${profile}` },
  )
}
