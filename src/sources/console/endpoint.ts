import { Failure } from '../../model/failure.ts'
import type { Target } from '../../model/source-spec.ts'

/** The partitions' own domains of the console and its sign-in; all others are AWS's first. */
const domains = [
  ['cn-', 'signin.amazonaws.cn', 'console.amazonaws.cn'],
  ['us-gov-', 'signin.amazonaws-us-gov.com', 'console.amazonaws-us-gov.com'],
  ['eusc-', 'signin.amazonaws-eusc.eu', 'console.amazonaws-eusc.eu'],
] as const

const partitionOf = (region: string): (typeof domains)[number] | undefined =>
  domains.find(([prefix]) => region.startsWith(prefix))

/** Where people sign in, in a region, without a slash at its end. Throws a `Failure`: `config-invalid`. */
export function signinEndpoint({ region, endpoint }: Target): string {
  if (!/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(region))
    throw new Failure('config-invalid', `${JSON.stringify(region)} is not an AWS region.`, {
      hint: 'Set region in the profile, for example region = eu-central-1',
    })
  if (endpoint === undefined) return `https://${region}.${partitionOf(region)?.[1] ?? 'signin.aws.amazon.com'}`
  const url = URL.parse(endpoint)
  if (url && /^https?:$/.test(url.protocol) && !url.username && !url.password && !url.search && !url.hash)
    return url.href.replace(/\/+$/, '')
  throw new Failure('config-invalid', 'The endpoint of AWS Sign-In is not an http or https URL without a query.', {
    hint: 'Check endpoint_url, AWS_ENDPOINT_URL and AWS_ENDPOINT_URL_SIGNIN.',
  })
}

/** The host of a region's console. */
export const consoleHost = (region: string): string => {
  const own = partitionOf(region)?.[2]
  return own ?? `${region}.console.aws.amazon.com`
}

/** Whether an address is a page of the console, in the partition of a region. */
export function isConsolePage(address: string, region: string): boolean {
  const url = URL.parse(address)
  const domain = partitionOf(region)?.[2] ?? 'console.aws.amazon.com'
  if (url?.protocol !== 'https:' || url.username || url.password || url.port) return false
  return url.hostname === domain || url.hostname.endsWith(`.${domain}`)
}
