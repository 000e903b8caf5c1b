import { Failure } from '../../model/failure.ts'
import type { ContainerSpec, EnvironmentKeySpec, EnvironmentSpec, ImdsSpec } from '../../model/source-spec.ts'
import { containerSpec } from '../../sources/container-address.ts'
import { environmentSpec } from '../../sources/environment-spec.ts'
import { placeText, shown } from '../parse.ts'
import type { Profile } from '../read.ts'
import type { Way, WayContext } from './way.ts'

type AmbientSpec = EnvironmentSpec | EnvironmentKeySpec | ContainerSpec | ImdsSpec

/**
 * The credentials that are at hand where Mayfly runs: `mayfly_source` is `environment`, `container` or `imds`. A role
 * profile's `credential_source` means the same beneath its role.
 */
export const ambientWay: Way = {
  keys: ['mayfly_source'],
  read: (profile, context) => {
    const entry = profile.entries.get('mayfly_source')
    const at = placeText(entry?.at ?? profile.at)
    if (profile.entries.has('role_arn'))
      throw new Failure('config-invalid', `${at}: ${shown(profile.name)} has both role_arn and mayfly_source.`, {
        hint: `To assume the role from there, write credential_source = ${credentialSourceOf(entry?.value)} instead.`,
      })
    const read = Object.hasOwn(readers, entry?.value ?? '') ? readers[entry?.value ?? ''] : undefined
    const spec = read?.(profile, context)
    if (spec) return spec
    if (read)
      throw new Failure('profile-incomplete', `${at}: ${lacking[entry?.value ?? '']}`, {
        hint: 'Run Mayfly where they are set, or give the profile another source.',
        tryNext: true,
      })
    throw new Failure('config-invalid', `${at}: mayfly_source = ${shown(entry?.value ?? '')} is not a source.`, {
      hint: `Use ${Object.keys(readers).join(', ')}.`,
    })
  },
}

/** What `credential_source` calls the same sources. */
export const credentialSources: ReadonlyMap<string, string> = new Map([
  ['Environment', 'environment'],
  ['Ec2InstanceMetadata', 'imds'],
  ['EcsContainer', 'container'],
])

const credentialSourceOf = (source = ''): string =>
  [...credentialSources].find(([, own]) => own === source)?.[0] ?? [...credentialSources.keys()].join(' or ')

type Reader = (profile: Profile, context: WayContext) => AmbientSpec | undefined

const readers: Readonly<Record<string, Reader>> = {
  environment: (_, { env }) => environmentSpec((name) => env[name] || undefined),
  container: (_, { env }) => containerSpec((name) => env[name] || undefined),
  imds: imdsSpec,
}

const lacking: Readonly<Record<string, string>> = {
  environment: 'there are no AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the environment.',
  container:
    'the environment has neither AWS_CONTAINER_CREDENTIALS_RELATIVE_URI nor AWS_CONTAINER_CREDENTIALS_FULL_URI.',
}

const addresses: Readonly<Record<string, string>> = {
  ipv4: 'http://169.254.169.254',
  ipv6: 'http://[fd00:ec2::254]',
}

/** Where the metadata service is and whether its version 1 will do, from the variables and keys that all SDKs read. */
function imdsSpec(profile: Profile, { env }: WayContext): ImdsSpec {
  const setting = (variable: string, key: string): string | undefined =>
    env[variable] || profile.entries.get(key)?.value || undefined
  const mode = setting('AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE', 'ec2_metadata_service_endpoint_mode') ?? 'ipv4'
  const endpoint =
    setting('AWS_EC2_METADATA_SERVICE_ENDPOINT', 'ec2_metadata_service_endpoint') ?? addresses[mode.toLowerCase()]
  const url = endpoint === undefined ? null : URL.parse(endpoint)
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password || url.search || url.hash)
    throw new Failure(
      'config-invalid',
      'The endpoint of the instance metadata service is not an http or https address.',
      {
        hint: 'Check AWS_EC2_METADATA_SERVICE_ENDPOINT and AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE (IPv4 or IPv6).',
      },
    )
  const v1Disabled = setting('AWS_EC2_METADATA_V1_DISABLED', 'ec2_metadata_v1_disabled')?.toLowerCase() === 'true'
  return { kind: 'imds', endpoint: url.href.replace(/\/+$/, ''), ...(v1Disabled ? { v1Disabled } : {}) }
}
