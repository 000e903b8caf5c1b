import type { Cloud } from '../cloud.ts'
import { Fault } from '../fault.ts'
import { hashPassword } from '../iam/password.ts'
import type { Table } from '../store.ts'

/** A person the identity provider knows. */
export interface Person {
  readonly name: string
  readonly passwordHash: string
  readonly email: string
  readonly groups: readonly string[]
  /** `roleArn,providerArn`, beside those of the groups. */
  readonly roles: readonly string[]
  /** More attributes of the assertion, by their full names. */
  readonly attributes: Readonly<Record<string, readonly string[]>>
}

export interface PeopleGroup {
  readonly name: string
  readonly roles: readonly string[]
}

const people = (cloud: Cloud): Table<Person> => cloud.store.table('saml-idp-person')
const groups = (cloud: Cloud): Table<PeopleGroup> => cloud.store.table('saml-idp-group')

export const personNamed = (cloud: Cloud, name: string): Person | undefined => people(cloud).get(name)

/** Everybody, and every group, as the control endpoint tells them: without passwords. */
export const toldPeople = (cloud: Cloud): object => ({
  users: Object.fromEntries(
    [...people(cloud).values()].map(({ name, email, groups, roles, attributes }) => [
      name,
      { email, groups, roles, attributes },
    ]),
  ),
  groups: Object.fromEntries([...groups(cloud).values()].map(({ name, roles }) => [name, { roles }])),
})

/** The `roleArn,providerArn` pairs of a person: their own, and those of their groups, each once. */
export const rolesOf = (cloud: Cloud, person: Person): readonly string[] => [
  ...new Set([...person.roles, ...person.groups.flatMap((name) => groups(cloud).get(name)?.roles ?? [])]),
]

/**
 * Adds people and groups, or replaces those of the same name: `{"users": {"ann": {"password": "…", "groups": […],
 * "roles": […]}}, "groups": {"developers": {"roles": […]}}}`. Throws a `Fault` (BadRequest) that says what is wrong.
 */
export async function putPeople(cloud: Cloud, body: unknown): Promise<void> {
  const { users = {}, groups: named = {} } = record(body, 'The body')
  const newGroups = Object.entries(record(named, 'groups')).map(([name, value]): PeopleGroup => {
    const at = `groups.${name}`
    return { name, roles: rolesIn(record(value, at).roles, `${at}.roles`) }
  })
  const newPeople = await Promise.all(
    Object.entries(record(users, 'users')).map(async ([name, value]): Promise<Person> => {
      const at = `users.${name}`
      const { password, email = `${name}@example.com`, groups: member, roles, attributes = {} } = record(value, at)
      if (!/^[\w+=,.@-]{2,64}$/.test(name)) throw bad(`${at} is no name: 2 to 64 letters, digits and _+=,.@-`)
      if (typeof password !== 'string' || password === '') throw bad(`${at}.password is missing`)
      if (typeof email !== 'string') throw bad(`${at}.email is not a text`)
      const more = Object.entries(record(attributes, `${at}.attributes`))
      return {
        name,
        email,
        passwordHash: await hashPassword(password),
        groups: textsIn(member, `${at}.groups`),
        roles: rolesIn(roles, `${at}.roles`),
        attributes: Object.fromEntries(more.map(([key, list]) => [key, textsIn(list, `${at}.attributes.${key}`)])),
      }
    }),
  )
  for (const group of newGroups) groups(cloud).put(group.name, group)
  for (const person of newPeople) people(cloud).put(person.name, person)
}

export const bad = (message: string): Fault =>
  new Fault('BadRequest', 400, `${message}.`, {
    hint: 'Send {"users": {"ann": {"password": "…", "groups": ["dev"]}}, "groups": {"dev": {"roles": ["ROLE_ARN,PROVIDER_ARN"]}}}.',
  })

export function record(value: unknown, at: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw bad(`${at} is not an object`)
  return Object.fromEntries(Object.entries(value))
}

export function textsIn(value: unknown, at: string): readonly string[] {
  const list: unknown = value ?? []
  const texts = typeof list === 'string' ? [list] : list
  if (!Array.isArray(texts) || !texts.every((text) => typeof text === 'string'))
    throw bad(`${at} is not a list of texts`)
  return texts
}

function rolesIn(value: unknown, at: string): readonly string[] {
  const roles = textsIn(value, at)
  const wrong = roles.find((role) => !/^arn:[^,]+,arn:[^,]+$/.test(role))
  if (wrong !== undefined) throw bad(`In ${at}, a role is ROLE_ARN,PROVIDER_ARN`)
  return roles
}
