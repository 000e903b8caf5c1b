import { decodeForm, splitQuery, splitTarget } from '../../wire/uri.ts'
import { Fault } from '../fault.ts'
import { isPassword } from '../iam/password.ts'
import type { Answer, Call, Service } from '../service.ts'
import { type AuthnRequest, readAuthnRequest } from './authn-request.ts'
import { samlIdentity } from './identity.ts'
import { issueResponse, samlPaths } from './issue.ts'
import { metadataXml } from './metadata.ts'
import { copyPage, handOnPage, problemPage, signInPage } from './pages.ts'
import { type Person, personNamed, rolesOf } from './people.ts'

const paths: readonly string[] = Object.values(samlPaths)

/**
 * A SAML identity provider: metadata for IAM, a sign-in page for people, and the responses that AWS takes. The Recipient
 * of its assertions is AWS's sign-in, wherever the browser takes them, as with providers where the two are set apart.
 */
export const samlIdp: Service = {
  name: 'saml-idp',
  skewMinutes: 15,
  claims: ({ target }) => paths.includes(splitTarget(target).path),
  handle: async (call) => {
    const isSignOn = call.path === samlPaths.signOn
    call.note({ operation: isSignOn ? 'SignOn' : 'GetMetadata', readOnly: true })
    if (!isSignOn && call.request.method === 'GET') return metadata(call)
    if (isSignOn && call.request.method === 'GET') return askToSignIn(call)
    if (isSignOn && call.request.method === 'POST') return signIn(call)
    throw new Fault('MethodNotAllowed', 405, 'The identity provider has no use for this method here.')
  },
  refuse: ({ status, message }) => problemPage(status, message),
}

async function metadata({ cloud, endpoint }: Call): Promise<Answer> {
  const { certificate } = await samlIdentity(cloud)
  const headers = { 'Content-Type': 'application/samlmetadata+xml', 'Cache-Control': 'no-store' }
  return { status: 200, headers, body: metadataXml(endpoint, certificate) }
}

/** A sign-in that a program asked for, or (without a request) one for AWS's own page. */
interface SignOn {
  readonly request: AuthnRequest | undefined
  /** To be handed on with the form. */
  readonly fields: Readonly<Record<string, string>>
  readonly relayState: string | undefined
}

function askToSignIn(call: Call): Answer {
  const given = new Map(call.query)
  const binding = 'redirect'
  return signInPage({ ...signOnFrom(given, binding).fields, binding })
}

function signOnFrom(given: ReadonlyMap<string, string>, binding: 'redirect' | 'post'): SignOn {
  const saml = given.get('SAMLRequest')
  const relayState = given.get('RelayState')
  const request = saml === undefined ? undefined : readAuthnRequest(saml, binding)
  if (saml !== undefined && request === undefined)
    throw new Fault(
      'BadRequest',
      400,
      'The SAMLRequest is none, or wants the answer taken to another machine than this one. Its AssertionConsumerServiceURL must be on 127.0.0.1.',
    )
  const fields = {
    ...(saml === undefined ? {} : { SAMLRequest: saml }),
    ...(relayState === undefined ? {} : { RelayState: relayState }),
  }
  return { request, fields, relayState }
}

async function signIn(call: Call): Promise<Answer> {
  const given = await readForm(call)
  const binding = given.get('binding') === 'redirect' ? 'redirect' : 'post'
  const { request, fields, relayState } = signOnFrom(given, binding)
  const again = { ...fields, binding }
  const [user, password] = [given.get('user'), given.get('password')]
  // A program's own POST binding: its form has no names in it yet.
  if (user === undefined || password === undefined) return signInPage(again)
  refuseForeignForm(call)
  const person = await authenticated(call, user, password)
  if (person === undefined) return signInPage(again, 'There is nobody of that name and password.')
  if (rolesOf(call.cloud, person).length === 0)
    return signInPage(again, `${person.name} has no role at AWS: give them one at the control endpoint.`)
  const { consumerUrl, id } = request ?? {}
  const { xml } = await issueResponse(call, person, {
    ...(consumerUrl === undefined ? {} : { destination: consumerUrl }),
    ...(id === undefined ? {} : { inResponseTo: id }),
  })
  const SAMLResponse = Buffer.from(xml).toString('base64')
  if (consumerUrl === undefined) return copyPage(SAMLResponse)
  return handOnPage(consumerUrl, { SAMLResponse, ...(relayState === undefined ? {} : { RelayState: relayState }) })
}

/** Checks a password in the same time whether or not there is such a person. */
async function authenticated({ cloud }: Call, name: string, password: string): Promise<Person | undefined> {
  const person = personNamed(cloud, name)
  const nobody = 'scrypt$16384$8$1$AAAAAAAAAAAAAAAAAAAAAA==$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA='
  return (await isPassword(password, person?.passwordHash ?? nobody)) ? person : undefined
}

/** Passwords are typed on this provider's own page, and only from there they come. */
function refuseForeignForm({ request, endpoint }: Call): void {
  const origin = request.headers.find(([name]) => name.toLowerCase() === 'origin')?.[1]
  const site = request.headers.find(([name]) => name.toLowerCase() === 'sec-fetch-site')?.[1]
  const isOwn = origin === undefined || origin === 'null' || sameOrigin(origin, endpoint)
  if (!isOwn || site === 'cross-site') throw new Fault('Forbidden', 403, 'The form came from another page.')
}

function sameOrigin(origin: string, endpoint: string): boolean {
  const from = URL.parse(origin)
  return from?.port === new URL(endpoint).port && /^(?:127\.0\.0\.1|localhost|\[::1\])$/.test(from.hostname)
}

async function readForm(call: Call): Promise<ReadonlyMap<string, string>> {
  const pairs = splitQuery(Buffer.from(await call.body()).toString('utf8'))
  return new Map(pairs.map(([name, value]) => [decodeForm(name) ?? '', decodeForm(value) ?? '']))
}
