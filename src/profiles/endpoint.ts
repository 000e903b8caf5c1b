import { Failure } from '../model/failure.ts'
import type { Environment } from './locate.ts'
import { placeText, shown } from './parse.ts'
import type { Profile, Profiles } from './read.ts'

/**
 * Where a profile's calls to a service go, in botocore's order: AWS_ENDPOINT_URL_<ID>, AWS_ENDPOINT_URL, the
 * `services` block, the profile's `endpoint_url`; undefined is AWS itself. `service` is the id, `sts`; leave it out for
 * what every service shares.
 */
export function endpointFor(
  profile: Profile,
  profiles: Profiles,
  env: Environment,
  service?: string,
): string | undefined {
  const ignored =
    env.AWS_IGNORE_CONFIGURED_ENDPOINT_URLS ?? profile.entries.get('ignore_configured_endpoint_urls')?.value
  if (ignored?.toLowerCase() === 'true') return undefined
  const id = service?.toUpperCase().replaceAll(/[ -]/g, '_')
  const own = id === undefined ? undefined : env[`AWS_ENDPOINT_URL_${id}`]
  if (own) return checked(own, `AWS_ENDPOINT_URL_${id}`)
  if (env.AWS_ENDPOINT_URL) return checked(env.AWS_ENDPOINT_URL, 'AWS_ENDPOINT_URL')
  const block = profile.entries.get('services')
  if (block && service !== undefined) {
    const services = profiles.services.get(block.value)
    if (!services?.size)
      throw new Failure(
        'config-invalid',
        `${placeText(block.at)}: there is no [services ${shown(block.value)}], or nothing in it.`,
        {
          hint: 'Add that section, or remove the line.',
        },
      )
    const url = services.get(service.toLowerCase().replaceAll(/[ -]/g, '_'))?.get('endpoint_url')
    if (url) return checked(url, `${placeText(block.at)}: [services ${shown(block.value)}]`)
  }
  const entry = profile.entries.get('endpoint_url')
  return entry?.value ? checked(entry.value, placeText(entry.at)) : undefined
}

/**
 * The endpoints the profile's `services` block has for single services, as the variables every SDK reads them from
 * (AWS_ENDPOINT_URL_S3); none where AWS_ENDPOINT_URL, which counts before the block, is set.
 */
export function endpointVariables(
  profile: Profile,
  profiles: Profiles,
  env: Environment,
): Readonly<Record<string, string>> {
  const block = profile.entries.get('services')
  if (!block || env.AWS_ENDPOINT_URL) return {}
  const variables: Record<string, string> = {}
  for (const service of profiles.services.get(block.value)?.keys() ?? []) {
    const url = endpointFor(profile, profiles, env, service)
    if (url && /^[a-z0-9_]+$/.test(service)) variables[`AWS_ENDPOINT_URL_${service.toUpperCase()}`] = url
  }
  return variables
}

const loopback = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/

/** Requests carry session tokens: what leaves the machine must be encrypted. The address may hold a password: not shown. */
function checked(text: string, from: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url || !['http:', 'https:'].includes(url.protocol) || url.username || url.password || url.search || url.hash)
    throw new Failure('config-invalid', `${from}: the endpoint is not a plain http(s) address.`, {
      hint: 'It looks like https://sts.eu-central-1.amazonaws.com, without user, query or fragment.',
    })
  if (url.protocol === 'http:' && !loopback.test(url.hostname))
    throw new Failure(
      'config-invalid',
      `${from}: the endpoint on ${shown(url.hostname)} is not encrypted and not on this machine.`,
      { hint: 'Use https, or an address of this machine such as http://127.0.0.1:4566.' },
    )
  let end = text.length
  while (text.charAt(end - 1) === '/') end--
  return text.slice(0, end)
}
