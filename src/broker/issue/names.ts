import { createHash } from 'node:crypto'
import type { Principal } from '../../model/principal.ts'

/** Names at AWS have 2 to 64 of these characters. */
const strange = /[^\w+=,.@-]/g
const longest = 64

/**
 * The name CloudTrail keeps for somebody, down every chain of roles: a person's own name where AWS can write it, else
 * one that tells principals apart by a digest of their id. People whom two authenticators call by one name are one.
 */
export function sourceIdentityOf({ id, name, kind }: Pick<Principal, 'id' | 'name' | 'kind'>): string {
  const plain = name.replace(strange, '-')
  // A name that is not the id's own may be one that somebody wrote themselves: another's.
  const isTheirs = kind === 'person' && id.endsWith(`:${name}`)
  if (isTheirs && plain === name && name.length >= 2 && name.length <= longest) return name
  const digest = createHash('sha256').update(id).digest('hex').slice(0, 12)
  return `${plain.slice(0, longest - digest.length - 1)}-${digest}`
}

/** A name of one session only: whose it is, and its id. So the broker can end it alone, by `aws:userid`. */
export const sessionNameOf = ({ name }: Pick<Principal, 'name'>, sessionId: string): string =>
  `${name.replace(strange, '-').slice(0, longest - sessionId.length - 1)}-${sessionId}`

/** Session tags with `${id}`, `${name}` and `${claims.x}` filled in; one whose claim is missing is left out. */
export function tagsOf(tags: Readonly<Record<string, string>>, principal: Principal): Readonly<Record<string, string>> {
  const filled = Object.entries(tags).flatMap(([key, template]) => {
    const value = fill(template, principal)
    return value === undefined ? [] : [[key, value.replace(/[^\p{L}\p{Z}\p{N}_.:/=+\-@]/gu, '_').slice(0, 256)]]
  })
  return Object.fromEntries(filled)
}

function fill(template: string, { id, name, claims }: Principal): string | undefined {
  let missing = false
  const text = template.replace(/\$\{(id|name|claims\.([^}]+))\}/g, (_, which: string, claim: string | undefined) => {
    if (which === 'id') return id
    if (which === 'name') return name
    const value = claim !== undefined && Object.hasOwn(claims, claim) ? claims[claim] : undefined
    if (value === undefined) missing = true
    return typeof value === 'string' ? value : (value?.join('/') ?? '')
  })
  return missing ? undefined : text
}
