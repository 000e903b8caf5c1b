import { createHash } from 'node:crypto'
import type { Context } from 'hono'

/** Markup that is safe to send. */
export interface Html {
  readonly markup: string
}

type Piece = string | number | Html | readonly Html[] | undefined

/** Markup with what is put into it made harmless, unless it is markup itself. */
export function html(parts: TemplateStringsArray, ...pieces: readonly Piece[]): Html {
  return { markup: parts.map((part, place) => part + markupOf(pieces[place])).join('') }
}

function markupOf(piece: Piece): string {
  if (piece === undefined) return ''
  if (typeof piece === 'string' || typeof piece === 'number')
    return String(piece).replace(/[&<>"']/g, (symbol) => `&#${symbol.charCodeAt(0)};`)
  return 'markup' in piece ? piece.markup : piece.map(({ markup }) => markup).join('')
}

const style = `
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif }
body { max-width: 34rem; margin: 12vh auto 2rem; padding: 0 1rem }
h1 { font-size: 1.4rem } li { margin: .5rem 0 } ul { padding-left: 1.2rem }
label { display: block; margin: 1rem 0 .3rem }
input { font: inherit; padding: .5rem .6rem; width: 100%; box-sizing: border-box; letter-spacing: .1em }
button { font: inherit; padding: .5rem 1.2rem; margin: 1rem .5rem 0 0 }
code { font-size: 1.5em; letter-spacing: .1em } dt { opacity: .7 } dd { margin: 0 0 .7rem; overflow-wrap: anywhere }
[role=alert] { border-left: .3rem solid #c33; padding-left: .8rem }
`
const styleDigest = createHash('sha256').update(style).digest('base64')

export interface PageOptions {
  readonly status?: 200 | 400 | 401 | 403 | 404 | 413 | 429 | 503
  /** Where the browser goes on by itself: a path of ours. */
  readonly onTo?: string
}

/**
 * A whole page. It runs no script, loads nothing, is shown in no frame, kept in no cache; its address is told to no
 * other site (but to ours: a form's Origin would else be `null`).
 */
export function page(c: Context, title: string, body: Html, { status = 200, onTo }: PageOptions = {}): Response {
  const refresh = onTo === undefined ? undefined : html`<meta http-equiv="refresh" content="0; url=${onTo}">`
  const whole = html`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
${refresh}
<title>${title} · Mayfly</title>
<style>${{ markup: style }}</style>
<body>
<main>
<h1>${title}</h1>
${body}
</main>
</body>
</html>
`
  c.header('Content-Security-Policy', policy)
  c.header('X-Frame-Options', 'DENY')
  c.header('X-Content-Type-Options', 'nosniff')
  c.header('Referrer-Policy', 'same-origin')
  c.header('Cross-Origin-Opener-Policy', 'same-origin')
  c.header('Cache-Control', 'no-store')
  return c.html(whole.markup, status)
}

const policy = [
  "default-src 'none'",
  `style-src 'sha256-${styleDigest}'`,
  "form-action 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
].join('; ')
