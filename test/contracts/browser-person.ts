/** A person with a browser, played by a script: follows redirects, keeps cookies, and fills in the forms it is shown. */
export class BrowserPerson {
  readonly #cookies = new Map<string, string>()
  /** What is typed where a form asks for it, by the name of the field. */
  readonly fields: Readonly<Record<string, string>>
  /** Every address that was opened. */
  readonly visited: string[] = []

  constructor(fields: Readonly<Record<string, string>>) {
    this.fields = fields
  }

  /** Opens an address and goes on until no redirect and no form is left; gives the last page. */
  async open(address: string): Promise<{ readonly url: string; readonly status: number; readonly text: string }> {
    let page = await this.#get(new Request(address))
    for (let turn = 0; turn < 10; turn++) {
      const form = page.status < 300 ? formIn(page.text, page.url, this.fields) : undefined
      // To a program on this machine a page leads by itself.
      const onTo = /<meta http-equiv="refresh" content="0; url=(http:[^"]*)"/.exec(page.text)?.[1]
      const next = form ?? (onTo === undefined ? undefined : new Request(unescaped(onTo)))
      if (!next) return page
      page = await this.#get(next)
    }
    throw new Error('the forms do not end')
  }

  async #get(request: Request): Promise<{ readonly url: string; readonly status: number; readonly text: string }> {
    let next = request
    for (let turn = 0; turn < 20; turn++) {
      this.visited.push(next.url)
      const origin = new URL(next.url).origin
      const jar = [...this.#cookies].filter(([name]) => name.startsWith(`${origin} `))
      const cookie = jar.map(([name, value]) => `${name.slice(origin.length + 1)}=${value}`).join('; ')
      const headers = new Headers(next.headers)
      if (cookie) headers.set('cookie', cookie)
      const answer = await fetch(new Request(next, { headers, redirect: 'manual' }))
      for (const line of answer.headers.getSetCookie()) {
        const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
        this.#cookies.set(`${origin} ${name}`, value)
      }
      const location = answer.headers.get('location')
      if (answer.status < 300 || answer.status >= 400 || location === null)
        return { url: next.url, status: answer.status, text: await answer.text() }
      next = new Request(new URL(location, next.url))
    }
    throw new Error('the redirects do not end')
  }
}

/** The first form of a page with what is typed into it; undefined without one. */
function formIn(page: string, url: string, fields: Readonly<Record<string, string>>): Request | undefined {
  const [all, opening] = /(<form[^>]*>)[\s\S]*?<\/form>/.exec(page) ?? []
  if (all === undefined || opening === undefined) return undefined
  const body = new URLSearchParams()
  for (const [input] of all.matchAll(/<input[^>]*>/g)) {
    const name = attribute(input, 'name')
    if (name !== undefined) body.set(name, fields[name] ?? attribute(input, 'value') ?? '')
  }
  // The button they would press, where a form has several.
  for (const [button] of all.matchAll(/<button[^>]*>/g)) {
    const [name = '', value = ''] = [attribute(button, 'name'), attribute(button, 'value')]
    if (name !== '' && fields[name] === value) body.set(name, value)
  }
  const action = new URL(attribute(opening, 'action') ?? url, url)
  return new Request(action, { method: 'POST', body, headers: { origin: new URL(url).origin } })
}

function attribute(tag: string, name: string): string | undefined {
  const value = new RegExp(`\\s${name}="([^"]*)"`).exec(tag)?.[1]
  return value === undefined ? undefined : unescaped(value)
}

const unescaped = (text: string): string =>
  text.replaceAll(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)))
