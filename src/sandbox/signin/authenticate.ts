import { type Cloud, keyOf, type MfaDevice, type User } from '../cloud.ts'
import { isPassword } from '../iam/password.ts'
import { digestOf } from '../identity-center/state.ts'
import { acceptCode } from '../mfa.ts'
import type { Call } from '../service.ts'
import { userIdentity } from './identity.ts'
import { type Identity, stateOf } from './state.ts'

/** What a person typed. */
export interface Typed {
  readonly account: string
  readonly user: string
  readonly password: string
}

/** Whoever proved to be somebody; or why not, for the page. */
export type Proven = { readonly identity: Identity; readonly awaitsCode: boolean } | { readonly problem: string }

const mostFailures = 5
const pauseMs = 5 * 60_000
const wrong = 'Your authentication information is incorrect. Please try again.'
const tooMany = 'Too many failed attempts to sign in as this user. Wait five minutes.'

/**
 * Checks a password, in the same time and with the same answer whether or not there is such a user. After five failures
 * the user waits for five minutes, also those who do not exist.
 */
export async function checkPassword(call: Pick<Call, 'cloud' | 'at'>, typed: Typed): Promise<Proven> {
  const { cloud } = call
  const account = accountNamed(cloud, typed.account)
  const id = keyOf(account ?? typed.account.slice(0, 64), typed.user.slice(0, 64))
  if (isPaused(call, id)) return { problem: tooMany }
  // Counted before the slow part, so that many guesses at once are counted, too.
  noteFailure(call, id)
  const before = account === undefined ? undefined : cloud.users.get(keyOf(account, typed.user))
  const nobody = 'scrypt$16384$8$1$AAAAAAAAAAAAAAAAAAAAAA==$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA='
  const isRight = await isPassword(typed.password.slice(0, 128), before?.login?.passwordHash ?? nobody)
  const user = before && cloud.users.get(keyOf(before.accountId, before.name))
  if (!isRight || user?.login === undefined || user.login.passwordHash !== before?.login?.passwordHash)
    return { problem: wrong }
  if (user.login.resetRequired)
    return { problem: 'This password has to be changed first: iam UpdateLoginProfile or ChangePassword.' }
  const awaitsCode = devicesOf(cloud, user).length > 0
  // Without this, whoever has the password could guess codes for ever.
  if (!awaitsCode) forgiveFailures(call, id)
  return { identity: userIdentity(user), awaitsCode }
}

/** Checks the code of one of the user's devices. */
export function checkCode(call: Pick<Call, 'cloud' | 'at'>, identity: Identity, code: string): Proven {
  const { cloud, at } = call
  const user = cloud.users.get(keyOf(identity.accountId, identity.issuer.name))
  if (user?.id !== identity.issuer.id || user.login === undefined) return { problem: wrong }
  if (identity.passwordDigest !== digestOf(user.login.passwordHash)) return { problem: wrong }
  const id = keyOf(user.accountId, user.name)
  if (isPaused(call, id)) return { problem: tooMany }
  noteFailure(call, id)
  if (!devicesOf(cloud, user).some((device) => acceptCode(cloud, device, code, at)))
    return { problem: 'The code is not one that the device shows now, or it was used before.' }
  forgiveFailures(call, id)
  return { identity: userIdentity(user, at), awaitsCode: false }
}

/** By its id or its alias. */
const accountNamed = ({ accounts }: Cloud, name: string): string | undefined =>
  [...accounts.values()].find(({ id, alias }) => id === name.replaceAll('-', '') || alias === name)?.id

const devicesOf = ({ mfaDevices }: Cloud, user: User): readonly MfaDevice[] =>
  [...mfaDevices.values()].filter(
    ({ accountId, userName, enabledAt }) =>
      accountId === user.accountId && userName === user.name && enabledAt !== undefined,
  )

const age = (since: string, at: Date): number => at.getTime() - new Date(since).getTime()

function isPaused({ cloud, at }: Pick<Call, 'cloud' | 'at'>, id: string): boolean {
  const known = stateOf(cloud).failures.get(id)
  return known !== undefined && known.count >= mostFailures && age(known.since, at) < pauseMs
}

function noteFailure({ cloud, at }: Pick<Call, 'cloud' | 'at'>, id: string): void {
  const { failures } = stateOf(cloud)
  const known = failures.get(id)
  const isOld = known === undefined || age(known.since, at) >= pauseMs
  failures.put(id, isOld ? { id, count: 1, since: at.toISOString() } : { ...known, count: known.count + 1 })
  if (failures.size > 10_000) for (const key of staleKeys(cloud, at)) failures.delete(key)
}

/** Names of nobody must not fill the memory. */
function staleKeys(cloud: Cloud, at: Date): string[] {
  return [...stateOf(cloud).failures.values()].filter(({ since }) => age(since, at) >= pauseMs).map(({ id }) => id)
}

const forgiveFailures = ({ cloud }: Pick<Call, 'cloud' | 'at'>, id: string): boolean =>
  stateOf(cloud).failures.delete(id)
