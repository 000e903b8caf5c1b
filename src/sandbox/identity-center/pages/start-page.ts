import type { Answer, Call } from '../../service.ts'
import { accessOf, accountName, accountsIn } from '../access.ts'
import { instanceOf } from '../state.ts'
import type { Browser } from './browser.ts'
import { html, page } from './html.ts'
import { signInPage } from './sign-in.ts'

/** The access portal: which accounts and roles a person may use, and how a program gets at them. */
export function startPage(call: Call, browser: Browser): Answer {
  const { person } = browser
  if (!person) return signInPage(call, browser)
  const access = accessOf(call.cloud, person)
  const accounts = accountsIn(access).map((id) => {
    const roles = access.filter(({ accountId }) => accountId === id).map(({ set }) => html`<li>${set.name}</li>`)
    return html`<h2>${accountName(call.cloud, id)} <small>${id}</small></h2>
<ul>${roles}</ul>`
  })
  const body = html`
<p>Signed in as <strong>${person.userName}</strong>.</p>
${accounts.length > 0 ? accounts : html`<p>Nothing is assigned to you yet.</p>`}
<p>The start URL is <code>${call.endpoint}/start</code>; for AWS CLIs that take none but AWS's own it is also
<code>https://${instanceOf(call.cloud).identityStoreId}.awsapps.com/start</code>.</p>
<form method="post" action="/sign-out">
<input type="hidden" name="form_token" value="${browser.formToken}">
<button>Sign out</button>
</form>`
  return page('Your accounts', body)
}
