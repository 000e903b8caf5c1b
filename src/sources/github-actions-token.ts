import type { Host } from '../host/host.ts'
import { Failure } from '../model/failure.ts'
import { readJson } from './read-json.ts'

/**
 * A token for this job of GitHub Actions: what the runner answers at ACTIONS_ID_TOKEN_REQUEST_URL. Throws a `Failure`
 * (`config-invalid`) outside of a job, or in one without `permissions: id-token: write`. See "OpenID Connect reference"
 * in GitHub's documentation.
 */
export async function gitHubActionsToken(host: Host, audience: string): Promise<string> {
  const address = URL.parse(host.variable('ACTIONS_ID_TOKEN_REQUEST_URL') ?? '')
  const bearer = host.variable('ACTIONS_ID_TOKEN_REQUEST_TOKEN')
  if (!address || !bearer)
    throw new Failure('config-invalid', 'This is no job of GitHub Actions that may ask for a token.', {
      hint: 'Give the job, or the workflow, `permissions: id-token: write`.',
    })
  const isHere = /^(?:127\.0\.0\.1|localhost|\[::1\])$/.test(address.hostname)
  if (address.protocol !== 'https:' && !(isHere && address.protocol === 'http:'))
    throw new Failure('config-invalid', 'ACTIONS_ID_TOKEN_REQUEST_URL is not an https address.')
  address.searchParams.set('audience', audience)
  const headers = { Authorization: `Bearer ${bearer}`, Accept: 'application/json' }
  const answer = await host.fetch(new Request(address, { headers, redirect: 'manual' }))
  const { value } = await readJson(answer)
  if (answer.ok && typeof value === 'string') return value
  throw new Failure('network', `GitHub Actions gave no token (HTTP ${answer.status}).`, {
    hint: 'Run the job again; if that does not help, check its permissions (id-token: write).',
  })
}
