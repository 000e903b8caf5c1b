import { headerOf } from '../../wire/message.ts'
import { redirect } from '../identity-center/pages/html.ts'
import type { Answer, Call } from '../service.ts'
import { checkCode, checkPassword } from './authenticate.ts'
import { answerAuthorization, readAuthorization } from './authorization.ts'
import { type Browser, closeSession, openSession, readForm } from './browser.ts'
import { trailIdentity } from './identity.ts'
import { codePage, confirmationPage, consentPage, homePath, passwordPage, problemPage } from './pages.ts'
import type { Identity } from './state.ts'

/** Takes account, name and password. */
export async function passwordForm(call: Call, browser: Browser): Promise<Answer> {
  const form = await readForm(call)
  const field = (name: string): string => form.get(name) ?? ''
  const next = ownPath(field('next'))
  const typed = { account: field('account').trim(), user: field('user').trim(), password: field('password') }
  const proven = await checkPassword(call, typed)
  if ('problem' in proven) return passwordPage(browser, next, proven.problem)
  const { identity, awaitsCode } = proven
  if (!awaitsCode) return signedIn(call, identity, next)
  // The code is asked for under the new cookie: the old one must not become somebody's.
  const cookie = openSession(call, { identity, awaitsCode })
  return redirect(`/_signin/code?next=${encodeURIComponent(next)}`, cookie)
}

/** Asks for the code, of who has given the password. */
export function askForCode(call: Call, browser: Browser): Answer {
  const next = ownPath(call.query.find(([name]) => name === 'next')?.[1] ?? '')
  const { session } = browser
  return session?.awaitsCode ? codePage(browser, next, session.identity) : passwordPage(browser, next)
}

/** Takes the code. */
export async function codeForm(call: Call, browser: Browser): Promise<Answer> {
  const form = await readForm(call)
  const next = ownPath(form.get('next') ?? '')
  const { session } = browser
  if (!session?.awaitsCode) return passwordPage(browser, next)
  const proven = checkCode(call, session.identity, (form.get('mfa_code') ?? '').trim())
  if ('problem' in proven) return codePage(browser, next, session.identity, proven.problem)
  return signedIn(call, proven.identity, next)
}

function signedIn(call: Call, identity: Identity, next: string): Answer {
  const vouched = { accountId: identity.accountId, userIdentity: trailIdentity(identity) }
  call.note({ operation: 'ConsoleLogin', vouched, readOnly: false, responseElements: { ConsoleLogin: 'Success' } })
  return redirect(next, openSession(call, { identity }))
}

export async function signOutForm(call: Call): Promise<Answer> {
  await readForm(call)
  return redirect(homePath, closeSession(call))
}

/** One of our own pages, or the first of them: nobody is sent elsewhere from here. */
const ownPath = (next: string): string =>
  next === homePath || /^\/v1\/authorize\?[\x21-\x7e]{1,8192}$/.test(next) ? next : homePath

/** The address the browser knows this place by. */
const baseOf = ({ request, endpoint }: Call): string => `http://${headerOf(request, 'host') ?? new URL(endpoint).host}`

const asked = (call: Call): ReturnType<typeof readAuthorization> =>
  readAuthorization(baseOf(call), new URLSearchParams(call.query.map(([name, value]) => [name, value])))

/** Where a program sends the person's browser to sign in. */
export function authorizePage(call: Call, browser: Browser): Answer {
  const request = asked(call)
  if ('page' in request) return problemPage(400, request.page)
  if ('redirect' in request) return redirect(request.redirect)
  const { session } = browser
  if (session === undefined) return passwordPage(browser, call.request.target)
  if (session.awaitsCode) return codePage(browser, call.request.target, session.identity)
  const { redirectUri, clientId } = request
  return consentPage({
    ...{ browser, who: session.identity, action: call.request.target },
    isRemote: clientId === 'arn:aws:signin:::devtools/cross-device',
    formTarget: new URL(redirectUri).origin,
  })
}

/** Takes the person's yes or no back to the program. What was asked is read anew from the address. */
export async function authorizeForm(call: Call, browser: Browser): Promise<Answer> {
  const form = await readForm(call)
  const request = asked(call)
  if ('page' in request) return problemPage(400, request.page)
  if ('redirect' in request) return redirect(request.redirect)
  const { session } = browser
  if (!session || session.awaitsCode) return passwordPage(browser, call.request.target)
  return redirect(answerAuthorization(call, request, form.get('decision') === 'allow' ? session : undefined))
}

/** Where a program on another machine has the answer taken to. */
export function confirm(call: Call): Answer {
  const given = new URLSearchParams(call.query.map(([name, value]) => [name, value]))
  const [code, state] = [given.get('code'), given.get('state')]
  if (code === null || state === null) return problemPage(400, 'The sign-in was denied, or leads nowhere.')
  return confirmationPage(pastable(code, state))
}

/** What the AWS CLI reads back from the person. */
export const pastable = (code: string, state: string): string =>
  Buffer.from(new URLSearchParams({ state, code }).toString()).toString('base64')
