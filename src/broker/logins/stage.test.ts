// No tests in here: what tests of logins play on. It is named so that it stays out of the package.
import { createHash, randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { serve } from '@hono/node-server'
import { type Context, Hono } from 'hono'
import { control } from '../../../test/contracts/sign-in.ts'
import { type Ledger, openLedger } from '../../ledger/index.ts'
import type { LedgerEvent } from '../../model/ledger-event.ts'
import { type Sandbox, startSandbox } from '../../sandbox/index.ts'
import { openAuthenticators } from '../authenticators/index.ts'
import type { BrokerConfig } from '../config/broker-config.ts'
import { parseConfig } from '../config/read-config.ts'
import { callerFrom, loadOrMakeKey, loginRoutes, openRateLimits, openTokens, type Tokens } from './index.ts'

/** The door of a broker, served on loopback before a sandbox's identity providers. Its clock is the sandbox's, and moves. */
export interface LoginStage {
  readonly url: string
  readonly sandbox: Sandbox
  readonly ledger: Ledger
  readonly tokens: Tokens
  readonly now: () => Date
  readonly later: (seconds: number) => void
  /** Adds to the configuration: YAML. */
  readonly configure: (more: string) => void
  readonly control: (method: string, path: string, body?: object) => Promise<Record<string, unknown>>
  readonly password: (name: string) => string
  /** The events of the kinds `login` and `login-refused`, oldest first. */
  readonly logins: () => Promise<LedgerEvent[]>
  /** A second broker of the same database; of another key when told. */
  readonly second: (options?: { readonly ownKey?: boolean }) => Promise<{ readonly url: string }>
  readonly close: () => Promise<void>
}

const configOf = (publicUrl: string, sandbox: Sandbox, more: string): BrokerConfig =>
  parseConfig(
    `
publicUrl: ${publicUrl}
upstream: { region: us-east-1 }
roles: { reader: { arn: "arn:aws:iam::111122223333:role/reader" } }
grants: []
authenticators:
  corp: { kind: oidc, issuer: "${sandbox.oidcIssuer}", clientId: mayfly, scopes: [openid, profile, email, groups] }
  ci: { kind: jwt, issuer: "${sandbox.oidcIssuer}" }
  idp: { kind: saml, metadataUrl: "${sandbox.samlMetadataUrl}" }
${more}`,
    '/broker/mayfly.yaml',
  )

export async function loginStage(more = ''): Promise<LoginStage> {
  let moved = 0
  const begun = Date.now()
  const now = (): Date => new Date(begun + moved * 1000)
  const sandbox = await startSandbox({ now, randomBytes })
  const ledger = await openLedger('memory:')
  const directory = mkdtempSync(join(tmpdir(), 'mayfly-logins-'))
  const closing: (() => Promise<unknown>)[] = []
  let added = more

  async function start(keyFile: string) {
    const app = new Hono()
    const server = await new Promise<ReturnType<typeof serve>>((resolve) => {
      const started = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, () => resolve(started))
    })
    closing.push(() => new Promise((done) => server.close(done)))
    const address = server.address()
    const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
    let held = { of: '\0', config: undefined as BrokerConfig | undefined }
    const config = (): BrokerConfig => {
      if (held.of !== added || held.config === undefined) held = { of: added, config: configOf(url, sandbox, added) }
      return held.config ?? configOf(url, sandbox, added)
    }
    const key = loadOrMakeKey(join(directory, keyFile))
    const authenticators = openAuthenticators({ config, ledger, fetch: (request) => fetch(request), now })
    const tokens = openTokens({ key, publicUrl: url, ledger, now })
    const parts = { config, ledger, authenticators, tokens, key, limits: openRateLimits({ now }), now, randomBytes }
    app.route('/', loginRoutes(parts))
    app.use('/v1/me', callerFrom(parts))
    app.all('/v1/me', (c: Context<{ Variables: { principal: { id: string } } }>) => c.json({ id: c.var.principal.id }))
    return { url, tokens }
  }

  const { url, tokens } = await start('key.pem')
  return {
    url,
    sandbox,
    ledger,
    tokens,
    now,
    later: (seconds) => {
      moved += seconds
    },
    configure: (text) => {
      added = text
    },
    control: (method, path, body) => control(sandbox, method, path, body),
    password: (name) => sandbox.oidcPeople.find((person) => person.name === name)?.password ?? '',
    async logins() {
      const found: LedgerEvent[] = []
      for await (const { event } of ledger.events({ kinds: ['login', 'login-refused'] })) found.push(event)
      return found
    },
    second: ({ ownKey = false } = {}) => start(ownKey ? 'other.pem' : 'key.pem'),
    async close() {
      for (const end of closing) await end()
      await ledger.close()
      await sandbox.close()
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

/** A browser of the tests: keeps cookies, and follows what it is told to. */
export class Browser {
  readonly cookies = new Map<string, string>()

  async get(url: string): Promise<Seen> {
    return this.send(new Request(url))
  }

  /** Sends a form as a page of `from` does. */
  async post(url: string, fields: Readonly<Record<string, string>>, from = new URL(url).origin): Promise<Seen> {
    return this.send(new Request(url, { method: 'POST', body: new URLSearchParams(fields), headers: { origin: from } }))
  }

  /** One request, no redirect followed. */
  async send(request: Request): Promise<Seen> {
    const { origin } = new URL(request.url)
    const headers = new Headers(request.headers)
    const own = [...this.cookies].filter(([name]) => name.startsWith(`${origin} `))
    if (own.length > 0)
      headers.set('cookie', own.map(([name, value]) => `${name.slice(origin.length + 1)}=${value}`).join('; '))
    const answer = await fetch(new Request(request, { headers, redirect: 'manual' }))
    for (const line of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (/max-age=0/i.test(line)) this.cookies.delete(`${origin} ${name}`)
      else this.cookies.set(`${origin} ${name}`, value)
    }
    const location = answer.headers.get('location')
    return {
      url: request.url,
      status: answer.status,
      headers: answer.headers,
      text: await answer.text(),
      ...(location === null ? {} : { location: new URL(location, request.url).href }),
    }
  }

  /**
   * Follows redirects, and pages that lead on, until one leads to `until`; signs in where a page asks for it, and lets in
   * what asks to be. Gives where it led.
   */
  async signIn(
    begin: string,
    person: { readonly name: string; readonly password: string },
    until: RegExp,
  ): Promise<string> {
    let seen = await this.get(begin)
    for (let turn = 0; turn < 20; turn++) {
      if (seen.location !== undefined) {
        if (until.test(seen.location)) return seen.location
        seen = await this.get(seen.location)
        continue
      }
      const onTo = /<meta http-equiv="refresh" content="0; url=([^"]*)"/.exec(seen.text)?.[1]
      if (onTo !== undefined) {
        seen = { ...seen, location: new URL(unescaped(onTo), seen.url).href }
        continue
      }
      const action = /<form[^>]*action="([^"]*)"/.exec(seen.text)?.[1]
      if (action === undefined) throw new Error(`${seen.status} ${seen.text}`)
      const hidden = [...seen.text.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"/g)]
      seen = await this.post(new URL(unescaped(action), seen.url).href, {
        ...Object.fromEntries(hidden.map(([, name = '', value = '']) => [name, unescaped(value)])),
        ...{ name: person.name, password: person.password, answer: 'allow' },
      })
    }
    throw new Error('the redirects do not end')
  }
}

