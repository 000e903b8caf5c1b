import type { Command } from 'commander'
import { Failure } from '../../model/failure.ts'
import { type SessionOptions, sessionOptions } from '../options.ts'

/** The flags that setting up a user and a role share. */
export interface SetupOptions extends SessionOptions {
  readonly profile?: string
  readonly region?: string
  readonly stackName?: string
  readonly managedPolicyArn: readonly string[]
  readonly permissionsBoundary?: string
  readonly path?: string
  readonly tags: readonly string[]
  readonly saveAs?: string
  readonly execute: boolean
  readonly yes?: boolean
}

/** Adds the flags that say as whom, and where. */
export const asWhom = (command: Command): Command =>
  sessionOptions(command)
    .option('--profile <name>', 'act as this profile (default: the credentials of the shell, else as for `login`)')
    .option('--region <name>', "where the stack lives (default: the profile's)")
    .option('--stack-name <name>', 'of the stack (default: mayfly-user-NAME, mayfly-role-NAME)')
    .option('--yes', 'do not ask before the change is made')

/** Adds the flags that say what, and what then. */
export const setupOptions = (command: Command): Command =>
  asWhom(command)
    .option('--managed-policy-arn <arn>', 'a policy to grant; repeat it for more, give "" for none', collect, [])
    .option('--permissions-boundary <arn>', 'the most it may ever do; "" for no boundary')
    .option('--path <path>', 'of the IAM resources, such as /people/')
    .option('--tags <key=value>', 'a tag of the stack and all in it; repeat it for more', collect, [])
    .option('--save-as <profile>', 'write the profile under this name (default: NAME)')
    .option('--no-execute', 'make and show the change set, and leave it for later')

/** For flags that may be repeated. */
export const collect = (value: string, previous: readonly string[]): readonly string[] => [...previous, value]

/**
 * The stack's name for a person's or a role's; `--stack-name` for what such a name cannot have. Throws `usage` for what
 * CloudFormation would not take.
 */
export function stackNameFor(kind: 'user' | 'role', name: string, given: string | undefined): string {
  const stackName = given ?? `mayfly-${kind}-${name.replace(/[^A-Za-z0-9-]/g, '-')}`
  if (/^[A-Za-z][A-Za-z0-9-]{0,127}$/.test(stackName)) return stackName
  throw new Failure('usage', 'A stack is named with letters, digits and hyphens, at most 128, a letter first.', {
    hint: 'Give it another name: --stack-name NAME',
  })
}

/** The template's parameters that the shared flags give; what no flag gives keeps its value, or gets its default. */
export function sharedParameters(options: SetupOptions): Readonly<Record<string, string>> {
  const policies = options.managedPolicyArn.filter((arn) => arn !== '')
  const { permissionsBoundary: boundary, path } = options
  for (const arn of [...policies, ...(boundary ? [boundary] : [])])
    if (!/^arn:[\w-]+:iam::(?:aws|\d{12}):policy\/[\w+=.@/-]+$/.test(arn))
      throw new Failure('usage', 'A policy is named by its ARN, without a comma in it.', {
        hint: 'Such as arn:aws:iam::aws:policy/AmazonS3FullAccess',
      })
  return {
    ...(options.managedPolicyArn.length === 0 ? {} : { ManagedPolicyArns: policies.join(',') }),
    ...(boundary === undefined ? {} : { PermissionsBoundaryArn: boundary }),
    ...(path === undefined ? {} : { Path: path }),
  }
}

/** The tags of `--tags`, or none where it is not given. Throws `usage`. */
export function tagsFrom(words: readonly string[]): { readonly tags?: Readonly<Record<string, string>> } {
  if (words.length === 0) return {}
  const tags = words.map((word) => {
    const at = word.indexOf('=')
    if (at < 1) throw new Failure('usage', 'A tag is a key and a value.', { hint: 'Such as --tags team=data' })
    return [word.slice(0, at), word.slice(at + 1)] as const
  })
  return { tags: Object.fromEntries(tags) }
}

/** One JSON object is no place for a question. Throws `usage`. */
export function assertNoQuestion({ json, yes }: { json?: boolean; yes?: boolean }, execute = true): void {
  if (json && execute && !yes)
    throw new Failure('usage', 'With --json nothing is asked.', { hint: 'Add --yes, or --no-execute to look first.' })
}

/** Refuses what IAM would not take as a name, before anything is asked. */
export function assertName(kind: 'user' | 'role', name: string): void {
  if (!/^[\w+=,.@-]{1,64}$/.test(name))
    throw new Failure('usage', `IAM takes no ${kind} of that name.`, {
      hint: 'A name has 1 to 64 of A-Z a-z 0-9 + = , . @ _ and -.',
    })
}

/** What to type to go on: the same command, without what the stack remembers. */
export function againWords(kind: 'user' | 'role', name: string, options: Omit<SetupOptions, 'json'>): string {
  const flags = {
    profile: options.profile,
    region: options.region,
    'stack-name': options.stackName,
    'save-as': options.saveAs,
  }
  const words = Object.entries(flags).flatMap(([flag, value]) =>
    value === undefined ? [] : [`--${flag}`, typed(value)],
  )
  return ['mayfly setup', kind, name, ...words].join(' ')
}

/** A word as a shell takes it for one. */
const typed = (word: string): string =>
  /^[\w.@:/+=,-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`
