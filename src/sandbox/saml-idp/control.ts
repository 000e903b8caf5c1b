import type { ControlRoute } from '../service.ts'
import { makeIdentity } from './identity.ts'
import { awsAttribute, type Changes, entityId, issueResponse, samlPaths } from './issue.ts'
import { bad, personNamed, putPeople, record, textsIn, toldPeople } from './people.ts'

/** What the provider's control endpoints do, by method and the path under `/_mayfly/`. */
export const samlControl: Readonly<Record<string, ControlRoute>> = {
  'GET saml-idp': ({ cloud, endpoint }) => ({
    entityId,
    samlMetadataUrl: endpoint + samlPaths.metadata,
    samlSsoUrl: endpoint + samlPaths.signOn,
    ...toldPeople(cloud),
  }),
  'PUT saml-idp': async ({ cloud }, body) => {
    await putPeople(cloud, body)
    return toldPeople(cloud)
  },
  'POST saml-idp/response': async (at, body) => {
    const order = record(body, 'The body')
    const person = personNamed(at.cloud, text(order, 'user') ?? '')
    if (person === undefined) throw bad('user is not one of the people the provider knows')
    const { xml, assertionId } = await issueResponse(at, person, await changesIn(order, at.at))
    return { samlResponse: Buffer.from(xml).toString('base64'), assertionId }
  },
}

const texts = ['issuer', 'destination', 'recipient', 'audience', 'inResponseTo', 'nameId', 'nameIdFormat'] as const
const instants = ['issueInstant', 'notBefore', 'notOnOrAfter', 'sessionNotOnOrAfter'] as const
const coverings = ['assertion', 'response', 'both', 'nothing'] as const

/**
 * The changes of an order: the members of a response by their names, `attributes` (those of AWS by their short names),
 * `without` (names of attributes, or `NameID`), `signed` and `signer: "another"` for a key that is not the provider's.
 */
async function changesIn(order: Readonly<Record<string, unknown>>, now: Date): Promise<Changes> {
  const signed = coverings.find((covering) => covering === order.signed)
  if (order.signed !== undefined && signed === undefined) throw bad(`signed is one of ${coverings.join(', ')}`)
  return {
    ...Object.fromEntries(texts.flatMap((name) => pair(name, text(order, name)))),
    ...Object.fromEntries(instants.flatMap((name) => pair(name, instant(order, name)))),
    attributes: Object.entries(record(order.attributes ?? {}, 'attributes')).map(
      ([name, values]) => [fullName(name), textsIn(values, `attributes.${name}`)] as const,
    ),
    without: textsIn(order.without, 'without').map((name) => (name === 'NameID' ? name : fullName(name))),
    ...(signed ? { signed } : {}),
    ...(order.signer === 'another' ? { signer: await makeIdentity(now) } : {}),
  }
}

/** AWS's attributes have short names here; anything with a colon of its own namespace stands as it is. */
const fullName = (name: string): string =>
  /^(?:Role|RoleSessionName|SessionDuration|SourceIdentity|TransitiveTagKeys|PrincipalTag:.*)$/.test(name)
    ? awsAttribute + name
    : name

const pair = <T>(name: string, value: T | undefined): [string, T][] => (value === undefined ? [] : [[name, value]])

function text(order: Readonly<Record<string, unknown>>, name: string): string | undefined {
  const value = order[name]
  if (value === undefined || typeof value === 'string') return value
  throw bad(`${name} is not a text`)
}

function instant(order: Readonly<Record<string, unknown>>, name: string): Date | undefined {
  const value = text(order, name)
  const date = value === undefined ? undefined : new Date(value)
  if (date && Number.isNaN(date.getTime())) throw bad(`${name} is not an instant`)
  return date
}
