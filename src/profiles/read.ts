import { Failure } from '../model/failure.ts'
import {
  type Entry,
  inheritedHeader,
  type ParsedSection,
  type Place,
  parseSections,
  placeText,
  shown,
} from './parse.ts'
import { shellWords } from './shell-words.ts'

/** A profile, merged from both files: of a key that stands in both, the credentials file's counts. */
export interface Profile {
  readonly name: string
  /** Where its section begins; the config file's, when it has one there. */
  readonly at: Place
  readonly entries: ReadonlyMap<string, Entry>
}

export interface Profiles {
  readonly profiles: ReadonlyMap<string, Profile>
  /** `[services NAME]`: service id in lower case → its keys. */
  readonly services: ReadonlyMap<string, ReadonlyMap<string, ReadonlyMap<string, string>>>
  /** `[sso-session NAME]`: where people sign in to IAM Identity Center. */
  readonly ssoSessions: ReadonlyMap<string, ReadonlyMap<string, Entry>>
  /** Sections that look like profiles and that no AWS tool reads, with the reason. */
  readonly ignored: readonly { readonly header: string; readonly at: Place; readonly because: string }[]
}

export interface ProfileFile {
  readonly path: string
  /** Undefined when the file is not there. */
  readonly text: string | undefined
}

/**
 * The profiles of a config and a credentials file. Throws `config-invalid` with file and line; never guesses: where
 * `[default]` and `[profile default]` (or two spellings of a name) both stand, the SDKs take different ones.
 */
export function readProfiles(config: ProfileFile, credentials: ProfileFile): Profiles {
  const profiles = new Map<string, Profile>()
  const services = new Map<string, ReadonlyMap<string, ReadonlyMap<string, string>>>()
  const ssoSessions = new Map<string, ReadonlyMap<string, Entry>>()
  const ignored: { header: string; at: Place; because: string }[] = []
  const places = new Map<string, Place>()
  const { sections, inherited } = sectionsOf(config)
  for (const section of sections) {
    const { header, at } = section
    const { kind, name } = headerOf(header)
    if (kind === 'other') ignored.push({ header, at, because: 'in the config file it must be [profile …]' })
    else if (name === undefined) {
      if (kind === 'profile') ignored.push({ header, at, because: 'a name with spaces must stand in quotes' })
    } else {
      once(places, kind, name, at)
      if (kind === 'profile') profiles.set(name, { name, at, entries: entriesOf(section, inherited) })
      if (kind === 'services') services.set(name, servicesIn(section))
      if (kind === 'sso-session') ssoSessions.set(name, entriesOf(section, inherited))
    }
  }
  const shared = sectionsOf(credentials)
  for (const section of shared.sections) {
    const name = section.header
    const base = profiles.get(name)
    const entries = entriesOf(section, shared.inherited)
    profiles.set(name, {
      name,
      at: base?.at ?? section.at,
      entries: base ? new Map([...base.entries, ...entries]) : entries,
    })
  }
  return { profiles, services, ssoSessions, ignored }
}

function once(places: Map<string, Place>, kind: string, name: string, at: Place): void {
  const id = `${kind} ${name}`
  const before = places.get(id)
  if (before)
    throw new Failure(
      'config-invalid',
      `${placeText(at)}: the ${kind} ${shown(name)} stands twice, first at ${placeText(before)}.`,
      { hint: 'Merge the two sections into one.' },
    )
  places.set(id, at)
}

/** Far more than anyone has; each section gets a copy of each, and a file of a megabyte must not ask for a billion. */
const mostInherited = 200_000

function sectionsOf({ text, path }: ProfileFile): { sections: readonly ParsedSection[]; inherited: readonly Entry[] } {
  const all = parseSections(text ?? '', path)
  const inherited = all.find(({ header }) => header === inheritedHeader)
  if (!inherited) return { sections: all, inherited: [] }
  if (inherited.entries.length * all.length > mostInherited)
    throw new Failure(
      'config-invalid',
      `${placeText(inherited.at)}: [${inheritedHeader}] gives too many keys to too many sections.`,
      { hint: 'Put the keys where they are needed.' },
    )
  return { sections: all.filter((one) => one !== inherited), inherited: inherited.entries }
}

const entriesOf = ({ entries }: ParsedSection, inherited: readonly Entry[]): ReadonlyMap<string, Entry> =>
  new Map([...inherited, ...entries].map((entry) => [entry.key, entry]))

type Header = { readonly kind: 'profile' | 'sso-session' | 'services' | 'other'; readonly name: string | undefined }

/** What a section of the config file is: `default`, `profile NAME`, `sso-session NAME`, `services NAME`. */
export function headerOf(header: string): Header {
  if (header === 'default') return { kind: 'profile', name: 'default' }
  // botocore looks at the beginning only: it takes [profiles x] for the profile x.
  const kind = (['profile', 'sso-session', 'services'] as const).find((word) => header.startsWith(word))
  if (!kind) return { kind: 'other', name: undefined }
  const words = shellWords(header)
  return { kind, name: words?.length === 2 ? words[1] : undefined }
}

/** How the config file writes the section of a profile. Throws `usage` for a name that no section can have. */
export function headerFor(name: string): string {
  if (name === 'default') return 'default'
  if (/[\r\n]/.test(name) || !name.isWellFormed())
    throw new Failure('usage', `A profile cannot be named ${shown(name)}.`, { hint: 'Choose a name of one line.' })
  return /^[\w.@:/+-]+$/.test(name) ? `profile ${name}` : `profile "${name.replaceAll(/["\\]/g, String.raw`\$&`)}"`
}

function servicesIn(section: ParsedSection): ReadonlyMap<string, ReadonlyMap<string, string>> {
  return new Map(section.entries.map(({ key, nested }) => [key, nested ?? new Map<string, string>()]))
}
