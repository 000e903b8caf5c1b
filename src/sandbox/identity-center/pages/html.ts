import { createHash } from 'node:crypto'
import type { Answer } from '../../service.ts'

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
h1 { font-size: 1.4rem } footer { margin-top: 3rem; opacity: .7; font-size: .85rem }
label { display: block; margin: 1rem 0 .3rem } input { font: inherit; padding: .4rem .6rem; width: 100%; box-sizing: border-box }
button { font: inherit; padding: .45rem 1.2rem; margin: 1rem .5rem 0 0 } li { margin: .3rem 0 }
code { font-size: 1.1em; letter-spacing: .05em } [role=alert] { border-left: .3rem solid #c33; padding-left: .8rem }
`
const styleDigest = createHash('sha256').update(style).digest('base64')

/** What a page may do beyond being read. */
export interface PageOptions {
  readonly status?: number
  /** Where its form may lead after it was sent, besides the sandbox: browsers hold a redirect to this, too. */
  readonly formTarget?: string
  /** The Set-Cookie header. */
  readonly cookie?: string
  /** Whose page it is; default: Identity Center's. */
  readonly of?: string
}

/**
 * A whole page. It runs no script, loads nothing, is shown in no frame, kept in no cache; its address is told to no
 * other site (but to ours, because a form's Origin would else be `null`).
 */
export function page(title: string, body: Html, options: PageOptions = {}): Answer {
  const { status = 200, formTarget, cookie, of = 'IAM Identity Center' } = options
  const whole = html`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${title}</title>
<style>${{ markup: style }}</style>
<body>
<main>
<h1>${title}</h1>
${body}
</main>
<footer>${of} of a Mayfly sandbox: a stand-in for AWS on this machine.</footer>
</body>
</html>
`
  return {
    status,
    headers: {
      'Content-Type': 'text/html; charset=utf-8',
      'Content-Security-Policy': [
        "default-src 'none'",
        `style-src 'sha256-${styleDigest}'`,
        `form-action 'self'${formTarget === undefined ? '' : ` ${formTarget}`}`,
        "frame-ancestors 'none'",
        "base-uri 'none'",
      ].join('; '),
      'X-Frame-Options': 'DENY',
      'X-Content-Type-Options': 'nosniff',
      'Referrer-Policy': 'same-origin',
      'Cross-Origin-Opener-Policy': 'same-origin',
      'Cache-Control': 'no-store',
      ...(cookie === undefined ? {} : { 'Set-Cookie': cookie }),
    },
    body: whole.markup,
  }
}

/** Sends the browser on, as a GET. */
export const redirect = (to: string, cookie?: string): Answer => ({
  status: 303,
  headers: {
    Location: to,
    'Cache-Control': 'no-store',
    'Referrer-Policy': 'no-referrer',
    ...(cookie === undefined ? {} : { 'Set-Cookie': cookie }),
  },
})
