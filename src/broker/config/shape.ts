import { z } from 'zod'
import { isSafeUrl } from '../authenticators/fetch-text.ts'
import { networkFault } from '../decide/networks.ts'

// Every object is strict: a misspelt key must not silently open or close something.

const name = z
  .string()
  .regex(/^[A-Za-z0-9][\w.-]{0,63}$/, 'must be a name: letters, digits, `.`, `_` and `-`, at most 64')
const lengths = 'must be seconds, or a text such as 45m, 4h or 1h30m'
const duration = z
  .union(
    [
      z.number().int().positive(lengths),
      z.string().regex(/^(?:\d{1,4}d)?(?:\d{1,4}h)?(?:\d{1,5}m)?(?:\d{1,6}s)?$/, lengths),
    ],
    { error: ({ input }) => (input === undefined ? undefined : lengths) },
  )
  .describe('Seconds, or a text such as 45m, 4h or 1h30m')
const accountId = z.string().regex(/^\d{12}$/, 'must be twelve digits; put it in quotes')
const roleArn = z.string().regex(/^arn:aws[\w-]*:iam::\d{12}:role\/[\w+=,.@/-]{1,512}$/, 'must be the ARN of a role')
const url = z
  .string()
  .regex(/^https?:\/\/[^\s/?#]+[^\s?#]*$/, 'must be an http(s) URL without a query')
  .describe('An http(s) URL')
const networks = z.array(
  z.string().refine((text) => networkFault(text) === undefined, 'must be a network such as 10.0.0.0/8'),
)
const texts = z.array(z.string().min(1)).min(1)

/** Whom something is for. */
const who = z
  .strictObject({
    anyone: z.literal(true).optional().describe('Whoever can prove who they are'),
    ids: texts
      .optional()
      .describe(
        'Principals by id (corp:ann@example.com); people also by the part behind the colon, where that is their name',
      ),
    groups: texts.optional(),
    authenticators: texts.optional().describe('Whoever this authenticator vouches for'),
    claims: z
      .record(z.string(), z.union([z.string(), texts]))
      .refine((claims) => Object.keys(claims).length > 0, 'names no claim, and so would be everybody')
      .optional()
      .describe('Claims of the proof: values, or patterns with * (not across : and /) and **'),
    get anyOf() {
      return z.array(who).min(1).optional()
    },
  })
  .describe('All that is said must hold; of each list one')

const hours = z
  .strictObject({
    days: z.array(z.enum(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'])).min(1),
    from: z.string().regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, 'must be a time such as "08:00"'),
    to: z.string().regex(/^(?:(?:[01]\d|2[0-3]):[0-5]\d|24:00)$/, 'must be a time such as "18:00"'),
    zone: z.string().refine(isZone, 'must be a time zone such as Europe/Berlin'),
  })
  .describe('When the grant is open; over midnight when `to` is before `from`')

function isZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en-US', { timeZone: zone })
    return true
  } catch {
    return false
  }
}

const statement = z.strictObject({ actions: texts, resources: texts })

const grant = z.strictObject({
  name,
  to: who,
  role: name,
  longest: duration,
  usual: duration.optional().describe('Default: the longest, an hour at most'),
  policy: z.record(z.string(), z.unknown()).optional().describe('A session policy, as IAM has it'),
  allow: z.array(statement).min(1).optional().describe('A session policy made of actions and resources'),
  mfa: z.strictObject({ within: duration }).optional().describe('A second factor must have been shown that recently'),
  reason: z.literal('required').optional(),
  ticket: z.string().optional().describe('A regular expression that the whole ticket must match'),
  approvals: z
    .strictObject({
      count: z.number().int().min(1).max(10),
      by: who,
      lapse: duration.optional().describe('Default 1h'),
    })
    .optional(),
  networks: networks.min(1).optional(),
  hours: hours.optional(),
  breakGlass: z
    .literal(true)
    .optional()
    .describe('Open in emergencies only; everybody hears of it, and it is reviewed'),
  tags: z
    .record(z.string().regex(/^[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,128}$/u), z.string().max(256))
    .optional()
    .describe(`Session tags; \${id}, \${name} and \${claims.NAME} stand for the principal's`),
})

const common = {
  lifetime: duration.optional().describe('How long a login lasts at most; default 8h for people, 1h for workloads'),
}

const authenticator = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('oidc'),
    issuer: url,
    clientId: z.string().min(1),
    clientSecretFile: z.string().optional(),
    scopes: texts.optional(),
    idClaim: z.string().optional().describe('Default email when it is verified, else sub'),
    nameClaim: z.string().optional(),
    groupsClaim: z.string().optional(),
    emails: z
      .literal('trusted')
      .optional()
      .describe('Take addresses without email_verified: only where nobody can write their own'),
    ...common,
  }),
  z.strictObject({
    kind: z.literal('saml'),
    metadataFile: z.string().optional(),
    metadataUrl: url.optional(),
    entityId: z.string().optional().describe('Of the broker; default its public URL'),
    groupsAttribute: z.string().optional(),
    nameAttribute: z.string().optional(),
    ...common,
  }),
  z.strictObject({
    kind: z.literal('jwt'),
    issuer: url,
    jwksUrl: url.optional(),
    audience: z.string().optional().describe('Default: the public URL'),
    idClaim: z.string().optional(),
    groupsClaim: z.string().optional(),
    ...common,
  }),
  z.strictObject({ kind: z.literal('x509'), authoritiesFile: z.string(), crlFile: z.string().optional(), ...common }),
  z.strictObject({
    kind: z.literal('aws'),
    accounts: z.array(accountId).min(1),
    stsEndpoint: url.optional(),
    ...common,
  }),
])

