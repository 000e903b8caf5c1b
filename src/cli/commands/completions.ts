import type { Command } from 'commander'
import { Failure } from '../../model/failure.ts'
import type { Cli } from '../cli.ts'
import { verbs } from '../verbs.ts'

/** Verbs whose first argument is a profile. */
const profiled = ['login', 'exec', 'env', 'creds', 'whoami', 'explain', 'logout']
const nested: Readonly<Record<string, readonly string[]>> = {
  keys: ['import', 'list', 'forget', 'undo'],
  mfa: ['enroll'],
  setup: ['user', 'role', 'remove', 'undo'],
  sso: ['ls', 'sync', 'undo'],
  policy: ['test', 'explain'],
  agent: ['serve', 'exec'],
  sessions: ['ls', 'show', 'revoke'],
  requests: ['ls', 'approve', 'refuse'],
  sandbox: ['cert', 'token'],
  broker: ['check'],
  ledger: ['verify', 'export', 'head'],
  completions: ['bash', 'zsh', 'fish'],
}

/** Lists the profiles of the config file without starting Node: a completion must answer at once. */
const listProfiles = `sed -n 's/^\\[\\(profile \\)\\{0,1\\}\\([^] ]*\\)\\]$/\\2/p' "\${AWS_CONFIG_FILE:-$HOME/.aws/config}" 2>/dev/null`

/** The same in fish's own words; inside double quotes fish leaves backslashes alone and wants `$` escaped. */
const fishProfiles = "string replace -rf '^\\[(?:profile )?([^] ]*)\\]\\$' '\\$1' < ~/.aws/config 2>/dev/null"

/** `mayfly completions`: a script for the shell to read. */
export function define(command: Command, cli: Cli): void {
  command
    .argument('<shell>', 'bash, zsh or fish')
    .addHelpText(
      'after',
      `
Examples:
  source <(mayfly completions bash)                                      # ~/.bashrc
  source <(mayfly completions zsh)                                       # ~/.zshrc, after compinit
  mayfly completions fish > ~/.config/fish/completions/mayfly.fish`,
    )
    .action((shell: string) => {
      const script = scripts[shell]
      if (!script)
        throw new Failure('usage', `There are no completions for ${shell}.`, { hint: 'Use bash, zsh or fish.' })
      cli.print(script())
    })
}

const names = verbs.map((verb) => verb.name).join(' ')

const bash = (): string => `_mayfly() {
  local word=\${COMP_WORDS[COMP_CWORD]} verb=\${COMP_WORDS[1]} choices=
  if [ "$COMP_CWORD" -eq 1 ]; then choices="${names}"
  elif [ "$COMP_CWORD" -eq 2 ]; then
    case $verb in
      ${profiled.join('|')}) choices=$(${listProfiles}) ;;
${Object.entries(nested)
  .map(([verb, words]) => `      ${verb}) choices="${words.join(' ')}" ;;`)
  .join('\n')}
    esac
  elif [ "$verb" = keys ] || [ "$verb" = mfa ] || [ "$verb" = agent ]; then choices=$(${listProfiles})
  fi
  local IFS=$' \\n'
  COMPREPLY=($(compgen -W "$choices" -- "$word"))
}
complete -o default -F _mayfly mayfly`

const zsh = (): string => `autoload -U +X bashcompinit && bashcompinit
${bash()}`

const fish = (): string =>
  [
    'complete -c mayfly -f',
    ...verbs.map((verb) => `complete -c mayfly -n __fish_use_subcommand -a ${verb.name} -d '${verb.summary}'`),
    ...Object.entries(nested).map(
      ([verb, words]) => `complete -c mayfly -n '__fish_seen_subcommand_from ${verb}' -a '${words.join(' ')}'`,
    ),
    `complete -c mayfly -n '__fish_seen_subcommand_from ${profiled.join(' ')}' -a "(${fishProfiles})"`,
  ].join('\n')

const scripts: Readonly<Record<string, () => string>> = { bash, zsh, fish }
