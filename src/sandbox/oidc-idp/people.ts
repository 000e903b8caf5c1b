import type { Cloud } from '../cloud.ts'
import { sameText } from '../same-text.ts'
import type { Table } from '../store.ts'

/** A person who can sign in to the sandbox's OpenID Connect provider. */
export interface OidcPerson {
  /** What they sign in with, and what `sub` and the source identity hold. */
  readonly name: string
  /** Of a pretended person in a pretended AWS: it is there to be shown. */
  readonly password: string
  readonly fullName: string
  readonly groups: readonly string[]
  /** The session tags AWS is told. */
  readonly tags: Readonly<Record<string, string>>
}

const people = (cloud: Cloud): Table<OidcPerson> => cloud.store.table('oidc-person')

const samples: readonly Omit<OidcPerson, 'password'>[] = [
  { name: 'ann', fullName: 'Ann Example', groups: ['developers', 'admins'], tags: { Team: 'blue' } },
  { name: 'bob', fullName: 'Bob Example', groups: ['developers'], tags: { Team: 'red' } },
  { name: 'carol', fullName: 'Carol Example', groups: ['auditors'], tags: { Team: 'audit' } },
]

/** Everybody the provider knows: three samples with passwords of this sandbox's own, made when first asked for. */
export function oidcPeople(cloud: Cloud): readonly OidcPerson[] {
  const table = people(cloud)
  if (table.size === 0)
    for (const sample of samples)
      table.put(sample.name, { ...sample, password: Buffer.from(cloud.randomBytes(9)).toString('base64url') })
  return [...table.values()]
}

export const personNamed = (cloud: Cloud, name: string): OidcPerson | undefined =>
  oidcPeople(cloud).find((person) => person.name === name)

/** Who signs in with this name and password; undefined when nobody does. */
export function personSigningIn(cloud: Cloud, name: string, password: string): OidcPerson | undefined {
  const person = personNamed(cloud, name)
  // Compared for nobody as well, so that the time it takes tells no names.
  const matches = sameText(password, person?.password ?? 'no such person')
  return matches ? person : undefined
}
