import { Failure } from '../model/failure.ts'
import { type Entry, type ParsedSection, type Place, parseNested, parseSections, placeText } from './parse.ts'

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
  /** Sections that look like profiles and that no AWS tool reads, with the reason. */
  readonly ignored: readonly { readonly header: string; readonly at: Place; readonly because: string }[]
}

export interface ProfileFile {
  readonly path: string
  /** Undefined when the file is not there. */
  readonly text: string | undefined
}

/** The profiles of a config and a credentials file. Throws `config-invalid` with file and line; never guesses. */
export function readProfiles(config: ProfileFile, credentials: ProfileFile): Profiles {
  const profiles = new Map<string, Profile>()
  const services = new Map<string, ReadonlyMap<string, ReadonlyMap<string, string>>>()
  const ignored: { header: string; at: Place; because: string }[] = []
  for (const section of parseSections(config.text ?? '', config.path)) {
    const { kind, name } = headerOf(section.header)
    if (kind === 'profile' && name === undefined)
      ignored.push({ header: section.header, at: section.at, because: 'a name with spaces must stand in quotes' })
    else if (kind === 'profile' && name !== undefined) addProfile(profiles, name, section)
    else if (kind === 'services' && name !== undefined) services.set(name, servicesIn(section))
    else if (kind === 'other')
      ignored.push({ header: section.header, at: section.at, because: 'in the config file it must be [profile …]' })
  }
  const fromConfig = new Set(profiles.keys())
  for (const section of parseSections(credentials.text ?? '', credentials.path)) {
    const base = profiles.get(section.header)
    if (base && !fromConfig.has(section.header)) continue
    profiles.set(section.header, {
      name: section.header,
      at: base?.at ?? section.at,
      entries: new Map([...(base?.entries ?? []), ...section.entries.map((entry) => [entry.key, entry] as const)]),
    })
  }
  return { profiles, services, ignored }
}

function addProfile(profiles: Map<string, Profile>, name: string, section: ParsedSection): void {
  const before = profiles.get(name)
  if (before)
    throw new Failure(
      'config-invalid',
      `${placeText(section.at)}: the profile ${name} stands twice, first at ${placeText(before.at)}.`,
      {
        hint: 'Merge the two sections into one.',
      },
    )
  profiles.set(name, {
    name,
    at: section.at,
    entries: new Map(section.entries.map((entry) => [entry.key, entry])),
  })
}

type Header = { readonly kind: 'profile' | 'sso-session' | 'services' | 'other'; readonly name: string | undefined }

/** What a section of the config file is: `default`, `profile NAME`, `sso-session NAME`, `services NAME`. */
export function headerOf(header: string): Header {
  if (header === 'default') return { kind: 'profile', name: 'default' }
  const parts = /^(profile|sso-session|services)[ \t]+(.+)$/.exec(header)
  if (!parts) return { kind: 'other', name: undefined }
  return { kind: parts[1] as 'profile' | 'sso-session' | 'services', name: unquote(parts[2] ?? '') }
}

/** The one word a shell would read here, or undefined when it would read several. */
function unquote(text: string): string | undefined {
  const quoted = /^(?:"([^"\\]*)"|'([^']*)')$/.exec(text)
  if (quoted) return quoted[1] ?? quoted[2]
  return /[\s"'\\]/.test(text) ? undefined : text
}

/** How the config file writes the section of a profile. */
export function headerFor(name: string): string {
  if (name === 'default') return 'default'
  return /[\s"'\\#;[\]]/.test(name) ? `profile "${name}"` : `profile ${name}`
}

function servicesIn(section: ParsedSection): ReadonlyMap<string, ReadonlyMap<string, string>> {
  const services = new Map<string, ReadonlyMap<string, string>>()
  for (const entry of section.entries) {
    const nested = parseNested(entry)
    if (nested) services.set(entry.key, nested)
  }
  return services
}
