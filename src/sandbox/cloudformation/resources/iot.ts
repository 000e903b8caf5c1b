import type { Properties, Provisioning, ResourceType } from '../resource-type.ts'
import { asking, unlessGone } from './changes.ts'
import { documentIn, knowing, neededText, structureIn, textIn } from './properties.ts'

const call = asking('iot')

const mostVersions = 5

interface PolicyVersion {
  readonly versionId: string
  readonly isDefaultVersion: boolean
}

/** The versions that do not count, oldest first. */
async function spareVersions(at: Provisioning, policyName: string): Promise<readonly string[]> {
  const { policyVersions } = await call(at, 'ListPolicyVersions', { policyName })
  return (policyVersions as readonly PolicyVersion[]).flatMap((one) => (one.isDefaultVersion ? [] : one.versionId))
}

async function removePolicy(at: Provisioning, policyName: string): Promise<void> {
  for (const policyVersionId of await spareVersions(at, policyName))
    await call(at, 'DeletePolicyVersion', { policyName, policyVersionId })
  await call(at, 'DeletePolicy', { policyName })
}

/** AWS::IoT::Policy. `Ref` is the name. A changed document is a new version, in the place of the oldest where there are five. */
export const policy: ResourceType = knowing(['PolicyName', 'PolicyDocument', 'Tags'], {
  replacedBy: ['PolicyName'],
  required: ['PolicyDocument'],
  async create(properties, at) {
    const policyName = textIn(properties, 'PolicyName') ?? at.uniqueName(128)
    const made = await call(at, 'CreatePolicy', {
      policyName,
      policyDocument: documentIn(properties, 'PolicyDocument'),
    })
    return { id: policyName, attributes: { Arn: String(made.policyArn), Id: policyName } }
  },
  async update(properties, { id: policyName, attributes, properties: before }, at) {
    const policyDocument = documentIn(properties, 'PolicyDocument')
    if (policyDocument === documentIn(before, 'PolicyDocument')) return { id: policyName, attributes }
    const spare = await spareVersions(at, policyName)
    const [oldest] = spare
    if (oldest !== undefined && spare.length + 1 >= mostVersions)
      await call(at, 'DeletePolicyVersion', { policyName, policyVersionId: oldest })
    await call(at, 'CreatePolicyVersion', { policyName, policyDocument, setAsDefault: true })
    return { id: policyName, attributes }
  },
  remove: ({ id }, at) => unlessGone(removePolicy(at, id)),
})

const duration = (properties: Properties): number | undefined =>
  properties.CredentialDurationSeconds === undefined
    ? undefined
    : Number(textIn(properties, 'CredentialDurationSeconds'))

/** AWS::IoT::RoleAlias. `Ref` is the alias. */
export const roleAlias: ResourceType = knowing(['RoleAlias', 'RoleArn', 'CredentialDurationSeconds', 'Tags'], {
  replacedBy: ['RoleAlias'],
  required: ['RoleArn'],
  async create(properties, at) {
    const alias = textIn(properties, 'RoleAlias') ?? at.uniqueName(128)
    const roleArn = neededText(properties, 'RoleArn')
    const made = await call(at, 'CreateRoleAlias', {
      roleAlias: alias,
      roleArn,
      credentialDurationSeconds: duration(properties),
    })
    return { id: alias, attributes: { RoleAliasArn: String(made.roleAliasArn) } }
  },
  async update(properties, { id, attributes }, at) {
    const roleArn = neededText(properties, 'RoleArn')
    await call(at, 'UpdateRoleAlias', {
      roleAlias: id,
      roleArn,
      credentialDurationSeconds: duration(properties) ?? 3600,
    })
    return { id, attributes }
  },
  remove: ({ id }, at) => unlessGone(call(at, 'DeleteRoleAlias', { roleAlias: id })),
})

const payload = (properties: Properties) => {
  const attributes = structureIn(structureIn(properties, 'AttributePayload') ?? {}, 'Attributes')
  return attributes === undefined ? undefined : { attributes }
}

/** AWS::IoT::Thing. `Ref` is the name. */
export const thing: ResourceType = knowing(['ThingName', 'AttributePayload'], {
  replacedBy: ['ThingName'],
  async create(properties, at) {
    const thingName = textIn(properties, 'ThingName') ?? at.uniqueName(128)
    const made = await call(at, 'CreateThing', { thingName, attributePayload: payload(properties) })
    return { id: thingName, attributes: { Arn: String(made.thingArn), Id: String(made.thingId) } }
  },
  async update(properties, { id, attributes }, at) {
    await call(at, 'UpdateThing', { thingName: id, attributePayload: payload(properties) ?? { attributes: {} } })
    return { id, attributes }
  },
  remove: ({ id }, at) => unlessGone(call(at, 'DeleteThing', { thingName: id })),
})

/** AWS::IoT::Certificate. `Ref` is the id. */
export const certificate: ResourceType = knowing(
  ['Status', 'CertificateSigningRequest', 'CertificatePem', 'CACertificatePem', 'CertificateMode'],
  {
    replacedBy: ['CertificateSigningRequest', 'CertificatePem', 'CACertificatePem', 'CertificateMode'],
    required: ['Status'],
    async create(properties, at) {
      const status = neededText(properties, 'Status')
      const request = textIn(properties, 'CertificateSigningRequest')
      const certificatePem = textIn(properties, 'CertificatePem')
      const made =
        request !== undefined
          ? await call(at, 'CreateCertificateFromCsr', {
              certificateSigningRequest: request,
              setAsActive: status === 'ACTIVE',
            })
          : properties.CertificateMode === 'SNI_ONLY'
            ? await call(at, 'RegisterCertificateWithoutCA', { certificatePem, status })
            : await call(at, 'RegisterCertificate', {
                certificatePem,
                caCertificatePem: textIn(properties, 'CACertificatePem'),
                status,
              })
      const id = String(made.certificateId)
      return { id, attributes: { Arn: String(made.certificateArn), Id: id } }
    },
    async update(properties, { id, attributes }, at) {
      await call(at, 'UpdateCertificate', { certificateId: id, newStatus: neededText(properties, 'Status') })
      return { id, attributes }
    },
    async remove({ id }, at) {
      await unlessGone(call(at, 'UpdateCertificate', { certificateId: id, newStatus: 'INACTIVE' }))
      await unlessGone(call(at, 'DeleteCertificate', { certificateId: id }))
    },
  },
)

/** AWS::IoT::PolicyPrincipalAttachment and AWS::IoT::ThingPrincipalAttachment: a bond and nothing else. */
const attachment = (nameOf: string, on: string, member: string, at: 'principal' | 'target'): ResourceType =>
  knowing([nameOf, 'Principal', 'ThingPrincipalType'], {
    replacedBy: ['*'],
    required: [nameOf, 'Principal'],
    async create(properties, place) {
      await call(place, `Attach${on}`, {
        [member]: neededText(properties, nameOf),
        [at]: neededText(properties, 'Principal'),
      })
      return { id: place.uniqueName(128), attributes: {} }
    },
    update: async (_, { id, attributes }) => ({ id, attributes }),
    remove: ({ properties }, place) =>
      unlessGone(
        call(place, `Detach${on}`, {
          [member]: neededText(properties, nameOf),
          [at]: neededText(properties, 'Principal'),
        }),
      ),
  })

export const policyAttachment = attachment('PolicyName', 'Policy', 'policyName', 'target')
export const thingAttachment = attachment('ThingName', 'ThingPrincipal', 'thingName', 'principal')
