import { randomBytes } from 'node:crypto'
import type { Command } from 'commander'
import { Failure } from '../../model/failure.ts'
import { authorityOf } from '../../sandbox/certificates/authority.ts'
import { type Sandbox, startSandbox } from '../../sandbox/index.ts'
import type { Cli } from '../cli.ts'
import { defineCert } from '../sandbox/cert.ts'
import { defineToken } from '../sandbox/token.ts'

interface Options {
  readonly port?: string
  readonly account: readonly string[]
  readonly region?: string
  readonly state?: string
  readonly clock?: string
  readonly json?: boolean
}

/** `mayfly sandbox`: AWS on loopback, until Ctrl-C. */
export function define(command: Command, cli: Cli): void {
  command
    .enablePositionalOptions()
    .description(
      'Serves AWS on loopback: STS, IAM, S3 and CloudTrail on one port. Signatures, policies, MFA, expiry and revocation are real; docs/fidelity.md says how far.',
    )
    .option('--port <number>', 'listen on this port of 127.0.0.1 (default: a free one)')
    .option('--account <id>', 'an account of the pretended AWS; repeat it for more', collect, [])
    .option('--region <name>', 'the region it is (default: the one of the state, else us-east-1)')
    .option('--state <directory>', 'keep the state there; it survives a crash (default: memory)')
    .option('--clock <instant>', 'start at this instant, ISO 8601; the clock runs on from it')
    .option(
      '--json',
      'print one JSON object when it is up: endpoint, region, accountId, keys, ssoStartUrl, samlMetadataUrl, samlSsoUrl, oidcIssuer, oidcPeople, controlToken',
    )
    .addHelpText(
      'after',
      `
Control endpoints (Authorization: Bearer CONTROL_TOKEN):
  GET|PUT /_mayfly/clock          {"now": "2026-11-21T09:00:00Z"}; {"now": null} is real time again
  GET     /_mayfly/requests       the request log
  PUT     /_mayfly/organization   service and resource control policies of the accounts
  PUT     /_mayfly/instance       the instance profile of the sandbox's machine
  PUT     /_mayfly/task           the role of its container
  PUT     /_mayfly/identity-center/sample    people, permission sets and assignments to begin with
  POST    /_mayfly/identity-center/approve   {"userName", "userCode" or "authorize"}: a person's yes
  POST    /_mayfly/tokens         a web identity token with any claims: mayfly sandbox token

Examples:
  mayfly sandbox
  mayfly sandbox --port 4566 --state ./aws-state
  mayfly sandbox --account 111122223333 --account 444455556666 --json

mayfly sandbox cert --help tells of certificates from its authority, mayfly sandbox token --help of tokens.`,
    )
    .action(async (options: Options) => serve(cli, options))
  defineCert(command.command('cert').exitOverride(), cli)
  defineToken(command.command('token').exitOverride(), cli)
}

const collect = (value: string, previous: readonly string[]): readonly string[] => [...previous, value]

async function serve(cli: Cli, options: Options): Promise<void> {
  const sandbox = await startSandbox({
    ...(options.port === undefined ? {} : { port: portFrom(options.port) }),
    ...(options.account.length === 0 ? {} : { accounts: options.account.map(accountFrom) }),
    ...(options.state === undefined ? {} : { stateDirectory: options.state }),
    ...(options.region === undefined ? {} : { region: options.region }),
    ...(options.clock === undefined ? {} : { clock: instantFrom(options.clock) }),
    now: () => new Date(),
    randomBytes,
    log: (line: string) => cli.say(line),
  }).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')
      throw new Failure('usage', `Port ${options.port} is taken.`, { hint: 'Leave --port out for a free one.' })
    throw error
  })
  if (options.json) {
    const { certificate } = await authorityOf(sandbox.cloud)
    cli.print(JSON.stringify({ ...facts(sandbox), certificateAuthority: certificate }))
  } else cli.print(forPeople(sandbox, cli))
  await new Promise<void>((resolve) => {
    process.once('SIGINT', resolve)
    process.once('SIGTERM', resolve)
  })
  await sandbox.close()
}

/** All that is told of it, but for what only this process can use. */
const facts = ({ cloud: _, close: __, oidcPeople, ...told }: Sandbox): object => ({
  ...told,
  oidcPeople: oidcPeople.map(({ name, password, groups }) => ({ name, password, groups })),
})

const forPeople = (sandbox: Sandbox, cli: Cli): string => `${cli.style('bold', `AWS on loopback: ${sandbox.endpoint}`)}
Account ${sandbox.accountId}, region ${sandbox.region}. To be its administrator, paste:

  export AWS_ENDPOINT_URL=${sandbox.endpoint} AWS_REGION=${sandbox.region} AWS_DEFAULT_REGION=${sandbox.region}
  export AWS_ACCESS_KEY_ID=${sandbox.accessKeyId} AWS_SECRET_ACCESS_KEY=${sandbox.secretAccessKey}
  unset AWS_PROFILE AWS_SESSION_TOKEN

Then, for example: aws sts get-caller-identity
Sign-in of people (IAM Identity Center): ${sandbox.ssoStartUrl}
SAML identity provider: ${sandbox.samlMetadataUrl}
OpenID Connect provider: ${sandbox.oidcIssuer} (client mayfly; ${sandbox.oidcPeople.map(({ name, password }) => `${name}: ${password}`).join(', ')})
Devices (AWS IoT, mutual TLS): https://${sandbox.iotCredentialsEndpoint}
Servers with a certificate (IAM Roles Anywhere): mayfly sandbox cert --common-name web-1 --role web
Instance metadata and container credentials: docs/sandbox.md says how to give them a role
Control token: ${sandbox.controlToken} (MAYFLY_CONTROL_TOKEN holds it for the verbs that need it)
Ctrl-C ends it.`

function portFrom(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN
  if (port >= 0 && port <= 65_535) return port
  throw new Failure('usage', `--port ${text} is not a port.`, {
    hint: 'Use a number from 1 to 65535, or leave it out.',
  })
}

function accountFrom(text: string): string {
  if (/^\d{12}$/.test(text)) return text
  throw new Failure('usage', `--account ${text} is not an account id.`, {
    hint: 'Use twelve digits, like 111122223333.',
  })
}

function instantFrom(text: string): Date {
  const instant = new Date(text)
  if (!Number.isNaN(instant.getTime())) return instant
  throw new Failure('usage', `--clock ${text} is not an instant.`, { hint: 'Write it like 2026-11-21T09:00:00Z.' })
}
