import { inQuery } from '../rest-json-service.ts'
import { flag, integer, list, type Member, oneOf, required, structure, text } from '../shape.ts'

/** Members that operations of Roles Anywhere take, as its service model has them. */
const arn = (kind: string) => text({ min: 1, max: 1011, pattern: `arn:aws(-[^:]+)?:rolesanywhere(:.*){2}(:${kind}.*)` })

export const id = text({ min: 36, max: 36, pattern: '.*[a-f0-9]{8}-([a-z0-9]{4}-){3}[a-z0-9]{12}.*' })
export const name = text({ min: 1, max: 255, pattern: '[ a-zA-Z0-9\\-_]*' })
export const resourceArn = text({ min: 1, max: 1011 })
export const trustAnchorArn = arn('trust-anchor')
export const profileArn = arn('profile')
export const roleArn = text({ min: 1, max: 1011, pattern: 'arn:aws(-[^:]+)?:iam(:.*){2}(:role.*)' })
export const roleArns = list(roleArn, { max: 250 })
export const managedPolicyArns = list(text({ min: 1, max: 200 }), { max: 50 })
export const enabled = flag()
export const duration = integer({ min: 900, max: 43_200 })
export const sessionPolicy = text({ min: 1, max: 100_000 })

const tagText = '[ a-zA-Z0-9_.:/=+@-]*'
const tagKey = text({ min: 1, max: 128, pattern: tagText, sensitive: true })
export const tags = list(
  structure({ key: required(tagKey), value: required(text({ max: 256, pattern: tagText, sensitive: true })) }),
  { max: 200 },
)
export const tagKeys = list(tagKey, { max: 200 })

export const certificateField = oneOf('x509Subject', 'x509Issuer', 'x509SAN')
export const mappingRules = list(structure({ specifier: required(text({ max: 60 })) }))
export const specifiers = inQuery(list(text()))
export const paging = { nextToken: text({ min: 1, max: 10_000 }), pageSize: integer() }

export const source = structure({
  sourceType: oneOf('AWS_ACM_PCA', 'CERTIFICATE_BUNDLE', 'SELF_SIGNED_REPOSITORY'),
  sourceData: structure({ x509CertificateData: text({ min: 1, max: 16_000 }), acmPcaArn: text() }),
})

const event = oneOf('CA_CERTIFICATE_EXPIRY', 'END_ENTITY_CERTIFICATE_EXPIRY')
const channel = oneOf('ALL')
export const notifications = list(
  structure({
    enabled: required(flag()),
    event: required(event),
    threshold: integer({ min: 1, max: 360 }),
    channel,
  }),
  { max: 50 },
)
export const notificationKeys = list(structure({ event: required(event), channel }), { max: 50 })

/** Bytes, as JSON has them: base64. */
export const revocationData: Member<Uint8Array> = {
  required: false,
  read(value, at, faults) {
    const bytes = typeof value === 'string' ? Buffer.from(value, 'base64') : Buffer.alloc(0)
    if (bytes.length >= 1 && bytes.length <= 300_000) return bytes
    faults.push(`Value at '${at}' failed to satisfy constraint: Member must have length between 1 and 300000`)
    return undefined
  },
}
