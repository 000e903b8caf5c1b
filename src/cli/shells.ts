import { Failure } from '../model/failure.ts'

/** How one shell sets and unsets a variable, with everything in the value taken literally. */
interface Shell {
  readonly set: (name: string, value: string) => string
  readonly unset: (name: string) => string
}

const posixQuote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`
const posix: Shell = { set: (name, value) => `export ${name}=${posixQuote(value)}`, unset: (name) => `unset ${name}` }
const csh: Shell = {
  // csh expands history (!) even inside single quotes.
  set: (name, value) => `setenv ${name} ${posixQuote(value).replaceAll('!', '\\!')};`,
  unset: (name) => `unsetenv ${name};`,
}

/** The shells `mayfly env` can speak, by the name of their program. */
export const shells = {
  sh: posix,
  bash: posix,
  zsh: posix,
  dash: posix,
  ksh: posix,
  fish: {
    set: (name, value) => `set -gx ${name} '${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`,
    unset: (name) => `set -e ${name}`,
  },
  csh,
  tcsh: csh,
  pwsh: {
    set: (name, value) => `$Env:${name} = '${value.replaceAll("'", "''")}'`,
    unset: (name) => `Remove-Item -ErrorAction SilentlyContinue Env:${name}`,
  },
  nu: {
    set: (name, value) => `$env.${name} = ${JSON.stringify(value)}`,
    unset: (name) => `hide-env --ignore-errors ${name}`,
  },
  dotenv: {
    set: (name, value) => `${name}=${value}`,
    unset: (name) => `${name}=`,
  },
} satisfies Readonly<Record<string, Shell>>

type ShellName = keyof typeof shells

const isShell = (name: string): name is ShellName => Object.hasOwn(shells, name)

/** The shell named, else the one in $SHELL, else sh. */
export function shellNamed(name: string | undefined, loginShell: string | undefined): Shell {
  const wanted = name ?? loginShell?.split('/').at(-1) ?? 'sh'
  if (isShell(wanted)) return shells[wanted]
  if (name === undefined) return shells.sh
  throw new Failure('usage', `--shell ${name} is not known.`, { hint: `Use one of: ${Object.keys(shells).join(', ')}` })
}
