import { headerOf } from '../../wire/message.ts'
import { splitTarget } from '../../wire/uri.ts'
import { Fault } from '../fault.ts'
import type { Answer, Call, Service } from '../service.ts'
import { confirmationPath } from './authorization.ts'
import { type Browser, browserOf } from './browser.ts'
import { federate } from './federation.ts'
import { homePage, homePath, problemPage } from './pages.ts'
import { askForCode, authorizeForm, authorizePage, codeForm, confirm, passwordForm, signOutForm } from './sign-in.ts'
import { refuseSignIn } from './signin-fault.ts'
import { forgetOver } from './state.ts'
import { createToken } from './token.ts'

type Show = (call: Call, browser: Browser) => Answer | Promise<Answer>

const pages: Readonly<Record<string, Show>> = {
  'GET /v1/authorize': authorizePage,
  'POST /v1/authorize': authorizeForm,
  [`GET ${confirmationPath}`]: confirm,
  'POST /_signin/password': passwordForm,
  'GET /_signin/code': askForCode,
  'POST /_signin/code': codeForm,
  'POST /_signin/out': signOutForm,
  [`GET ${homePath}`]: (_, browser) => homePage(browser),
}

const isPage = (name: string): boolean => Object.hasOwn(pages, name)

/** Federation's one address could be a bucket's; what it takes could not. */
const isFederation = (path: string, query: string, contentType = ''): boolean =>
  path === '/federation' && (/(?:^|&)Action=/.test(query) || /^application\/x-www-form-urlencoded\b/i.test(contentType))

/** AWS Sign-In as people see it: sign in with a password, let a program act for one, arrive by federation. */
export const signinPages: Service = {
  name: 'signin-pages',
  skewMinutes: 15,
  claims: (request) => {
    const { path, query } = splitTarget(request.target)
    return isPage(`${request.method} ${path}`) || isFederation(path, query, headerOf(request, 'content-type'))
  },
  handle: async (call) => {
    call.note({ operation: 'ViewPage', readOnly: true })
    forgetOver(call.cloud, call.at)
    if (call.path === '/federation') return federate(call)
    const show = pages[`${call.request.method} ${call.path}`]
    if (show === undefined) throw new Fault('NotFound', 404, 'There is no such page.')
    return show(call, browserOf(call))
  },
  refuse: (fault) => problemPage(fault.status, fault.message),
}

/** AWS Sign-In as programs call it: CreateOAuth2Token, which nobody signs. */
export const signin: Service = {
  name: 'signin',
  skewMinutes: 15,
  operations: ['CreateOAuth2Token'],
  claims: ({ method, target }) => method === 'POST' && splitTarget(target).path === '/v1/token',
  handle: async (call) => {
    if (call.path !== '/v1/token') throw new Fault('ValidationException', 404, 'There is no such operation')
    const headers = { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' }
    return { status: 200, headers, body: JSON.stringify(await createToken(call)) }
  },
  refuse: refuseSignIn,
}
