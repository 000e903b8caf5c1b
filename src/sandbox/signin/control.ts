import { authorizer, refuseUnlessAllowed } from '../authorize.ts'
import { keyOf } from '../cloud.ts'
import { Fault } from '../fault.ts'
import { after } from '../identity-center/state.ts'
import type { ControlRoute } from '../service.ts'
import { type Asking, answerAuthorization, readAuthorization } from './authorization.ts'
import { userIdentity } from './identity.ts'
import { pastable } from './sign-in.ts'
import { signInSeconds } from './state.ts'

const bad = (message: string): Fault => new Fault('BadRequest', 400, message)

/**
 * A sign-in without a browser: `authorize` is the address a program opened, `userName` says as whom, `accountId` where
 * (default: the primary account), `mfa` that a code was given, `deny` that the person says no. Answers where the browser
 * would go, and what a person would paste.
 */
export const signinControls: Readonly<Record<string, ControlRoute>> = {
  'POST signin/authorize': ({ cloud, at }, body) => {
    const order: { [member: string]: unknown } = typeof body === 'object' && body !== null ? { ...body } : {}
    const url = typeof order.authorize === 'string' ? URL.parse(order.authorize) : null
    if (url?.pathname !== '/v1/authorize') throw bad('authorize is not the address of a sign-in')
    const accountId = typeof order.accountId === 'string' ? order.accountId : cloud.primaryAccount
    const user = cloud.users.get(keyOf(accountId, typeof order.userName === 'string' ? order.userName : ''))
    if (!user) throw bad('There is no user of that userName')
    const asked = readAuthorization(url.origin, url.searchParams)
    if ('page' in asked) throw bad(asked.page)
    if ('redirect' in asked) return { redirect: asked.redirect }
    const authorize = authorizer()
    const call: Asking = {
      ...{ cloud, at, region: cloud.region },
      note: () => undefined,
      authorize: (permission, as) => {
        if (!as) throw new TypeError('somebody asks')
        const asking = { cloud, at, region: cloud.region, caller: as, sourceIp: '127.0.0.1', userAgent: '' }
        refuseUnlessAllowed(authorize(asking, permission), permission)
      },
    }
    const identity = userIdentity(user, order.mfa === true ? at : undefined)
    const yes = order.deny === true ? undefined : { identity, endsAt: after(at, signInSeconds) }
    const redirect = answerAuthorization(call, asked, yes)
    const answer = new URL(redirect).searchParams
    const [code, state] = [answer.get('code'), answer.get('state')]
    return { redirect, ...(code === null || state === null ? {} : { paste: pastable(code, state) }) }
  },
}
