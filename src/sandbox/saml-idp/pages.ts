import type { Answer } from '../service.ts'
import { escaped } from './response-xml.ts'

/** Fields that a form hands on. */
type Fields = Readonly<Record<string, string>>

/** A page for people: no script, nothing from elsewhere, forms only to `formAction`. */
function page(status: number, title: string, body: string, formAction = "'self'"): Answer {
  return {
    status,
    headers: {
      'Content-Type': 'text/html; charset=utf-8',
      'Content-Security-Policy': `default-src 'none'; style-src 'unsafe-inline'; form-action ${formAction}; frame-ancestors 'none'; base-uri 'none'`,
      'Cache-Control': 'no-store',
      'Referrer-Policy': 'no-referrer',
      'X-Content-Type-Options': 'nosniff',
    },
    body: `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escaped(title)}</title>
<body style="font: 1.1rem system-ui, sans-serif; max-width: 36rem; margin: 3rem auto; padding: 0 1rem">
<main><h1 style="font-size: 1.5rem">${escaped(title)}</h1>${body}</main></body></html>
`,
  }
}

const hidden = (fields: Fields): string =>
  Object.entries(fields)
    .map(([name, value]) => `<input type="hidden" name="${escaped(name)}" value="${escaped(value)}">`)
    .join('')

const box =
  'style="display: block; font: inherit; margin: .2rem 0 1rem; padding: .4rem; width: 100%; box-sizing: border-box"'
const button = 'style="font: inherit; padding: .4rem 1.2rem"'

/** Asks for name and password. */
export const signInPage = (fields: Fields, problem?: string): Answer =>
  page(
    problem === undefined ? 200 : 403,
    'Sign in',
    `<p>The identity provider of the sandbox. It knows the people you gave it, and nobody else.</p>
${problem === undefined ? '' : `<p role="alert"><strong>${escaped(problem)}</strong></p>`}
<form method="post">${hidden(fields)}
<label>User name <input ${box} name="user" autocomplete="username" autofocus required></label>
<label>Password <input ${box} name="password" type="password" autocomplete="current-password" required></label>
<button ${button}>Sign in</button></form>`,
  )

/** Hands the response on to the program that asked, at the press of a button: a script could do no more. */
export const handOnPage = (consumerUrl: string, fields: Fields): Answer =>
  page(
    200,
    'You are signed in',
    `<p>One step is left: take the answer to the program that asked for it.</p>
<form method="post" action="${escaped(consumerUrl)}">${hidden(fields)}<button ${button} autofocus>Continue</button></form>`,
    new URL(consumerUrl).origin,
  )

/** Shows the response, for a program that nobody can send it to. */
export const copyPage = (response: string): Answer =>
  page(
    200,
    'You are signed in',
    `<p>Here a real provider would send the browser to AWS with this response. Copy it, and paste it into the page of the
program that waits for it. It is good for five minutes.</p>
<label>SAMLResponse <textarea ${box} name="SAMLResponse" rows="12" readonly>${escaped(response)}</textarea></label>`,
  )

export const problemPage = (status: number, problem: string): Answer =>
  page(status, 'That did not work', `<p role="alert">${escaped(problem)}</p>`)
