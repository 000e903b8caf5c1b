import { turn, unlessGone } from '../changes.ts'
import { knowing, neededText, same, textIn, textsIn } from '../properties.ts'
import { askIam, setTags, tagsToCreate } from './holder.ts'

/** AWS::IAM::OIDCProvider. `Ref` is the ARN. */
export const oidcProvider = knowing(['ClientIdList', 'Tags', 'ThumbprintList', 'Url'], {
  replacedBy: ['Url'],
  required: ['Url'],
  async create(properties, at) {
    const { OpenIDConnectProviderArn: arn } = await askIam(at, 'CreateOpenIDConnectProvider', {
      Url: neededText(properties, 'Url'),
      ClientIDList: textsIn(properties, 'ClientIdList'),
      ThumbprintList: textsIn(properties, 'ThumbprintList'),
      Tags: tagsToCreate(properties, at),
    })
    return { id: String(arn), attributes: { Arn: String(arn) } }
  },
  async update(properties, { id, attributes, properties: before }, at) {
    const named = { OpenIDConnectProviderArn: id }
    await turn(textsIn(before, 'ClientIdList'), textsIn(properties, 'ClientIdList'), {
      take: (ClientID) => askIam(at, 'RemoveClientIDFromOpenIDConnectProvider', { ...named, ClientID }),
      add: (ClientID) => askIam(at, 'AddClientIDToOpenIDConnectProvider', { ...named, ClientID }),
    })
    if (!same(properties.ThumbprintList, before.ThumbprintList))
      await askIam(at, 'UpdateOpenIDConnectProviderThumbprint', {
        ...named,
        ThumbprintList: textsIn(properties, 'ThumbprintList'),
      })
    await setTags('OpenIDConnectProvider', named, properties, before, at)
    return { id, attributes }
  },
  remove: ({ id }, at) => unlessGone(askIam(at, 'DeleteOpenIDConnectProvider', { OpenIDConnectProviderArn: id })),
})

/** AWS::IAM::SAMLProvider. `Ref` is the ARN. */
export const samlProvider = knowing(['Name', 'SamlMetadataDocument', 'Tags'], {
  replacedBy: ['Name'],
  required: ['SamlMetadataDocument'],
  async create(properties, at) {
    const { SAMLProviderArn } = await askIam(at, 'CreateSAMLProvider', {
      Name: textIn(properties, 'Name') ?? at.uniqueName(128),
      SAMLMetadataDocument: neededText(properties, 'SamlMetadataDocument'),
      Tags: tagsToCreate(properties, at),
    })
    const arn = String(SAMLProviderArn)
    return { id: arn, attributes: { Arn: arn } }
  },
  async update(properties, { id, attributes, properties: before }, at) {
    const named = { SAMLProviderArn: id }
    const SAMLMetadataDocument = neededText(properties, 'SamlMetadataDocument')
    if (SAMLMetadataDocument !== textIn(before, 'SamlMetadataDocument'))
      await askIam(at, 'UpdateSAMLProvider', { ...named, SAMLMetadataDocument })
    await setTags('SAMLProvider', named, properties, before, at)
    return { id, attributes }
  },
  remove: ({ id }, at) => unlessGone(askIam(at, 'DeleteSAMLProvider', { SAMLProviderArn: id })),
})
