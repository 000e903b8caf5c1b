import { Failure } from '../model/failure.ts'
import type { Target } from '../model/source-spec.ts'

/** Where STS answers for a target, and the region its signatures are made for. Throws a `Failure`: `config-invalid`. */
export function stsEndpoint({ region, endpoint }: Target): { readonly url: URL; readonly region: string } {
  if (!/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(region))
    throw new Failure('config-invalid', `${JSON.stringify(region)} is not an AWS region.`, {
      hint: 'Set region in the profile, for example region = eu-central-1',
    })
  const signed = region === 'aws-global' ? 'us-east-1' : region
  if (endpoint === undefined) {
    const host = region === 'aws-global' ? 'sts' : `sts.${region}`
    return { url: new URL(`https://${host}.${dnsSuffix(region)}/`), region: signed }
  }
  const url = URL.parse(endpoint)
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password || url.search || url.hash)
    throw new Failure('config-invalid', 'The endpoint of STS is not an http or https URL without a query or a user.', {
      hint: 'Check endpoint_url in the profile, AWS_ENDPOINT_URL and AWS_ENDPOINT_URL_STS.',
    })
  return { url, region: signed }
}

/** What the names of AWS's hosts end in, in the partition of a region. */
export const dnsSuffix = (region: string): string =>
  suffixes.find(([prefix]) => region.startsWith(prefix))?.[1] ?? 'amazonaws.com'

/** The DNS suffixes of the partitions that have their own. */
const suffixes = [
  ['cn-', 'amazonaws.com.cn'],
  ['eusc-', 'amazonaws.eu'],
  ['us-isob-', 'sc2s.sgov.gov'],
  ['us-isof-', 'csp.hci.ic.gov'],
  ['us-iso-', 'c2s.ic.gov'],
  ['eu-isoe-', 'cloud.adc-e.uk'],
] as const
