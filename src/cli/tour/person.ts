/**
 * Plays the person at the browser: opens the address it is given, follows it, fills in the forms it meets (who, the
 * password, the code) and submits them, until there is no form left. Pages without scripts need no more of a browser.
 */
import { appendFileSync, readFileSync } from 'node:fs'

interface Answers {
  readonly [field: string]: string
}

/** One cookie jar for a whole sign-in, as a browser has; by host, which is all the pages of the tour need. */
const cookies = new Map<string, string>()

async function visit(url: URL, form?: URLSearchParams): Promise<{ readonly url: URL; readonly html: string }> {
  const response = await fetch(url, {
    redirect: 'manual',
    headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; '), origin: url.origin },
    ...(form ? { method: 'POST', body: form } : {}),
  })
  for (const cookie of response.headers.getSetCookie()) {
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? []
    cookies.set(name, value)
  }
  const next = response.headers.get('location')
  if (next && response.status >= 300 && response.status < 400) return visit(new URL(next, url))
  const html = await response.text()
  // A page that leads on to the program by itself.
  const onTo = /<meta http-equiv="refresh" content="0; url=(http:[^"]*)"/.exec(html)?.[1]
  return onTo === undefined ? { url, html } : visit(new URL(decoded(onTo)))
}

const decoded = (text: string): string =>
  text
    .replaceAll('&quot;', '"')
    .replaceAll(/&#(x?)([0-9a-f]{1,6});/gi, (_, hex: string, code: string) =>
      String.fromCodePoint(Number.parseInt(code, hex ? 16 : 10)),
    )
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')

const attribute = (tag: string, name: string): string | undefined => {
  const found = new RegExp(`\\s${name}=(?:"([^"]*)"|'([^']*)'|([^\\s>]+))`, 'i').exec(tag)
  return found ? decoded(found[1] ?? found[2] ?? found[3] ?? '') : undefined
}

/** The first form of a page, filled in; undefined when there is none. */
function filled(
  html: string,
  answers: Answers,
): { readonly action: string; readonly fields: URLSearchParams } | undefined {
  const form = /<form\b[^>]*>([\s\S]*?)<\/form>/i.exec(html)
  if (!form) return undefined
  const fields = new URLSearchParams()
  let pressed = false
  for (const [tag] of form[0].matchAll(/<(?:input|button)\b[^>]*>/gi)) {
    const name = attribute(tag, 'name')
    const type = attribute(tag, 'type') ?? (tag.startsWith('<button') ? 'submit' : 'text')
    if (!name || (type === 'submit' && pressed)) continue
    if (type === 'submit') pressed = true
    fields.append(name, answers[name] ?? attribute(tag, 'value') ?? '')
  }
  return { action: attribute(form[0].slice(0, form[0].indexOf('>') + 1), 'action') ?? '', fields }
}

const [answersFile = '', address = ''] = process.argv.slice(2)
const answers: Answers = JSON.parse(readFileSync(answersFile, 'utf8'))
let page = await visit(new URL(address))
for (let pages = 0; pages < 10; pages++) {
  const next = filled(page.html, answers)
  if (!next) break
  page = await visit(new URL(next.action, page.url), next.fields)
}
appendFileSync(
  `${answersFile}.seen`,
  `${page.url.pathname}: ${page.html.replace(/<style[\s\S]*?<\/style>|<[^>]+>/g, ' ').replace(/\s+/g, ' ')}\n`,
)
