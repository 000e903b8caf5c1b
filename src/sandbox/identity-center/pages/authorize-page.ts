import type { Answer, Call } from '../../service.ts'
import { answerAuthorization, readAuthorization } from '../oidc/code-grants.ts'
import { type Browser, readForm } from './browser.ts'
import { consentForm } from './consent.ts'
import { html, page, redirect } from './html.ts'
import { signInPage } from './sign-in.ts'

/** Where a program sends the person's browser to sign in: the authorization endpoint. */
export function authorizePage(call: Call, browser: Browser): Answer {
  const asked = readAuthorization(
    call.cloud,
    call.at,
    new URLSearchParams(call.query.map(([name, value]) => [name, value])),
  )
  if ('page' in asked) return refusal(asked.page)
  if ('redirect' in asked) return redirect(asked.redirect)
  const { person } = browser
  if (!person) return signInPage(call, browser)
  const formTarget = new URL(asked.redirectUri).origin
  const body = consentForm({ browser, person, client: asked.client, action: call.request.target })
  return page('Authorization requested', body, { formTarget })
}

/** Takes the person's yes or no back to the program. What was asked is read anew from the address. */
export async function authorizeForm(call: Call, browser: Browser): Promise<Answer> {
  const form = await readForm(call)
  const asked = readAuthorization(
    call.cloud,
    call.at,
    new URLSearchParams(call.query.map(([name, value]) => [name, value])),
  )
  if ('page' in asked) return refusal(asked.page)
  if ('redirect' in asked) return redirect(asked.redirect)
  if (!browser.person) return signInPage(call, browser)
  const person = form.get('decision') === 'allow' ? browser.person : undefined
  return redirect(answerAuthorization(call.cloud, call.at, asked, person))
}

const refusal = (because: string): Answer =>
  page('This request cannot be answered', html`<p role="alert">${because}</p>`, { status: 400 })