const receiver = {
  url,
  insecure: z.literal(true).optional().describe('Send over plain http to another machine: whoever is between reads it'),
  events: texts.optional(),
}

const port = z.number().int().min(0).max(65_535)
const tls = z.strictObject({ certificateFile: z.string(), privateKeyFile: z.string() })

/** The file as it is written. */
export const shape = z
  .strictObject({
    $schema: z.string().optional(),
    publicUrl: url
      .refine(isSafeUrl, 'must begin with https, or be on this machine: logins and credentials go there')
      .describe('As people and machines reach the broker; the audience of proofs'),
    listen: z
      .strictObject({ host: z.string().optional(), port: port.optional(), tls: tls.optional() })
      .optional()
      .describe('Default 127.0.0.1:8484'),
    mutualTls: z
      .strictObject({ host: z.string().optional(), port: port.optional(), ...tls.shape })
      .optional()
      .describe('Where callers with certificates come'),
    database: z
      .string()
      .optional()
      .describe('sqlite: and a path, memory:, or a postgres:// URL; default sqlite:ledger.sqlite beside this file'),
    keyFile: z
      .string()
      .optional()
      .describe('What logins are signed with; made when missing; several brokers share one'),
    upstream: z
      .strictObject({ profile: z.string().optional(), region: z.string(), endpoint: url.optional() })
      .describe("The broker's own AWS credentials: a profile of ~/.aws/config"),
    accounts: z
      .record(name, z.strictObject({ id: accountId }))
      .optional()
      .describe('Names for accounts'),
    roles: z.record(
      name,
      z.strictObject({
        arn: roleArn,
        externalId: z.string().optional(),
        longest: duration.optional().describe("Default 1h; not more than the role's own limit"),
        revocable: z.boolean().optional().describe('Whether the broker may put deny policies on it; default true'),
        administrator: roleArn.optional().describe('Role to assume for revoking and watching there'),
      }),
    ),
    authenticators: z.record(name, authenticator),
    grants: z.array(grant),
    access: z
      .strictObject({ viewers: who.optional(), approvers: who.optional(), admins: who.optional() })
      .optional()
      .describe('Who sees all, approves, and administers; others see their own'),
    notify: z
      .array(
        z.discriminatedUnion('kind', [
          z.strictObject({ kind: z.literal('webhook'), secretFile: z.string(), ...receiver }),
          z.strictObject({ kind: z.literal('slack'), ...receiver }),
        ]),
      )
      .optional(),
    trustedProxies: networks.optional(),
    metrics: z
      .strictObject({
        from: networks
          .min(1)
          .optional()
          .describe('Networks that scrape; default: this machine, unless there is a token'),
        tokenFile: z
          .string()
          .min(1)
          .optional()
          .describe('A bearer token a line, of 16 characters at least; each of them counts'),
      })
      .optional()
      .describe('Who may read /metrics; where both are said both must hold'),
    watch: z
      .strictObject({
        lookupEvents: z.boolean().optional(),
        every: duration.optional(),
        deliveries: z.string().optional().describe('A folder that CloudTrail files are put into'),
        accounts: z.array(accountId).optional().describe('Default: those of the roles'),
        regions: z
          .array(z.string().regex(/^[a-z]{2}(?:-[a-z]+)+-\d$/, 'must be a region such as eu-central-1'))
          .min(1)
          .optional()
          .describe("Default: the upstream's, and the one in which AWS tells of its global services"),
      })
      .optional(),
  })
  .describe('The configuration of a Mayfly broker')

export type ConfigFile = z.infer<typeof shape>

/** The JSON Schema of the file, for editors and reviews. */
export const configJsonSchema = (): object => z.toJSONSchema(shape, { io: 'input', unrepresentable: 'any' })
