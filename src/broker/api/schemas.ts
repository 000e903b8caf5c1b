import { z } from '@hono/zod-openapi'

// What the API takes and gives, as its OpenAPI document tells it. Instants are ISO 8601 texts.

const instant = z.string().openapi({ format: 'date-time', example: '2026-11-21T12:00:00.000Z' })
const text = (longest: number) => z.string().max(longest)
const id = (letter: string) =>
  z
    .string()
    .regex(new RegExp(`^${letter}[a-z2-7]{18}$`))
    .openapi({ example: `${letter}abcdefghijklmnopqr` })

/** Of lists whose body is the items alone. */
export const linked = z.object({
  Link: z.string().optional().openapi({
    description:
      'Where the rest is: `</v1/…?cursor=…>; rel="next"`. A page may have few items, or none, and still be followed by more',
  }),
})
export const cursor = z.string().max(80).optional().openapi({ description: 'From the page before' })

export const problem = z
  .object({ error: z.object({ code: z.string(), message: z.string(), hint: z.string().optional() }) })
  .openapi('Problem')

export const authenticator = z
  .object({
    name: z.string(),
    kind: z.enum(['oidc', 'saml', 'jwt', 'x509', 'aws']),
    broken: z.literal(true).optional().openapi({ description: 'It cannot be used at present' }),
    because: z.string().optional().openapi({ description: 'Why it is broken, for admins' }),
  })
  .openapi('Authenticator')

export const sessionBody = z
  .strictObject({
    role: text(600)
      .min(1)
      .openapi({ description: "The role's name in the configuration, or its ARN", example: 'prod-admin' }),
    duration: z
      .number()
      .int()
      .positive()
      .max(43_200)
      .optional()
      .openapi({ description: "Seconds; default: the grant's" }),
    policy: text(4096).optional().openapi({ description: 'A session policy (JSON) that narrows further' }),
    reason: text(1000).optional(),
    ticket: text(200).optional(),
    requestId: id('r').optional().openapi({ description: 'An approved request' }),
    breakGlass: z.literal(true).optional(),
  })
  .openapi('SessionRequest')

export const requestBody = sessionBody.omit({ requestId: true }).openapi('RequestBody')
export const voteBody = z.strictObject({ approve: z.boolean(), reason: text(1000).optional() }).openapi('Vote')
export const reasonBody = z.strictObject({ reason: text(1000).min(1) }).openapi('Reason')

const session = z
  .object({
    id: z.string(),
    origin: z.enum(['broker', 'cloudtrail']),
    operation: z.string(),
    state: z.enum(['pending', 'issued', 'failed', 'revoked']),
    principalId: z.string(),
    principalName: z.string(),
    accountId: z.string(),
    roleArn: z.string(),
    role: z.string(),
    grant: z.string(),
    sessionName: z.string(),
    sourceIdentity: z.string(),
    askedAt: instant,
    issuedAt: instant.optional(),
    expiresAt: instant.optional(),
    accessKeyId: z.string().optional(),
    userId: z.string().optional(),
    sourceIp: z.string().optional(),
    reason: z.string().optional(),
    ticket: z.string().optional(),
    requestId: z.string().optional(),
    failure: z.string().optional(),
    revocationId: z.string().optional(),
    revokedAt: instant.optional(),
  })
  .openapi('Session')

const credentials = z
  .object({
    accessKeyId: z.string(),
    secretAccessKey: z.string(),
    sessionToken: z.string(),
    expiration: instant,
    accountId: z.string().optional(),
  })
  .openapi('Credentials')

export const issued = z.object({ session, credentials }).openapi('Issued')
export const sessionPage = z
  .object({ items: z.array(session).readonly(), cursor: z.string().optional() })
  .openapi('SessionPage')
const row = z
  .object({ seq: z.number().int(), hash: z.string(), event: z.object({ kind: z.string(), at: instant }) })
  .openapi('LedgerRow')
export const sessionStory = z.object({ session, events: z.array(row).readonly() }).openapi('SessionStory')

