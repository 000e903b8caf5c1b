import { Failure } from '../model/failure.ts'
import { removeSection, setKeys } from './edit.ts'
import { type ParsedSection, parseSections, shown } from './parse.ts'
import { headerFor, headerOf } from './read.ts'

/** A role somebody may use, as the access portal lists it. */
export interface ListedRole {
  readonly accountId: string
  readonly accountName: string
  readonly roleName: string
}

export interface SyncOptions {
  /** The sso-session. */
  readonly session: string
  /** Of profile names: `{account}`, `{account_id}`, `{role}`, `{session}`. */
  readonly template: string
  /** Written into the profiles, when given. */
  readonly region?: string
  /** Remove the profiles made for roles that are gone. */
  readonly prune: boolean
  /** Names that stand in the credentials file, whose keys would count before the role. */
  readonly taken: ReadonlySet<string>
}

/** What becomes of a config file, profile by profile. */
export interface SyncPlan {
  readonly text: string
  readonly added: readonly string[]
  readonly changed: readonly string[]
  readonly removed: readonly string[]
  /** Made for roles that are gone, and left because nobody asked to prune. */
  readonly vanished: readonly string[]
  /** Not written, because somebody else's profile has the name. */
  readonly blocked: readonly string[]
  readonly profiles: readonly (ListedRole & { readonly name: string })[]
}

const marker = 'mayfly_managed'

/**
 * The config file with a profile for every role. Only profiles that bear the mark of this session are changed or
 * removed; every byte of all others stays. Throws `usage` for a template that cannot name them.
 */
export function planSync(text: string, file: string, roles: readonly ListedRole[], options: SyncOptions): SyncPlan {
  const mark = `sso:${options.session}`
  const profiles = named(roles, options)
  const added: string[] = []
  const changed: string[] = []
  const blocked: string[] = []
  const removed: string[] = []
  const vanished: string[] = []
  let result = text
  for (const { name, accountId, roleName } of profiles) {
    const values = {
      sso_session: options.session,
      sso_account_id: accountId,
      sso_role_name: roleName,
      ...(options.region === undefined ? {} : { region: options.region }),
      [marker]: mark,
    }
    const there = sectionsOf(result, file).get(name)
    if (options.taken.has(name) || (there && valueIn(there, marker) !== mark)) {
      blocked.push(name)
      continue
    }
    const next = setKeys(result, there?.header ?? headerFor(name), values, file)
    if (!there) added.push(name)
    else if (next !== result) changed.push(name)
    result = next
  }
  const wanted = new Set(profiles.map(({ name }) => name))
  for (const [name, section] of sectionsOf(result, file)) {
    if (wanted.has(name) || valueIn(section, marker) !== mark) continue
    if (options.prune) result = removeSection(result, section.header, file)
    ;(options.prune ? removed : vanished).push(name)
  }
  return { text: result, added, changed, removed, vanished, blocked, profiles }
}

const sectionsOf = (text: string, file: string): ReadonlyMap<string, ParsedSection> =>
  new Map(
    parseSections(text, file).flatMap((section): [string, ParsedSection][] => {
      const { kind, name } = headerOf(section.header)
      return kind === 'profile' && name !== undefined ? [[name, section]] : []
    }),
  )

const valueIn = ({ entries }: ParsedSection, key: string): string | undefined =>
  entries.find((entry) => entry.key === key)?.value

/** The roles with their names. Where two would be called the same, the account's id tells them apart. */
function named(roles: readonly ListedRole[], { template, session }: SyncOptions): SyncPlan['profiles'] {
  const first = roles.map((role) => nameOf(role, template, session))
  const times = Map.groupBy(first, (name) => name)
  const names = new Set<string>()
  return roles.map((role, place) => {
    const short = first[place] ?? ''
    const name = (times.get(short)?.length ?? 0) > 1 ? `${short}-${role.accountId}` : short
    if (names.has(name))
      throw new Failure('usage', `Two roles would both become the profile ${shown(name)}.`, {
        hint: 'Put {role} and {account_id} into --template.',
      })
    names.add(name)
    return { ...role, name }
  })
}

function nameOf(role: ListedRole, template: string, session: string): string {
  const { accountName: account, accountId: account_id, roleName } = role
  const parts = new Map(Object.entries({ account, account_id, role: roleName, session }))
  const name = template.replace(/\{(\w*)\}/g, (all, part: string) => {
    const value = parts.get(part)
    if (value !== undefined) return plain(value) || plain(role.accountId)
    throw new Failure('usage', `--template has ${shown(all)}, which is nothing.`, {
      hint: 'It may have {account}, {account_id}, {role} and {session}.',
    })
  })
  if (/^[\w.@:/+-]{1,200}$/.test(name)) return name
  throw new Failure('usage', `--template makes ${shown(name)}, which cannot be a profile's name.`, {
    hint: 'Use letters, digits and . @ : / + _ - between the parts.',
  })
}

/** What others chose, as part of a name: letters without their accents, digits and dashes. */
const plain = (text: string): string =>
  text
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .replace(/[^\w.@+-]+/g, '-')
    .replace(/^-+|-+$/g, '')
