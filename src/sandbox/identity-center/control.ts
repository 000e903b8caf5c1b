import type { Cloud } from '../cloud.ts'
import { Fault } from '../fault.ts'
import { personNamed } from './access.ts'
import { answerAuthorization, readAuthorization } from './oidc/code-grants.ts'
import { answerGrant, waitingGrant } from './oidc/device-grants.ts'
import { makeSample } from './sample.ts'
import type { Person } from './state.ts'

const form =
  'Send {"userName": "ann", "userCode": "ABCD-EFGH"} or {"userName": "ann", "authorize": "<the address the browser was sent to>"}; "deny": true says no.'

/** The control endpoints of Identity Center: a scripted person for tests, and people to begin with. */
export const identityCenterControls: Readonly<Record<string, (cloud: Cloud, body: unknown) => object>> = {
  'POST identity-center/approve': approve,
  'PUT identity-center/sample': (cloud) => makeSample(cloud),
}

/** Says yes (or no) as a person, to what waits for a user code or to what a browser was sent to `/authorize` with. */
function approve(cloud: Cloud, body: unknown): object {
  const given = typeof body === 'object' && body !== null ? new Map<string, unknown>(Object.entries(body)) : new Map()
  const person = personIn(cloud, given.get('userName'))
  const answerer = given.get('deny') === true ? undefined : person
  const at = cloud.now()
  const userCode = given.get('userCode')
  if (typeof userCode === 'string') {
    const grant = waitingGrant(cloud, at, userCode)
    if (!grant)
      throw new Fault('NotFound', 404, 'No program waits for this code.', { hint: 'Codes work once, for ten minutes.' })
    answerGrant(cloud, at, grant, answerer)
    return { userCode: grant.userCode, outcome: answerer ? 'approved' : 'denied' }
  }
  const authorize = given.get('authorize')
  const url = typeof authorize === 'string' ? URL.parse(authorize) : undefined
  if (url?.pathname !== '/authorize') throw new Fault('BadRequest', 400, 'What is to be approved?', { hint: form })
  const asked = readAuthorization(cloud, at, url.searchParams)
  if ('page' in asked) throw new Fault('BadRequest', 400, asked.page)
  return { redirect: 'redirect' in asked ? asked.redirect : answerAuthorization(cloud, at, asked, answerer) }
}

function personIn(cloud: Cloud, userName: unknown): Person {
  const person = typeof userName === 'string' ? personNamed(cloud, userName) : undefined
  if (!person) throw new Fault('NotFound', 404, 'There is no such user.', { hint: form })
  return person
}