const flag = z.enum(['true', 'false', '1', '0', '']).transform((given) => given !== 'false' && given !== '0')
export const sessionQuery = z.object({
  live: flag.optional(),
  state: z.enum(['pending', 'issued', 'failed', 'revoked']).optional(),
  principal: z.string().max(600).optional(),
  role: z.string().max(600).optional(),
  account: z.string().max(12).optional(),
  origin: z.enum(['broker', 'cloudtrail']).optional(),
  text: z.string().max(200).optional().openapi({
    description:
      'A part of a name, role or id. So many sessions are looked through for a page: it may have few, or none, and a cursor',
  }),
  limit: z.coerce.number().int().min(1).max(1000).optional(),
  cursor: z.string().max(100).optional(),
})

const before = instant.optional().openapi({ description: 'Spare what was issued from then on; default: now' })
export const target = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('session'), sessionId: id('s') }),
    z.strictObject({ kind: z.literal('principal'), principalId: text(600).min(1), before }),
    z.strictObject({ kind: z.literal('role'), role: text(600).min(1), before }),
    z.strictObject({ kind: z.literal('everything'), before }),
  ])
  .openapi('RevocationTarget')
export const revocationBody = z
  .strictObject({ target, reason: text(1000).min(1), dryRun: z.boolean().optional() })
  .openapi('RevocationBody')
export const revocation = z
  .object({
    id: z.string(),
    target: z.object({ kind: z.string() }),
    by: z.string(),
    reason: z.string(),
    at: instant,
    dryRun: z.boolean(),
    sessions: z.number().int(),
    reach: z
      .array(
        z.object({
          place: z.enum(['broker', 'agent', 'gateway', 'aws']),
          where: z.string(),
          effect: z.enum(['refused', 'dropped', 'denied', 'runs-until-expiry', 'unknown']),
          how: z.string(),
          sessions: z.array(z.string()).readonly(),
          took: z.number().optional(),
          until: instant.optional(),
        }),
      )
      .readonly(),
  })
  .openapi('Revocation')

export const approvalRequest = z
  .object({
    id: z.string(),
    state: z.enum(['waiting', 'approved', 'refused', 'used']),
    principalId: z.string(),
    role: z.string(),
    grant: z.string(),
    duration: z.number(),
    needed: z.number(),
    askedAt: instant,
    expiresAt: instant,
    reason: z.string().optional(),
    ticket: z.string().optional(),
    votes: z
      .array(
        z.object({
          by: z.string(),
          byName: z.string(),
          at: instant,
          approve: z.boolean(),
          reason: z.string().optional(),
        }),
      )
      .readonly(),
    outdated: z.literal(true).optional().openapi({
      description: 'Its grant has changed since it was asked: it must be asked for anew',
    }),
  })
  .openapi('ApprovalRequest')

export const me = z
  .object({
    principal: z.object({ id: z.string(), kind: z.string(), name: z.string(), groups: z.array(z.string()) }),
    access: z.array(z.enum(['viewer', 'approver', 'admin'])),
    expiresAt: instant,
  })
  .openapi('Me')

export const grantView = z
  .object({
    grant: z.string(),
    role: z.string(),
    longest: z.number(),
    usual: z.number(),
    needs: z.array(z.string()),
    approvals: z.number().optional(),
    allowed: z.boolean(),
    code: z.string().optional(),
    because: z.string().optional(),
  })
  .openapi('Grant')

export const explainBody = z
  .strictObject({
    principal: text(600).optional().openapi({ description: 'Another than the caller, by id; for viewers' }),
    role: text(600).min(1),
    duration: z.number().int().positive().optional(),
    at: instant.optional(),
    reason: text(1000).optional(),
    ticket: text(200).optional(),
    breakGlass: z.literal(true).optional(),
  })
  .openapi('Question')
export const explanation = z
  .object({
    allowed: z.boolean(),
    grant: z.string().optional(),
    duration: z.number().optional(),
    code: z.string().optional(),
    because: z.string().optional(),
  })
  .openapi('Explanation')

export const alert = z
  .object({
    id: z.string(),
    kind: z.string(),
    text: z.string(),
    at: instant,
    sessionId: z.string().optional(),
    closed: z.object({ by: z.string(), reason: z.string(), at: instant }).optional(),
  })
  .openapi('Alert')

export const ledgerHealth = z
  .object({ seq: z.number().int(), hash: z.string(), verifiedAt: instant.optional(), database: z.string() })
  .openapi('LedgerHealth')

export const ackBody = z
  .strictObject({
    revocationId: id('v'),
    agent: text(200),
    sessions: z.array(z.string().max(40)).max(10_000),
    took: z.number().nonnegative().max(600_000).optional(),
  })
  .openapi('Ack')
