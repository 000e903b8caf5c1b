import type { OidcProvider } from '../cloud.ts'
import { type Fault, validationError } from '../fault.ts'
import { type Call, operation } from '../service.ts'
import { list, required, text } from '../shape.ts'
import { needsToCreate } from './creation.ts'
import { entityAlreadyExists, invalidInput, quotaExceeded } from './faults.ts'
import * as members from './members.ts'
import { arnIn, oidcProvider } from './nouns.ts'
import { tagsOf, tagView } from './tag-context.ts'

const mostProviders = 100
const mostClientIds = 100
const mostThumbprints = 5

const named = { OpenIDConnectProviderArn: required(members.arn) }
const clientId = text({ min: 1, max: 255 })
const thumbprints = list(text({ min: 40, max: 40 }))

const createOpenIdConnectProvider = operation({
  input: {
    Url: required(text({ min: 1, max: 255 })),
    ClientIDList: list(clientId),
    ThumbprintList: thumbprints,
    Tags: members.tagList,
  },
  needs: (input, call) => {
    const resource = arnIn(call, `oidc-provider/${withoutScheme(input.Url)}`)
    return needsToCreate('CreateOpenIDConnectProvider', 'TagOpenIDConnectProvider', resource, input)
  },
  perform: (input, call) => {
    const { cloud, caller, at } = call
    const url = checkUrl(input.Url)
    const clientIds = [...new Set(input.ClientIDList)]
    if (clientIds.length > mostClientIds) throw tooManyClientIds()
    const given = checkThumbprints(input.ThumbprintList ?? [])
    const tags = tagsOf(input.Tags)
    const arn = arnIn(call, `oidc-provider/${withoutScheme(url)}`)
    if (cloud.oidcProviders.get(arn)) throw entityAlreadyExists(`Provider with url ${url} already exists.`)
    if (ownProviders(call).length >= mostProviders)
      throw quotaExceeded('OpenIdConnectProvidersPerAccount', mostProviders)
    const createdAt = at.toISOString()
    oidcProvider.put(cloud, { accountId: caller.accountId, arn, url, clientIds, thumbprints: given, createdAt, tags })
    return { OpenIDConnectProviderArn: arn, Tags: tagView(tags) }
  },
})

const getOpenIdConnectProvider = operation({
  input: named,
  needs: (input, call) => oidcProvider.needs('GetOpenIDConnectProvider', input, call),
  perform: (input, call) => {
    const provider = oidcProvider.get(input, call)
    return {
      Url: withoutScheme(provider.url),
      ClientIDList: provider.clientIds,
      ThumbprintList: provider.thumbprints,
      CreateDate: new Date(provider.createdAt),
      Tags: tagView(provider.tags),
    }
  },
})

const listOpenIdConnectProviders = operation({
  input: {},
  needs: () => ({ action: 'iam:ListOpenIDConnectProviders', resource: '*' }),
  perform: (_, call) => ({ OpenIDConnectProviderList: ownProviders(call).map(({ arn }) => ({ Arn: arn })) }),
})

/** AWS does not mind one that is not there. */
const deleteOpenIdConnectProvider = operation({
  input: named,
  needs: (input, call) => oidcProvider.needs('DeleteOpenIDConnectProvider', input, call),
  perform: (input, call) => {
    const found = oidcProvider.find(input, call)
    if (found) call.cloud.oidcProviders.delete(found.arn)
    return {}
  },
})

const addClientId = operation({
  input: { ...named, ClientID: required(clientId) },
  needs: (input, call) => oidcProvider.needs('AddClientIDToOpenIDConnectProvider', input, call),
  perform: (input, call) => {
    const provider = oidcProvider.get(input, call)
    const clientIds = [...new Set([...provider.clientIds, input.ClientID])]
    if (clientIds.length > mostClientIds) throw tooManyClientIds()
    oidcProvider.put(call.cloud, { ...provider, clientIds })
    return {}
  },
})

const removeClientId = operation({
  input: { ...named, ClientID: required(clientId) },
  needs: (input, call) => oidcProvider.needs('RemoveClientIDFromOpenIDConnectProvider', input, call),
  perform: (input, call) => {
    const provider = oidcProvider.get(input, call)
    const clientIds = provider.clientIds.filter((id) => id !== input.ClientID)
    oidcProvider.put(call.cloud, { ...provider, clientIds })
    return {}
  },
})

const updateThumbprint = operation({
  input: { ...named, ThumbprintList: required(thumbprints) },
  needs: (input, call) => oidcProvider.needs('UpdateOpenIDConnectProviderThumbprint', input, call),
  perform: (input, call) => {
    const provider = oidcProvider.get(input, call)
    oidcProvider.put(call.cloud, { ...provider, thumbprints: checkThumbprints(input.ThumbprintList) })
    return {}
  },
})

const ownProviders = ({ cloud, caller }: Call): OidcProvider[] =>
  [...cloud.oidcProviders.values()].filter(({ accountId }) => accountId === caller.accountId)

const withoutScheme = (url: string): string => url.replace(/^https?:\/\//, '')

const loopback = /^http:\/\/(?:127(?:\.\d{1,3}){3}|localhost|\[::1\])(?::\d+)?(?:\/|$)/

/** As AWS: TLS, no port, no query. An issuer on this machine may have a port and do without TLS. */
function checkUrl(text: string): string {
  const url = URL.parse(text)
  const isHere = loopback.test(text)
  const plain = url && !url.search && !url.hash && !url.username && !url.password && !/[\s*?#]/.test(text)
  if (!plain || !(isHere || (text.startsWith('https://') && (url.port === '' || isLoopbackHost(url)))))
    throw validationError('Invalid Open ID Connect Provider URL')
  return text
}

const isLoopbackHost = ({ hostname }: URL): boolean => /^(?:127(?:\.\d{1,3}){3}|localhost|\[::1\])$/.test(hostname)

function checkThumbprints(given: readonly string[]): readonly string[] {
  if (given.length > mostThumbprints) throw invalidInput('Thumbprint list must contain at most 5 entries.')
  if (!given.every((print) => /^[0-9a-f]{40}$/i.test(print)))
    throw validationError('Thumbprint must be a 40 character hexadecimal string.')
  return given
}

const tooManyClientIds = (): Fault => quotaExceeded('ClientIdsPerOpenIdConnectProvider', mostClientIds)

export const openIdConnectProviders = {
  CreateOpenIDConnectProvider: createOpenIdConnectProvider,
  GetOpenIDConnectProvider: getOpenIdConnectProvider,
  ListOpenIDConnectProviders: listOpenIdConnectProviders,
  DeleteOpenIDConnectProvider: deleteOpenIdConnectProvider,
  AddClientIDToOpenIDConnectProvider: addClientId,
  RemoveClientIDFromOpenIDConnectProvider: removeClientId,
  UpdateOpenIDConnectProviderThumbprint: updateThumbprint,
}
