import { type Html, html, type PageOptions, page } from '../identity-center/pages/html.ts'
import type { Answer } from '../service.ts'
import type { Browser } from './browser.ts'
import type { Identity } from './state.ts'

/** A page of the sign-in. */
const signinPage = (title: string, body: Html, options: PageOptions = {}): Answer =>
  page(title, body, { ...options, of: 'The console sign-in' })

const alert = (problem: string | undefined): Html | undefined =>
  problem === undefined ? undefined : html`<p role="alert">${problem}</p>`

const hidden = (browser: Browser, next: string): Html => html`
<input type="hidden" name="form_token" value="${browser.formToken}">
<input type="hidden" name="next" value="${next}">`

const withCookie = ({ cookie }: Browser): PageOptions => (cookie === undefined ? {} : { cookie })

/** Asks for account, user name and password. `next` is where the person was going. */
export const passwordPage = (browser: Browser, next: string, problem?: string): Answer =>
  signinPage(
    'Sign in',
    html`
${alert(problem)}
<form method="post" action="/_signin/password">
${hidden(browser, next)}
<label for="account">Account ID or alias</label>
<input id="account" name="account" autocomplete="organization" inputmode="numeric" autofocus required maxlength="64">
<label for="user">IAM user name</label>
<input id="user" name="user" autocomplete="username" required maxlength="64">
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required maxlength="128">
<button>Sign in</button>
</form>`,
    { ...withCookie(browser), ...(problem === undefined ? {} : { status: 401 }) },
  )

/** Asks for a code of the MFA device. */
export const codePage = (browser: Browser, next: string, who: Identity, problem?: string): Answer =>
  signinPage(
    'Multi-factor authentication',
    html`
${alert(problem)}
<p>What does the MFA device of <strong>${who.issuer.name}</strong> show?</p>
<form method="post" action="/_signin/code">
${hidden(browser, next)}
<label for="mfa_code">MFA code</label>
<input id="mfa_code" name="mfa_code" autocomplete="one-time-code" inputmode="numeric" autofocus required maxlength="6">
<button>Submit</button>
</form>`,
    problem === undefined ? {} : { status: 401 },
  )

export interface Asking {
  readonly browser: Browser
  readonly who: Identity
  /** Where the form goes: what was asked is in this address. */
  readonly action: string
  /** The person brings the code to the program by hand. */
  readonly isRemote: boolean
  /** Where the answer goes. */
  readonly formTarget: string
}

/** The question whether a program may act for a person. */
export const consentPage = ({ browser, who, action, isRemote, formTarget }: Asking): Answer =>
  signinPage(
    'Sign in a program',
    html`
<p>May the program that opened this page act as <strong>${who.arn}</strong>, for twelve hours at most?</p>
${
  isRemote
    ? html`<p role="alert">It runs on <strong>another machine</strong>. Go on only if you started it there yourself, just now: whoever gets the code of the next page acts in your name.</p>`
    : undefined
}
<form method="post" action="${action}">
<input type="hidden" name="form_token" value="${browser.formToken}">
<input type="hidden" name="decision" value="allow">
<button>Allow</button>
</form>
<form method="post" action="${action}">
<input type="hidden" name="form_token" value="${browser.formToken}">
<input type="hidden" name="decision" value="deny">
<button>Deny</button>
</form>`,
    { formTarget },
  )

/** Shows the code that a person takes to a program on another machine. */
export const confirmationPage = (code: string): Answer =>
  signinPage(
    'Take this code to the program',
    html`
<p>Copy it, and paste it where the program asks for it. It works once, within ten minutes. Give it to nobody.</p>
<p><code id="code" style="overflow-wrap: anywhere; user-select: all">${code}</code></p>`,
  )

/** Who is signed in, after everything. */
export function homePage(browser: Browser): Answer {
  const { session } = browser
  if (!session || session.awaitsCode) return passwordPage(browser, homePath)
  const { arn, accountId, kind, mfaAt } = session.identity
  return signinPage(
    'Signed in',
    html`
<dl>
<dt>Signed in as</dt><dd><strong id="arn">${arn}</strong></dd>
<dt>Account</dt><dd>${accountId}</dd>
<dt>MFA</dt><dd>${mfaAt === undefined ? 'was not given' : 'was given'}</dd>
<dt>Until</dt><dd>${session.endsAt}</dd>
${session.destination === undefined ? undefined : html`<dt>Page that was asked for</dt><dd>${session.destination}</dd>`}
</dl>
<p>AWS would show its console here${kind === 'session-token' ? '' : ' as this role'}. The sandbox has none.</p>
<form method="post" action="/_signin/out">
<input type="hidden" name="form_token" value="${browser.formToken}">
<button>Sign out</button>
</form>`,
  )
}

/** No bucket can be called so. */
export const homePath = '/_console'

export const problemPage = (status: number, because: string): Answer =>
  signinPage('This cannot be done', html`<p role="alert">${because}</p>`, { status })
