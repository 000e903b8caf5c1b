import { readdirSync, readFileSync } from 'node:fs'
import { extname, join, relative } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { OpenAPIHono } from '@hono/zod-openapi'
import type { Context } from 'hono'
import type { CallerEnv } from '../logins/index.ts'

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.json': 'application/json',
}

/** Serves the page from its folder, read once: a path that is not one of its files leads to no other. */
export function pageRoutes(app: OpenAPIHono<CallerEnv>, folder: string | undefined): void {
  const files = new Map(folder === undefined ? [] : filesIn(folder).map((file) => [`/${relative(folder, file)}`, file]))
  for (const [path, file] of files) {
    const body = new Uint8Array(readFileSync(file))
    // What Vite builds has its digest in its name, but for the entry.
    const cache = path.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache'
    const headers = {
      'Content-Type': types[extname(file)] ?? 'application/octet-stream',
      'Cache-Control': cache,
      Vary: 'Accept-Encoding',
    }
    const zipped = once(() => new Uint8Array(gzipSync(body)))
    const send = (c: Context): Response =>
      isZippable(path) && /\bgzip\b(?!\s*;\s*q=0(?:\.0*)?(?:,|$))/.test(c.req.header('accept-encoding') ?? '')
        ? c.body(zipped(), 200, { ...headers, 'Content-Encoding': 'gzip' })
        : c.body(body, 200, headers)
    app.get(path, send)
    if (path === '/index.html') for (const place of ['/', ...places]) app.get(place, send)
  }
}

/** What is the same for everybody, and text: a third of it goes over the line. */
const isZippable = (path: string): boolean => /\.(?:js|css|svg|html|json)$/.test(path)

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}

/** The addresses within the page, which all begin with its entry. */
const places = ['/sessions', '/sessions/:id', '/requests', '/requests/:id', '/grants', '/alerts', '/ledger', '/sign-in']

const filesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
