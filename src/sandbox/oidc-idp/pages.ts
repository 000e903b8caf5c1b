/** Text made safe to stand in a page. */
const escaped = (text: string): string => text.replace(/[&<>"']/g, (symbol) => `&#${symbol.charCodeAt(0)};`)

/** What every page of the provider is sent with. Forms may lead on to where the login was asked for. */
export const pageHeaders = {
  'Content-Type': 'text/html; charset=utf-8',
  'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
  'Cache-Control': 'no-store',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
} as const

const page = (title: string, body: string): string => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escaped(title)}</title>
<style>body{font:1.1rem/1.5 system-ui;max-width:24rem;margin:4rem auto;padding:0 1rem}label,input,button{display:block;width:100%;box-sizing:border-box}
input,button{font:inherit;padding:.5rem;margin:.25rem 0 1rem}.problem{color:#a00}</style></head>
<body><h1>${escaped(title)}</h1>
${body}
<p><small>The identity provider of a Mayfly sandbox. Its people are made up; the sandbox shows their passwords.</small></p></body></html>
`

/** Name and password. `problem` is told above them. */
export const signInPage = (action: string, hint: string, problem?: string): string =>
  page(
    'Sign in',
    `${problem === undefined ? '' : `<p class="problem" role="alert">${escaped(problem)}</p>`}
<form method="post" action="${escaped(action)}">
<label for="name">Name</label><input id="name" name="name" value="${escaped(hint)}" autocomplete="username" required autofocus>
<label for="password">Password</label><input id="password" name="password" type="password" autocomplete="current-password" required>
<button type="submit">Sign in</button></form>`,
  )

/** For who is signed in already: whether the program may know. */
export const continuePage = (action: string, name: string, client: string): string =>
  page(
    'Continue',
    `<p>${escaped(client)} wants to know who you are. You are signed in as <b>${escaped(name)}</b>.</p>
<form method="post" action="${escaped(action)}"><button type="submit">Continue</button></form>`,
  )

/** One sentence and, for the device flow, the provider's own form. */
export const plainPage = (title: string, text: string, form = ''): string =>
  page(title, `<p>${escaped(text)}</p>${form}`)
