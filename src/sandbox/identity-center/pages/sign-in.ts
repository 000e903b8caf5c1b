import type { Answer, Call } from '../../service.ts'
import { personNamed } from '../access.ts'
import { stateOf } from '../state.ts'
import { type Browser, readForm, signIn, signOut } from './browser.ts'
import { html, page, redirect } from './html.ts'

/** The page that asks who one is before it shows what was asked for. */
export function signInPage(call: Call, browser: Browser, unknown?: string): Answer {
  const next = call.request.method === 'GET' ? call.request.target : '/start'
  return signInPageFor(call, browser, next, unknown)
}

function signInPageFor(call: Call, browser: Browser, next: string, unknown?: string): Answer {
  const nobody = stateOf(call.cloud).people.size === 0
  const body = html`
${unknown === undefined ? undefined : html`<p role="alert">There is no user ${unknown}.</p>`}
${nobody ? html`<p role="alert">There are no users yet. Make some with <code>aws identitystore create-user</code>, or with PUT /_mayfly/identity-center/sample.</p>` : undefined}
<form method="post" action="/sign-in">
<input type="hidden" name="form_token" value="${browser.formToken}">
<input type="hidden" name="next" value="${next}">
<label for="user">User name</label>
<input id="user" name="user" autocomplete="username" autofocus required maxlength="128">
<button>Sign in</button>
</form>
<p>The sandbox asks for no password: whoever can reach it is whom they say.</p>`
  return page('Sign in', body, {
    ...(unknown === undefined ? {} : { status: 401 }),
    ...(browser.cookie === undefined ? {} : { cookie: browser.cookie }),
  })
}

/** Signs in, and goes on to where one was going. */
export async function signInForm(call: Call, browser: Browser): Promise<Answer> {
  const form = await readForm(call)
  const userName = (form.get('user') ?? '').trim()
  const next = ownPath(form.get('next') ?? '')
  const person = personNamed(call.cloud, userName)
  if (!person) return signInPageFor(call, browser, next, userName.slice(0, 128))
  return redirect(next, signIn(call, person))
}

export async function signOutForm(call: Call): Promise<Answer> {
  await readForm(call)
  return redirect('/start', signOut(call))
}

/** One of our own pages, or the first of them: nobody is sent elsewhere from here. */
const ownPath = (next: string): string =>
  /^\/(?:start|device|authorize)(?:\?[\x21-\x7e]*)?$/.test(next) ? next : '/start'
