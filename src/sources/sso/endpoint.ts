import { Failure } from '../../model/failure.ts'
import type { Target } from '../../model/source-spec.ts'
import { dnsSuffix } from '../sts-endpoint.ts'

/** The base of what a service of Identity Center answers at, without a slash at its end. */
export function ssoEndpoint(service: 'oidc' | 'portal.sso', { region, endpoint }: Target): string {
  if (!/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(region))
    throw new Failure('config-invalid', `${JSON.stringify(region)} is not an AWS region.`, {
      hint: 'Set sso_region, for example sso_region = eu-central-1',
    })
  if (endpoint === undefined) return `https://${service}.${region}.${dnsSuffix(region)}`
  const url = URL.parse(endpoint)
  if (url && /^https?:$/.test(url.protocol) && !url.username && !url.password && !url.search && !url.hash)
    return url.href.replace(/\/+$/, '')
  throw new Failure('config-invalid', 'The endpoint of Identity Center is not an http or https URL without a query.', {
    hint: 'Check endpoint_url, AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_SSO and AWS_ENDPOINT_URL_SSO_OIDC.',
  })
}
