import type { Cloud } from '../cloud.ts'
import { Fault } from '../fault.ts'
import { flag, type InputOf, integer, list, oneOf, readInput, text } from '../shape.ts'
import { gitHubClaims, gitHubIssuer } from './github.ts'
import { signingKeys, standInFor } from './keys.ts'
import { signToken } from './sign-token.ts'

/** What can be wrong with a token on purpose, so that people see it refused before an attacker tries. */
export const flaws = [
  'expired',
  'future',
  'alg-none',
  'algorithm-confusion',
  'unknown-key',
  'forged-signature',
  'fractional-times',
] as const
export type Flaw = (typeof flaws)[number]

const shape = {
  /** The `aud` claim; several make it a list. */
  audience: list(text({ min: 1, max: 1024 }), { min: 1, max: 20 }),
  subject: text({ min: 1, max: 1024 }),
  /** `repo:octo/app:ref:refs/heads/main`: the claims GitHub Actions would give the job, under GitHub's name. */
  github: text({ min: 1, max: 1024 }),
  /** Whose name the token is issued in; absent: the sandbox's own provider, or GitHub's. */
  issuer: text({ min: 1, max: 255 }),
  /** Seconds, 3600 unless told. */
  lifetime: integer({ min: 1, max: 31_536_000 }),
  algorithm: oneOf('RS256', 'ES256'),
  flaw: oneOf(...flaws),
  /** End it in a newline, as files of tokens do. */
  newline: flag(),
}

export interface Minted {
  readonly token: string
  readonly claims: Readonly<Record<string, unknown>>
}

/**
 * Issues a web identity token with any claims, good or deliberately bad. In the name of another issuer (a CI system, a
 * cluster) the sandbox's STS takes it as that issuer's own from then on, so that trust policies can be tried unchanged.
 * Throws a `Fault` for what it cannot make.
 */
export async function mintToken(cloud: Cloud, ownIssuer: string, body: unknown): Promise<Minted> {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw malformed('The body is not an object.')
  const input = readInput(shape, body)
  const extra = 'claims' in body ? body.claims : {}
  if (typeof extra !== 'object' || extra === null || Array.isArray(extra)) throw malformed('claims is not an object.')
  const issuer = input.issuer ?? (input.github === undefined ? ownIssuer : gitHubIssuer)
  const isOwn = issuer === ownIssuer
  if (!isOwn && !(issuer.startsWith('https://') && URL.canParse(issuer)))
    throw malformed('An issuer is an https address.')
  const claims = { ...claimsFor(cloud, issuer, input), ...extra }
  if (!isOwn) standInFor(cloud, issuer)
  const keys = await signingKeys(cloud)
  const key = input.algorithm === 'ES256' ? keys.ec : keys.rsa
  const token = await signToken(claims, key, input.flaw)
  return { token: input.newline ? `${token}\n` : token, claims }
}

function claimsFor(cloud: Cloud, issuer: string, input: InputOf<typeof shape>): Readonly<Record<string, unknown>> {
  const job = input.github === undefined ? undefined : gitHubClaims(input.github)
  if (input.github !== undefined && !job) throw malformed('github is written like repo:octo/app:ref:refs/heads/main.')
  const subject = input.subject ?? job?.sub
  if (subject === undefined) throw malformed('The token needs a subject.')
  const [audience = 'sts.amazonaws.com', ...more] = input.audience ?? []
  const lifetime = input.lifetime ?? 3600
  const now = Math.floor(cloud.now().getTime() / 1000)
  const iat = now + (input.flaw === 'expired' ? -lifetime - 60 : input.flaw === 'future' ? 3600 : 0)
  const fraction = input.flaw === 'fractional-times' ? 0.5 : 0
  return {
    ...job,
    ...{ iss: issuer, sub: subject, aud: more.length > 0 ? [audience, ...more] : audience },
    ...{ iat: iat + fraction, nbf: iat, exp: iat + lifetime, jti: Buffer.from(cloud.randomBytes(16)).toString('hex') },
  }
}

/**
 * What the runner of GitHub Actions answers at ACTIONS_ID_TOKEN_REQUEST_URL, here for the job that the query names:
 * `?job=repo:octo/app:ref:refs/heads/main&audience=sts.amazonaws.com`.
 */
export async function runnerToken(cloud: Cloud, ownIssuer: string, query: string): Promise<{ readonly value: string }> {
  const asked = new URLSearchParams(query)
  const github = asked.get('job') ?? ''
  const audience = asked.get('audience') ?? `https://github.com/${/[\w.-]+(?=\/)/.exec(github)?.[0] ?? ''}`
  // As GitHub's own: good for five minutes.
  const { token } = await mintToken(cloud, ownIssuer, { github, audience: [audience], lifetime: 300 })
  return { value: token }
}

const malformed = (message: string): Fault =>
  new Fault('BadRequest', 400, message, {
    hint: 'Send {"audience": ["sts.amazonaws.com"], "subject": "…", "claims": {…}}; docs/sandbox.md has the rest.',
  })
