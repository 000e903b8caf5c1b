import { createHash } from 'node:crypto'
import type { Vault } from '../../host/vaults/vault.ts'
import { Failure } from '../../model/failure.ts'

/** A person's sign-in to a broker, as it rests in the vault. */
export interface BrokerLogin {
  /** The broker's address. */
  readonly broker: string
  readonly token: string
  readonly expiresAt: Date
  /** Who signed in, as the broker calls them. */
  readonly principal: { readonly id: string; readonly name: string }
}

const prefix = 'broker-login/'
const version = 1

const nameOf = (broker: string): string => prefix + createHash('sha256').update(broker).digest('hex')

/** The sign-in to a broker, over or not; undefined without one. */
export const readLogin = async (vault: Vault, broker: string): Promise<BrokerLogin | undefined> => {
  const login = parse(await vault.get(nameOf(broker)))
  return login?.broker === broker ? login : undefined
}

/** The sign-ins of all brokers, over or not, by address. */
export async function listLogins(vault: Vault): Promise<readonly BrokerLogin[]> {
  const texts = await Promise.all((await vault.list(prefix)).map((name) => vault.get(name)))
  return texts.flatMap((text) => parse(text) ?? []).sort((one, other) => (one.broker < other.broker ? -1 : 1))
}

export const keepLogin = (vault: Vault, login: BrokerLogin): Promise<void> =>
  vault.put(nameOf(login.broker), JSON.stringify({ version, ...login }))

export const forgetLogin = (vault: Vault, broker: string): Promise<void> => vault.delete(nameOf(broker))

/** What is said when a person must sign in to a broker. */
export const loginNeeded = (broker: string, because = 'nobody is signed in'): Failure =>
  new Failure('login-needed', `${broker}: ${because}.`, { hint: `mayfly login --broker ${broker}` })

function parse(text: string | undefined): BrokerLogin | undefined {
  try {
    const { version: written, broker, token, expiresAt, principal } = JSON.parse(text ?? '{}')
    const end = new Date(expiresAt)
    const isLogin =
      written === version && [broker, token, principal?.id, principal?.name].every((one) => typeof one === 'string')
    if (!isLogin || Number.isNaN(end.getTime())) return undefined
    return { broker, token, expiresAt: end, principal: { id: principal.id, name: principal.name } }
  } catch {
    return undefined
  }
}
