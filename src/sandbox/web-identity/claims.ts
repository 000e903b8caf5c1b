import type { RequestContext } from '../../policy/question.ts'
import { readInput, text } from '../shape.ts'
import { tagKeysMember, tagsMember } from '../sts/members.ts'
import { invalidToken, type TokenClaims } from './read-token.ts'

/** Who the token is for: what is registered with the provider, and what `:aud` and `:oaud` hold. */
export interface TokenAudience {
  readonly aud: string
  /** The token's own audience, where `azp` took its place. */
  readonly oaud?: string | readonly string[]
}

/**
 * The audience AWS goes by: `azp` where the token has one, else the `aud` that is registered. Throws
 * `InvalidIdentityToken` when the provider has none of them registered. See "aud" and "oaud" in "IAM and AWS STS
 * condition context keys" of the IAM User Guide.
 */
export function audienceOf({ aud, azp }: TokenClaims, registered: readonly string[]): TokenAudience {
  const candidates = azp === undefined ? aud : [azp]
  const found = candidates.find((one) => registered.includes(one))
  if (found === undefined) throw invalidToken('Incorrect token audience')
  return { aud: found, ...(azp === undefined ? {} : { oaud: aud.length === 1 ? String(aud[0]) : aud }) }
}

/** The claims of GitHub that trust policies may ask for beside `sub` and `aud`. */
const ofGitHub = [
  'actor',
  'actor_id',
  'enterprise_id',
  'environment',
  'job_workflow_ref',
  'ref',
  'repository',
  'repository_id',
  'workflow',
]
const perProvider: Readonly<Record<string, readonly string[]>> = { 'token.actions.githubusercontent.com': ofGitHub }

/** The condition keys a token brings, each under the provider's name: `<host/path>:sub`, `:aud`, `:oaud`, `:amr` and its own. */
export function claimContext(provider: string, claims: TokenClaims, { aud, oaud }: TokenAudience): RequestContext {
  const context: Record<string, string | readonly string[]> = { sub: claims.sub, aud }
  if (oaud !== undefined) context.oaud = oaud
  const amr = claims.all.get('amr')
  if (Array.isArray(amr) && amr.every((one) => typeof one === 'string')) context.amr = amr
  for (const name of perProvider[provider] ?? []) {
    const value = claims.all.get(name)
    if (typeof value === 'string') context[name] = value
  }
  return Object.fromEntries(Object.entries(context).map(([name, value]) => [`${provider}:${name}`, value]))
}

/** What a token says of its session, in the form AssumeRole's own parameters have. */
export interface TokenSession {
  readonly Tags?: readonly { readonly Key: string; readonly Value: string }[]
  readonly TransitiveTagKeys?: readonly string[]
  readonly SourceIdentity?: string
}

const namespace = 'https://aws.amazon.com/'
const shape = {
  Tags: tagsMember,
  TransitiveTagKeys: tagKeysMember,
  SourceIdentity: text({ min: 2, max: 64, pattern: '[\\w+=,.@-]*' }),
}

/**
 * The session tags and the source identity in a token, of both forms AWS knows: nested, each value a list of one; and
 * flattened, a claim a tag. See "Pass session tags using AssumeRoleWithWebIdentity" in the IAM User Guide.
 */
export function sessionClaims({ all }: TokenClaims): TokenSession {
  const nested = all.get(`${namespace}tags`)
  const given = new Map<string, unknown>()
  let transitive = all.get(`${namespace}tags/transitive_tag_keys`)
  if (nested !== undefined) {
    const tags = membersOf(nested)
    for (const [key, value] of membersOf(tags.get('principal_tags') ?? {})) given.set(key, value)
    transitive ??= tags.get('transitive_tag_keys')
  }
  const flat = `${namespace}tags/principal_tags/`
  for (const [name, value] of all) if (name.startsWith(flat)) given.set(name.slice(flat.length), value)
  const identity = all.get(`${namespace}source_identity`)
  return readInput(shape, {
    ...(given.size > 0 ? { Tags: Array.from(given, ([Key, value]) => ({ Key, Value: single(value) })) } : {}),
    ...(transitive === undefined ? {} : { TransitiveTagKeys: transitive }),
    ...(identity === undefined ? {} : { SourceIdentity: identity }),
  })
}

function membersOf(value: unknown): Map<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw malformedTags()
  return new Map(Object.entries(value))
}

function single(value: unknown): string {
  const [only, more]: readonly unknown[] = Array.isArray(value) ? value : [value]
  if (typeof only !== 'string' || more !== undefined) throw malformedTags()
  return only
}

const malformedTags = () => invalidToken('The session tags in the token are not in the form AWS reads')
