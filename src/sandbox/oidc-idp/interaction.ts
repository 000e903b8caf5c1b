import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Provider } from 'oidc-provider'
import { readWhole } from '../body.ts'
import type { Cloud } from '../cloud.ts'
import { continuePage, pageHeaders, plainPage, signInPage } from './pages.ts'
import { personSigningIn } from './people.ts'

const mostForm = 8192

/** The page between a program's question and its answer: who signs in, or that they go on. The cookie says which login. */
export async function interact(
  cloud: Cloud,
  provider: Provider,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  let login: Awaited<ReturnType<Provider['interactionDetails']>>
  try {
    login = await provider.interactionDetails(request, response)
  } catch {
    return show(
      response,
      400,
      plainPage('Sign in', 'This sign-in is over, or was begun in another browser. Begin anew.'),
    )
  }
  const action = request.url ?? ''
  const client = String(login.params.client_id)
  const known = login.prompt.name === 'login' ? undefined : login.session?.accountId
  if (request.method === 'GET')
    return show(
      response,
      200,
      known === undefined ? signInPage(action, hintIn(login.params)) : continuePage(action, known, client),
    )
  if (request.method !== 'POST') return show(response, 405, plainPage('Sign in', 'There is nothing of that kind here.'))
  const form = new URLSearchParams(Buffer.from(await readWhole(request, mostForm)).toString('utf8'))
  const name = form.get('name') ?? ''
  const accountId = known ?? personSigningIn(cloud, name, form.get('password') ?? '')?.name
  if (accountId === undefined)
    return show(response, 401, signInPage(action, name, 'The name or the password is wrong.'))
  const grant = new provider.Grant({ accountId, clientId: client })
  grant.addOIDCScope(String(login.params.scope ?? 'openid'))
  const grantId = await grant.save()
  const result = { ...(known === undefined ? { login: { accountId, amr: ['pwd'] } } : {}), consent: { grantId } }
  await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false })
}

const hintIn = ({ login_hint: hint }: Readonly<Record<string, unknown>>): string =>
  typeof hint === 'string' ? hint : ''

function show(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, pageHeaders)
  response.end(body)
}
