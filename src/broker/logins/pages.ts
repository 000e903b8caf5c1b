import type { Context } from 'hono'
import { html, type PageOptions, page } from './html.ts'

/** A way to sign in, and where it begins. */
export interface WayIn {
  readonly name: string
  readonly href: string
  readonly broken?: string
}

export function choosePage(c: Context, ways: readonly WayIn[]): Response {
  const items = ways.map(({ name, href, broken }) =>
    broken === undefined
      ? html`<li><a href="${href}">${name}</a></li>`
      : html`<li><a href="${href}">${name}</a> (not working at present)</li>`,
  )
  const body =
    ways.length === 0
      ? html`<p>The configuration of this broker has no way for people to sign in.</p>`
      : html`<p>Sign in with</p><ul>${items}</ul>`
  return page(c, 'Sign in', body)
}

export const problemPage = (c: Context, status: NonNullable<PageOptions['status']>, text: string): Response =>
  page(c, 'That did not work', html`<p role="alert">${text}</p>`, { status })

/**
 * Takes the browser on to a page of ours, or to the program that waits on the person's machine. Not a redirect: the
 * browser would then still count the way as one that another site began, and leave out the cookie that was just set;
 * and after a form it would go nowhere but to us.
 */
export const landingPage = (c: Context, to: string): Response =>
  page(c, 'Signed in', html`<p><a href="${to}">Go on</a></p>`, { onTo: to })

export const codePage = (c: Context, name: string, code: string, problem?: string): Response =>
  page(
    c,
    'Sign in on a device',
    html`${problem === undefined ? undefined : html`<p role="alert">${problem}</p>`}
<p>You are signed in as <b>${name}</b>. Enter the code that the device shows.</p>
<form method="post" action="/device">
<label for="user_code">Code</label>
<input id="user_code" name="user_code" value="${code}" autocomplete="off" autocapitalize="characters" spellcheck="false" maxlength="16" required autofocus>
<button type="submit">Continue</button>
</form>`,
    problem === undefined ? {} : { status: 400 },
  )

/** Which program asks, so that nobody lets in what they did not start; `at` is where it listens. */
export const consentPage = (c: Context, name: string, ticket: string, at: string): Response =>
  page(
    c,
    'Let this program in?',
    html`<p>You are signed in as <b>${name}</b>. The command line of Mayfly asks for your login: it will act as you and can
ask for all that you can ask for.</p>
<p>Allow it only if you have just begun to sign in on this machine, and your terminal names this port.</p>
<dl>
<dt>The program</dt><dd>mayfly, as it calls itself</dd>
<dt>It waits on this machine at</dt><dd><code>${at}</code></dd>
</dl>
<form method="post" action="/oauth/consent">
<input type="hidden" name="ticket" value="${ticket}">
<button type="submit" name="answer" value="deny">No, refuse it</button>
<button type="submit" name="answer" value="allow">Yes, let it in</button>
</form>`,
  )

/** A device login that waits for somebody to allow it. */
export interface Waiting {
  readonly userCode: string
  readonly sourceIp: string
  readonly agent: string
  /** Milliseconds since 1970. */
  readonly at: number
}

/** Who asks, and from where, so that nobody lets in who only sent them a link. */
export const confirmPage = (c: Context, name: string, ticket: string, waiting: Waiting, here: string): Response =>
  page(
    c,
    'Let this device in?',
    html`<p>It will act as <b>${name}</b> and can ask for all that you can ask for.
Allow it only if you began this yourself and the device shows this very code. Nobody has a reason to send you one.</p>
<p><code>${waiting.userCode}</code></p>
<dl>
<dt>Asked from the address</dt><dd>${waiting.sourceIp}${waiting.sourceIp === here ? ' (the same as yours)' : ` (yours is ${here})`}</dd>
<dt>By the program</dt><dd>${waiting.agent}</dd>
<dt>At</dt><dd>${new Date(waiting.at).toISOString()}</dd>
</dl>
<form method="post" action="/device/confirm">
<input type="hidden" name="ticket" value="${ticket}">
<button type="submit" name="answer" value="deny">No, refuse it</button>
<button type="submit" name="answer" value="allow">Yes, let it in</button>
</form>`,
  )

export const donePage = (c: Context, allowed: boolean): Response =>
  allowed
    ? page(c, 'The device is let in', html`<p>It goes on by itself; this window may be closed.</p>`)
    : page(
        c,
        'The device is refused',
        html`<p>It was told so. If somebody sent you the code, tell your security team.</p>`,
      )
