import { splitTarget } from '../../../wire/uri.ts'
import { Fault } from '../../fault.ts'
import type { Answer, Call, Service } from '../../service.ts'
import { authorizeForm, authorizePage } from './authorize-page.ts'
import { type Browser, browserOf } from './browser.ts'
import { deviceForm, devicePage } from './device-page.ts'
import { html, page } from './html.ts'
import { signInForm, signOutForm } from './sign-in.ts'
import { startPage } from './start-page.ts'

type Show = (call: Call, browser: Browser) => Answer | Promise<Answer>

const pages: Readonly<Record<string, readonly [name: string, Show]>> = {
  'GET /start': ['ViewPortal', startPage],
  'GET /device': ['ViewDeviceAuthorization', devicePage],
  'POST /device': ['ApproveDeviceAuthorization', deviceForm],
  'GET /authorize': ['Authorize', authorizePage],
  'POST /authorize': ['Authorize', authorizeForm],
  'POST /sign-in': ['Authenticate', signInForm],
  'POST /sign-out': ['SignOut', signOutForm],
}

/** What people see of Identity Center in their browsers. */
export const ssoPages: Service = {
  name: 'sso-pages',
  skewMinutes: 15,
  claims: ({ method, target }) => Object.hasOwn(pages, `${method} ${splitTarget(target).path}`),
  handle: async (call) => {
    const [name, show] = pages[`${call.request.method} ${call.path}`] ?? []
    if (name === undefined || show === undefined) throw new Fault('NotFound', 404, 'There is no such page.')
    call.note({ operation: name, readOnly: call.request.method === 'GET' })
    return show(call, browserOf(call))
  },
  refuse: (fault) => page('This cannot be done', html`<p role="alert">${fault.message}</p>`, { status: fault.status }),
}
