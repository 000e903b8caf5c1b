import { encodeBase32 } from '../base32.ts'
import type { SamlProvider } from '../cloud.ts'
import { readMetadata } from '../saml/provider-metadata.ts'
import { type Call, operation } from '../service.ts'
import { required, text } from '../shape.ts'
import { needsToCreate } from './creation.ts'
import { entityAlreadyExists, invalidInput, quotaExceeded } from './faults.ts'
import * as members from './members.ts'
import { arnIn, samlProvider } from './nouns.ts'
import { tagsOf, tagView } from './tag-context.ts'

const mostProviders = 100
const metadataMember = text({ min: 1000, max: 10_000_000 })
const named = { SAMLProviderArn: required(members.arn) }

const createSamlProvider = operation({
  input: {
    SAMLMetadataDocument: required(metadataMember),
    Name: required(text({ min: 1, max: 128, pattern: '[\\w._-]+' })),
    Tags: members.tagList,
  },
  needs: (input, call) => {
    const resource = arnIn(call, `saml-provider/${input.Name}`)
    return needsToCreate('CreateSAMLProvider', 'TagSAMLProvider', resource, input)
  },
  perform: (input, call) => {
    const { cloud, caller, at } = call
    const tags = tagsOf(input.Tags)
    const arn = arnIn(call, `saml-provider/${input.Name}`)
    if (cloud.samlProviders.get(arn)) throw entityAlreadyExists(`Provider with name ${input.Name} already exists.`)
    if (ownProviders(call).length >= mostProviders) throw quotaExceeded('SAMLProvidersPerAccount', mostProviders)
    const createdAt = at.toISOString()
    samlProvider.put(cloud, {
      ...{ accountId: caller.accountId, name: input.Name, arn, createdAt, tags },
      ...describedBy(input.SAMLMetadataDocument, call),
    })
    return { SAMLProviderArn: arn, Tags: tagView(tags) }
  },
})

const getSamlProvider = operation({
  input: named,
  needs: (input, call) => samlProvider.needs('GetSAMLProvider', input, call),
  perform: (input, call) => {
    const { id, metadata, createdAt, validUntil, tags } = samlProvider.get(input, call)
    return {
      SAMLProviderUUID: id,
      SAMLMetadataDocument: metadata,
      CreateDate: new Date(createdAt),
      ValidUntil: new Date(validUntil),
      Tags: tagView(tags),
    }
  },
})

const updateSamlProvider = operation({
  input: { ...named, SAMLMetadataDocument: metadataMember },
  needs: (input, call) => samlProvider.needs('UpdateSAMLProvider', input, call),
  perform: (input, call) => {
    const provider = samlProvider.get(input, call)
    if (input.SAMLMetadataDocument !== undefined)
      samlProvider.put(call.cloud, { ...provider, ...describedBy(input.SAMLMetadataDocument, call) })
    return { SAMLProviderArn: provider.arn }
  },
})

/** All of them: unlike IAM's other lists, this one has no pages. */
const listSamlProviders = operation({
  input: {},
  needs: () => ({ action: 'iam:ListSAMLProviders', resource: '*' }),
  perform: (_, call) => ({
    SAMLProviderList: ownProviders(call).map(({ arn, validUntil, createdAt }) => ({
      Arn: arn,
      ValidUntil: new Date(validUntil),
      CreateDate: new Date(createdAt),
    })),
  }),
})

const deleteSamlProvider = operation({
  input: named,
  needs: (input, call) => samlProvider.needs('DeleteSAMLProvider', input, call),
  perform: (input, call) => {
    call.cloud.samlProviders.delete(samlProvider.get(input, call).arn)
    return {}
  },
})

const ownProviders = ({ cloud, caller }: Call): SamlProvider[] =>
  [...cloud.samlProviders.values()].filter(({ accountId }) => accountId === caller.accountId)

const century = 100 * 365 * 24 * 3600 * 1000

/** What a metadata document makes of a provider. Without an end of its own it is good for a hundred years. */
function describedBy(
  document: string,
  { cloud, at }: Call,
): Pick<SamlProvider, 'id' | 'metadata' | 'entityId' | 'keys' | 'validUntil'> {
  const metadata = readMetadata(document)
  if (metadata === undefined) throw invalidInput('Could not parse metadata')
  return {
    id: encodeBase32(cloud.randomBytes(20)),
    metadata: document,
    entityId: metadata.entityId,
    keys: metadata.keys,
    validUntil: (metadata.validUntil ?? new Date(at.getTime() + century)).toISOString(),
  }
}

/** The SAML identity providers of the account. See "CreateSAMLProvider" in the IAM API Reference. */
export const samlProviders = {
  CreateSAMLProvider: createSamlProvider,
  GetSAMLProvider: getSamlProvider,
  UpdateSAMLProvider: updateSamlProvider,
  ListSAMLProviders: listSamlProviders,
  DeleteSAMLProvider: deleteSamlProvider,
}
