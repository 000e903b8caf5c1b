import type { Answer, Call } from '../../service.ts'
import { answerGrant, waitingGrant } from '../oidc/device-grants.ts'
import { stateOf } from '../state.ts'
import { type Browser, readForm } from './browser.ts'
import { consentForm } from './consent.ts'
import { html, page } from './html.ts'
import { signInPage } from './sign-in.ts'

/** Where a person types the code that a program without a browser shows them (RFC 8628, section 3.3). */
export function devicePage(call: Call, browser: Browser): Answer {
  const { person } = browser
  if (!person) return signInPage(call, browser)
  const typed = call.query.find(([name]) => name === 'user_code')?.[1]
  if (typed === undefined || typed === '') return entryPage(browser)
  const grant = waitingGrant(call.cloud, call.at, typed)
  const client = grant && stateOf(call.cloud).clients.get(grant.clientId)
  if (!grant || !client) return entryPage(browser, typed.slice(0, 32))
  const note = html`<p>Your code is <code>${grant.userCode}</code>. Go on only if the program shows you the same one.</p>`
  const body = consentForm({ browser, person, client, action: '/device', hidden: { user_code: grant.userCode }, note })
  return page('Authorization requested', body)
}

function entryPage(browser: Browser, wrong?: string): Answer {
  const body = html`
${wrong === undefined ? undefined : html`<p role="alert">No program waits for the code ${wrong}. Codes work once, for ten minutes.</p>`}
<form method="get" action="/device">
<label for="code">Code</label>
<input id="code" name="user_code" autocomplete="off" autocapitalize="characters" spellcheck="false" autofocus required maxlength="16" placeholder="ABCD-EFGH">
<button>Go on</button>
</form>`
  return page('Enter the code your program shows', body, {
    ...(wrong === undefined ? {} : { status: 404 }),
    ...(browser.cookie === undefined ? {} : { cookie: browser.cookie }),
  })
}

/** Takes the person's yes or no. */
export async function deviceForm(call: Call, browser: Browser): Promise<Answer> {
  const form = await readForm(call)
  if (!browser.person) return signInPage(call, browser)
  const typed = form.get('user_code') ?? ''
  const grant = waitingGrant(call.cloud, call.at, typed)
  if (!grant) return entryPage(browser, typed.slice(0, 32))
  const isAllowed = form.get('decision') === 'allow'
  answerGrant(call.cloud, call.at, grant, isAllowed ? browser.person : undefined)
  return isAllowed
    ? page('Request approved', html`<p>You can close this page and go back to the program.</p>`)
    : page('Request denied', html`<p>The program was told. You can close this page.</p>`)
}
