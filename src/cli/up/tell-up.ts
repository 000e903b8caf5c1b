import { quoted } from '../../host/private-file.ts'
import type { Cli } from '../cli.ts'
import { bucket } from './found-account.ts'
import type { Up } from './open-up.ts'
import type { UpHome } from './up-home.ts'

/** What there is to know of what runs, for programs. */
export interface UpFacts {
  readonly url: string
  readonly configFile: string
  readonly awsConfigFile: string
  readonly database: string
  readonly hasPage: boolean
  readonly people: readonly { readonly name: string; readonly password: string; readonly groups: readonly string[] }[]
  readonly commands: readonly string[]
  readonly sandbox: {
    readonly endpoint: string
    readonly region: string
    readonly accountId: string
    readonly accessKeyId: string
    readonly secretAccessKey: string
    readonly oidcIssuer: string
    readonly controlToken: string
  }
}

export function upFacts({ sandbox, url, database }: Up, home: UpHome, hasPage: boolean): UpFacts {
  const { endpoint, region, accountId, accessKeyId, secretAccessKey, oidcIssuer, controlToken } = sandbox
  return {
    ...{ url, hasPage, configFile: home.configFile, awsConfigFile: home.awsConfigFile },
    database: withoutSecrets(database),
    people: sandbox.oidcPeople.map(({ name, password, groups }) => ({ name, password, groups })),
    commands: [
      `mayfly login --broker ${url}`,
      `mayfly exec reader -- aws s3 ls s3://${bucket}`,
      'mayfly sessions revoke --role reader --reason "a key was found in a log"',
    ],
    sandbox: { endpoint, region, accountId, accessKeyId, secretAccessKey, oidcIssuer, controlToken },
  }
}

/** Of a URL what it leads to alone: passwords stand before the host, and may stand behind the question mark. */
export function withoutSecrets(database: string): string {
  if (!/^postgres(?:ql)?:/.test(database)) return database
  const url = URL.parse(database)
  return url ? `${url.protocol}//${url.host}${url.pathname}` : 'a PostgreSQL'
}

/**
 * The same for people. `bin` is the folder with `mayfly` where a shell would not find it by itself, as in a checkout.
 */
export function tellUp(facts: UpFacts, { style }: Pick<Cli, 'style'>, bin?: string): string {
  const { url, people, sandbox, hasPage, configFile, awsConfigFile, commands, database } = facts
  const [login = '', use = '', revoke = ''] = commands
  const widest = Math.max(...people.map(({ name }) => name.length))
  return `${style('bold', `The broker is at ${url}`)}${hasPage ? '' : ' (its page was not built: npm run build)'}
AWS is played by a sandbox at ${sandbox.endpoint}; nothing leaves this machine.

Sign in there as one of these people of its identity provider:
${people.map(({ name, password, groups }) => `  ${name.padEnd(widest)}  ${password}  ${groups.join(', ')}`).join('\n')}

In another terminal; your ~/.aws stays as it is:
${bin === undefined ? '' : `  export PATH=${quoted(bin)}:"$PATH"\n`}  export AWS_CONFIG_FILE=${quoted(awsConfigFile)}
  ${style('cyan', login)}
  ${style('cyan', use)}
  mayfly sessions ls
  ${style('cyan', revoke)}

Who may have what is in ${configFile}: change it, and it counts at once.
The ledger is ${database}. Ctrl-C ends it.`
}
