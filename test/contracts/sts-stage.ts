import { randomBytes } from 'node:crypto'
import type { Host } from '../../src/host/host.ts'
import { memoryVault } from '../../src/host/vaults/memory.ts'
import type { Vault } from '../../src/host/vaults/vault.ts'
import type { MfaSpec, StoredKeySpec, Target } from '../../src/model/source-spec.ts'
import { keyOf } from '../../src/sandbox/cloud.ts'
import { type Sandbox, startSandbox } from '../../src/sandbox/index.ts'
import { stepAt, totpAt } from '../../src/sandbox/mfa.ts'
import { storeKey } from '../../src/sources/stored-keys.ts'
import { closedHost } from './closed-host.ts'

/** A sandbox with a user who has a key in the vault and an MFA device, roles to assume, and one clock for all. */
export interface StsStage {
  readonly sandbox: Sandbox
  readonly vault: Vault
  readonly key: StoredKeySpec
  readonly secret: string
  readonly mfa: MfaSpec
  readonly sts: Target
  readonly role: (name: 'reader' | 'deployer') => string
  /** The STS actions that were called. */
  readonly calls: URLSearchParams[]
  /** The questions that were asked. */
  readonly asked: string[]
  readonly advance: (seconds: number) => void
  /** The outside as one process has it. All of them share the vault and the locks. */
  readonly process: (change?: Partial<Host>) => Host
}

const seed = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP'

export async function stsStage(): Promise<StsStage> {
  let at = Date.parse('2026-11-21T10:00:00Z')
  const now = () => new Date(at)
  const sandbox = await startSandbox({ now, randomBytes })
  const { accountId, accessKeyId, secretAccessKey, cloud, endpoint, region } = sandbox
  const createdAt = now().toISOString()
  const device = {
    accountId,
    name: 'ann',
    path: '/',
    seed,
    createdAt,
    userName: 'admin',
    enabledAt: createdAt,
    tags: {},
  }
  const serial = `arn:aws:iam::${accountId}:mfa/ann`
  cloud.mfaDevices.put(serial, { ...device, serial })
  const role = (name: string) => `arn:aws:iam::${accountId}:role/${name}`
  for (const name of ['reader', 'deployer'])
    cloud.roles.put(keyOf(accountId, name), {
      ...{ accountId, name, path: '/', id: `AROARTX3GSDSQ${name.toUpperCase()}`, arn: role(name), createdAt, tags: {} },
      ...{ inline: {}, attached: ['arn:aws:iam::aws:policy/AdministratorAccess'], maxSessionDuration: 43_200 },
      trust: JSON.stringify({
        Version: '2012-10-17',
        Statement: [
          {
            Effect: 'Allow',
            Principal: { AWS: accountId },
            Action: ['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity'],
          },
        ],
      }),
    })
  const vault = memoryVault()
  await storeKey(vault, { accessKeyId, secretAccessKey }, { importedAt: now() })
  const calls: URLSearchParams[] = []
  const asked: string[] = []
  const exclusively = queues()
  const host: Host = {
    ...closedHost,
    now,
    vault,
    exclusively,
    async fetch(request) {
      calls.push(new URLSearchParams(await request.clone().text()))
      return fetch(request)
    },
    async ask({ text }) {
      asked.push(text)
      return totpAt(seed, stepAt(now()))
    },
  }
  return {
    ...{ sandbox, vault, calls, asked, role },
    key: { kind: 'stored-key', accessKeyId },
    secret: secretAccessKey,
    mfa: { serial },
    sts: { region, endpoint },
    advance: (seconds) => {
      at += seconds * 1000
    },
    process: (change = {}) => ({ ...host, ...change }),
  }
}

/** Locks that last as long as the process. */
export function queues(): Host['exclusively'] {
  const tails = new Map<string, Promise<unknown>>()
  return (name, work) => {
    const mine = (tails.get(name) ?? Promise.resolve()).then(work, work)
    tails.set(name, mine)
    return mine
  }
}
