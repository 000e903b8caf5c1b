import type { NodeHost } from '../../host/node-host.ts'
import { Failure } from '../../model/failure.ts'
import type { SigningKey } from '../../model/signing-key.ts'
import { endpointFor } from '../../profiles/endpoint.ts'
import type { Profile } from '../../profiles/read.ts'
import { defaultProfile, type ResolvedProfile } from '../../profiles/resolve.ts'
import { callerIdentity } from '../../sources/caller-identity.ts'
import { readKey } from '../../sources/stored-keys.ts'
import { type Asking, askingInShell } from '../asking.ts'
import type { Cli } from '../cli.ts'
import { userProfile, userProfiles } from '../profile.ts'

/** Who sets others up: their credentials, and where their calls go. */
export interface Administrator {
  readonly account: string
  readonly arn: string
  readonly region: string
  /** The profile they are; undefined for the credentials of the shell. */
  readonly profile?: string
  /** What a client of the AWS SDK is made with; `service` is the id, as in `secrets manager`. */
  readonly clientOf: (service: string) => ClientConfig
  /** The lines of their profile that lead its calls elsewhere than to AWS: whom they set up has to go there, too. */
  readonly addressing: Readonly<Record<string, string>>
}

interface ClientConfig {
  readonly region: string
  readonly credentials: SigningKey
  readonly endpoint?: string
  readonly requestHandler: typeof patience
}

/** An SDK waits for ever unless it is told: for a connection and for an answer, in milliseconds. */
export const patience = { connectionTimeout: 10_000, requestTimeout: 20_000, throwOnRequestTimeout: true } as const

/**
 * The administrator: the profile named, else the credentials of the shell, else the profile the environment names. A
 * key without an MFA device signs itself, for IAM takes no sessions without MFA. Throws a `Failure` with AWS's reason,
 * and `usage` where nothing says which region.
 */
export async function administrator(
  cli: Cli,
  host: NodeHost,
  options: { readonly profile?: string; readonly region?: string },
): Promise<Administrator> {
  const { env } = cli
  const isShell = options.profile === undefined && env.AWS_ACCESS_KEY_ID !== undefined
  const name = options.profile ?? defaultProfile(env)
  const resolved = isShell ? undefined : userProfile(env, name)
  const asking = resolved ? await askingAs(resolved, host) : askingInShell(env)
  const region = options.region ?? resolved?.region ?? (env.AWS_REGION || env.AWS_DEFAULT_REGION)
  if (!region || !/^[a-z]{2}(?:-[a-z]+)+-\d$/.test(region))
    throw new Failure('usage', region ? `${region} is not a region.` : 'In which region?', {
      hint: 'IAM is the same in all regions, but a stack lives in one: --region eu-central-1',
    })
  const { account, arn } = await callerIdentity(host, asking.key, asking.sts)
  const profiles = userProfiles(env)
  const section: Profile = (isShell ? undefined : profiles.profiles.get(name)) ?? nothing
  const { accessKeyId, secretAccessKey, sessionToken } = asking.key
  return {
    ...{ account, arn, region },
    ...(isShell ? {} : { profile: name }),
    clientOf: (service) => {
      const endpoint = endpointFor(section, profiles, env, service)
      const credentials = { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) }
      return { region, credentials, requestHandler: patience, ...(endpoint === undefined ? {} : { endpoint }) }
    },
    addressing: Object.fromEntries(
      ['endpoint_url', 'services'].flatMap((key) => {
        const value = section.entries.get(key)?.value
        return value ? [[key, value]] : []
      }),
    ),
  }
}

const nothing: Profile = { name: '', at: { file: '', line: 0 }, entries: new Map() }

async function askingAs({ spec, sts }: ResolvedProfile, host: NodeHost): Promise<Asking> {
  if (spec.kind === 'mfa-session' && !spec.mfa) return { key: await readKey(host.vault, spec.base.accessKeyId), sts }
  const { open } = await import('../../sources/index.ts')
  return { key: await open(spec, host)(), sts }
}
