import type { Session } from '../cloud.ts'
import { Fault } from '../fault.ts'
import { redirect } from '../identity-center/pages/html.ts'
import { after, digestOf, isOver, newSecret } from '../identity-center/state.ts'
import { sameText } from '../same-text.ts'
import type { Answer, Call } from '../service.ts'
import { aliveAs, openSession } from './browser.ts'
import { sessionIdentity, trailIdentity } from './identity.ts'
import { homePath, problemPage } from './pages.ts'
import { stateOf } from './state.ts'

/** Seconds a sign-in that was prepared waits for its browser. */
const tokenSeconds = 900

/** Console federation ("Enabling custom identity broker access to the AWS console" in the IAM User Guide). */
export async function federate(call: Call): Promise<Answer> {
  const given = await parameters(call)
  const action = given.get('Action')
  if (action === 'getSigninToken') return { ...plain, body: JSON.stringify({ SigninToken: prepare(call, given) }) }
  if (action === 'login') return logIn(call, given)
  throw bad('Invalid Action parameter')
}

const plain = {
  status: 200,
  headers: { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' },
}
const bad = (message: string): Fault => new Fault('BadRequest', 400, message)

/** Of the query, or of a form: a form keeps the secrets out of logs. */
async function parameters(call: Call): Promise<ReadonlyMap<string, string>> {
  const all = new Map(call.query)
  if (call.request.method !== 'POST') return all
  const form = new URLSearchParams(Buffer.from(await call.body(64 * 1024)).toString('utf8'))
  return new Map([...all, ...form])
}

/** A token that signs a browser in as the role or federated user of a session, once. */
function prepare(call: Call, given: ReadonlyMap<string, string>): string {
  const { cloud, at } = call
  call.note({ operation: 'GetSigninToken', readOnly: false })
  const session = sessionIn(call, given.get('Session') ?? '')
  if (session.kind === 'session-token') throw bad('Invalid credentials parameter')
  const identity = sessionIdentity(session)
  if (!aliveAs(call, identity)) throw bad('Invalid credentials parameter')
  call.note({
    operation: 'GetSigninToken',
    vouched: { accountId: identity.accountId, userIdentity: trailIdentity(identity) },
  })
  const sessionEnds = endOf(session, given.get('SessionDuration'), at)
  const token = newSecret(cloud)
  const digest = digestOf(token)
  stateOf(cloud).signinTokens.put(digest, { digest, identity, sessionEnds, expiresAt: after(at, tokenSeconds) })
  return token
}

function sessionIn({ cloud, at }: Call, text: string): Session {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    value = undefined
  }
  const given: { [member: string]: unknown } = typeof value === 'object' && value !== null ? { ...value } : {}
  const { sessionId, sessionKey, sessionToken } = given
  if (typeof sessionId !== 'string' || typeof sessionKey !== 'string' || typeof sessionToken !== 'string')
    throw bad('Invalid Session parameter')
  const session = cloud.sessions.get(sessionId)
  const isTheirs =
    session !== undefined &&
    sameText(sessionKey, session.secretAccessKey) &&
    sameText(sessionToken, session.sessionToken) &&
    !isOver(session.expiresAt, at)
  if (!isTheirs) throw bad('Invalid credentials parameter')
  return session
}

/** A role's first session may ask for a time of its own, whatever the role's maximum; all others end as they are. */
function endOf(session: Session, duration: string | undefined, at: Date): string {
  if (duration === undefined) return session.expiresAt
  const seconds = /^\d{1,6}$/.test(duration) ? Number(duration) : Number.NaN
  if (!(seconds >= 900 && seconds <= 43_200)) throw bad('Invalid SessionDuration parameter')
  if (session.kind === 'federated-user' || session.chained) throw bad('Invalid credentials parameter')
  return after(at, seconds)
}

/** Signs the browser in, and shows who is. The token is spent, and what it leads to must be AWS's console. */
function logIn(call: Call, given: ReadonlyMap<string, string>): Answer {
  const { cloud, at } = call
  call.note({ operation: 'ConsoleLogin', readOnly: false })
  const destination = given.get('Destination') ?? ''
  if (!isConsole(destination)) return problemPage(400, 'The Destination is not a page of the AWS console.')
  const { signinTokens } = stateOf(cloud)
  const digest = digestOf(given.get('SigninToken') ?? '')
  const token = signinTokens.get(digest)
  signinTokens.delete(digest)
  if (!token || isOver(token.expiresAt, at) || !aliveAs(call, token.identity))
    return problemPage(400, 'The sign-in token is not valid, was used before, or is over. Ask for a new one.')
  const { identity, sessionEnds } = token
  call.note({
    operation: 'ConsoleLogin',
    vouched: { accountId: identity.accountId, userIdentity: trailIdentity(identity) },
    responseElements: { ConsoleLogin: 'Success' },
  })
  return redirect(homePath, openSession(call, { identity, destination }, sessionEnds))
}

/** A redirect to anywhere else would lend AWS's name to whoever made the link. */
function isConsole(destination: string): boolean {
  const url = URL.parse(destination)
  if (url?.protocol !== 'https:' || url.username || url.password || url.port || destination.length > 2048) return false
  return /^(?:[a-z0-9-]+\.)?console\.aws\.amazon\.com$/.test(url.hostname)
}
