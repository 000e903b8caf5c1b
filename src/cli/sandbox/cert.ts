import { mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Command } from 'commander'
import { Failure } from '../../model/failure.ts'
import type { Cli } from '../cli.ts'
import { askSandbox, type ControlOptions, controlOptions, record } from './control.ts'

interface Options extends ControlOptions {
  readonly commonName: string
  readonly organization?: string
  readonly unit: readonly string[]
  readonly dns: readonly string[]
  readonly uri: readonly string[]
  readonly key: string
  readonly validFor: string
  readonly out?: string
  readonly role?: string
  readonly policyArn?: string
  readonly acceptSessionName?: boolean
  readonly json?: boolean
}

/** `mayfly sandbox cert`: a certificate of the sandbox's own authority, and with `--role` all that makes it good for one. */
export function defineCert(command: Command, cli: Cli): void {
  controlOptions(command)
    .description(
      'Issues a certificate from the authority of a running sandbox, and writes it with its key. With --role it also makes the trust anchor, the profile and the role of IAM Roles Anywhere, and prints the section for ~/.aws/config.',
    )
    .requiredOption('--common-name <name>', 'whose certificate it is: the CN of its subject')
    .option('--organization <name>', 'the O of its subject')
    .option('--unit <name>', 'an OU of its subject; repeat it for more', collect, [])
    .option('--dns <name>', 'a DNS name of it; repeat it for more', collect, [])
    .option('--uri <uri>', 'a URI of it, as SPIFFE has them; repeat it for more', collect, [])
    .option('--key <type>', 'ec (P-256) or rsa (2048 bits)', 'ec')
    .option('--valid-for <time>', 'how long, as in 90s, 15m, 12h, 30d', '1d')
    .option(
      '--out <directory>',
      'where certificate.pem, key.pem and authority.pem go (default: one named as the common name)',
    )
    .option('--role <name>', 'make it good for this role, which is made when it is not there')
    .option('--policy-arn <arn>', 'what a role that is made may do (default: ReadOnlyAccess)')
    .option('--accept-session-name', 'let who comes with it choose the name of the session')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `
Examples:
  mayfly sandbox cert --common-name web-1 --out ./web-1
  mayfly sandbox cert --common-name web-1 --role web --out ./web-1 >>~/.aws/config
  mayfly sandbox cert --common-name build --key rsa --valid-for 15m --dns build.example.com`,
    )
    .action(async (options: Options) => issue(cli, options))
}

const collect = (value: string, previous: readonly string[]): readonly string[] => [...previous, value]

async function issue(cli: Cli, options: Options): Promise<void> {
  const lifetime = secondsIn(options.validFor)
  if (options.key !== 'ec' && options.key !== 'rsa')
    throw new Failure('usage', `--key ${options.key} is not a kind of key.`, { hint: 'Use ec or rsa.' })
  const { writePrivate } = await import('../../host/private-file.ts')
  const answer = await askSandbox(cli, options, 'certificates', {
    commonName: options.commonName,
    ...(options.organization === undefined ? {} : { organization: options.organization }),
    ...{ organizationalUnits: options.unit, dns: options.dns, uris: options.uri, keyType: options.key, lifetime },
    ...(options.role === undefined ? {} : { roleName: options.role }),
    ...(options.policyArn === undefined ? {} : { policyArn: options.policyArn }),
    ...(options.acceptSessionName ? { acceptRoleSessionName: true } : {}),
  })
  const directory = resolve(options.out ?? options.commonName.replace(/[^\w-]+/g, '_'))
  const paths = {
    certificate: join(directory, 'certificate.pem'),
    privateKey: join(directory, 'key.pem'),
    authority: join(directory, 'authority.pem'),
  }
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  for (const name of ['privateKey', 'certificate', 'authority'] as const)
    writePrivate(paths[name], textOf(answer, name))
  const section = answer.rolesAnywhere === undefined ? undefined : sectionOf(answer, paths, options, cli)
  const { serialNumber, notAfter, rolesAnywhere } = answer
  if (options.json)
    return cli.print(JSON.stringify({ ...paths, serialNumber, notAfter, ...(rolesAnywhere ? { rolesAnywhere } : {}) }))
  cli.say(`${paths.certificate} and key.pem beside it: ${options.commonName}, until ${notAfter}`)
  if (section !== undefined) cli.print(section)
}

/** What ~/.aws/config needs to use the certificate. */
function sectionOf(
  answer: Readonly<Record<string, unknown>>,
  paths: { readonly certificate: string; readonly privateKey: string },
  { endpoint, role }: Options,
  cli: Cli,
): string {
  const { trustAnchorArn, profileArn, roleArn, region } = record(answer.rolesAnywhere)
  return `[profile ${role}]
mayfly_trust_anchor_arn = ${trustAnchorArn}
mayfly_profile_arn = ${profileArn}
role_arn = ${roleArn}
mayfly_certificate = ${paths.certificate}
mayfly_private_key = ${paths.privateKey}
region = ${region}
endpoint_url = ${endpoint ?? cli.env.AWS_ENDPOINT_URL}
`
}

function textOf(answer: Readonly<Record<string, unknown>>, name: string): string {
  const text = answer[name]
  if (typeof text === 'string') return text
  throw new Failure('aws-refused', `The sandbox sent no ${name}.`, { hint: 'Is it of the same version of Mayfly?' })
}

const units = { s: 1, m: 60, h: 3600, d: 86_400 } as const

function secondsIn(text: string): number {
  const [, count = '', unit = ''] = /^(\d{1,8})([smhd])$/.exec(text) ?? []
  const seconds = Number(count) * (units[unit as keyof typeof units] ?? 0)
  if (seconds > 0 && seconds <= 20 * 366 * 86_400) return seconds
  throw new Failure('usage', `--valid-for ${text} is not a length of time.`, {
    hint: 'Write it like 90s, 15m, 12h, 30d.',
  })
}