const unescaped = (text: string): string =>
  text.replaceAll(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)))

export interface Seen {
  readonly url: string
  readonly status: number
  readonly headers: Headers
  readonly text: string
  readonly location?: string
}

export const verifier = 'v'.repeat(43)
export const challenge = createHash('sha256').update(verifier).digest('base64url')
export const redirectUri = 'http://127.0.0.1:4711/oauth/callback'

/** The address that `mayfly login` opens. */
export const authorizeUrl = (url: string, more: Readonly<Record<string, string>> = {}): string =>
  `${url}/oauth/authorize?${new URLSearchParams({
    ...{ response_type: 'code', client_id: 'mayfly', redirect_uri: redirectUri, state: 'state-1' },
    ...{ code_challenge: challenge, code_challenge_method: 'S256', authenticator: 'corp' },
    ...more,
  })}`

/** A token of ann, by the browser and a code. */
export async function signInAnn(stage: LoginStage, browser = new Browser()): Promise<URL> {
  const ann = { name: 'ann', password: stage.password('ann') }
  return new URL(await browser.signIn(authorizeUrl(stage.url), ann, /^http:\/\/127\.0\.0\.1:4711\//))
}

export const postForm = (url: string, fields: Readonly<Record<string, string>>): Promise<Response> =>
  fetch(url, { method: 'POST', body: new URLSearchParams(fields) })
