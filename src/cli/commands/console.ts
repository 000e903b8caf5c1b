import type { Command } from 'commander'
import { Failure } from '../../model/failure.ts'
import type { Target } from '../../model/source-spec.ts'
import { endpointFor } from '../../profiles/endpoint.ts'
import type { Cli } from '../cli.ts'
import { hostOptions, type SessionOptions, sessionOptions } from '../options.ts'
import { userProfile, userProfiles } from '../profile.ts'

interface Options extends SessionOptions {
  readonly service?: string
  readonly destination?: string
  readonly path?: string
  readonly region?: string
  readonly duration?: string
  readonly print?: boolean
  readonly stdout?: boolean
}

/** `mayfly console`: the AWS console in the browser, as the role of a profile. */
export function define(command: Command, cli: Cli): void {
  sessionOptions(command)
    .description(
      'Opens the AWS console in the browser, signed in as the role or federated user of a profile. The address is a secret for 15 minutes: it is shown only when asked for, and logged nowhere.',
    )
    .argument('[profile]', 'default: AWS_PROFILE, AWS_DEFAULT_PROFILE, else "default"')
    .option('-s, --service <name>', 'the service to arrive at, as it stands in the addresses of the console: s3')
    .option('--path <path>', 'the page to arrive at, behind the host: s3/buckets/reports')
    .option('--destination <url>', 'the whole address to arrive at')
    .option('-r, --region <name>', "the console's region (default: the profile's)")
    .option('-d, --duration <time>', 'how long the console session lasts: 15m to 12h (default: as the credentials)')
    .option('--print', 'print the address instead of opening it')
    .option('--stdout', 'the same')
    .option('--json', 'print {"profile", "url", "expiresIn"}')
    .addHelpText('after', '\nExamples:\n  mayfly console reader\n  mayfly console reader -s s3 --duration 1h --print')
    .action(async (name: string | undefined, options: Options) => openConsole(cli, name, options))
}

async function openConsole(cli: Cli, name: string | undefined, options: Options): Promise<void> {
  const profile = userProfile(cli.env, name)
  const region = options.region ?? profile.region ?? 'us-east-1'
  const duration = options.duration === undefined ? undefined : secondsIn(options.duration)
  const { consoleHost, isConsolePage } = await import('../../sources/console/endpoint.ts')
  const { assertOpensConsole } = await import('../console/opens-console.ts')
  const { federationUrl } = await import('../../sources/console/federate.ts')
  const { open } = await import('../../sources/index.ts')
  const destination = options.destination ?? `https://${consoleHost(region)}/${pathIn(options, region)}`
  if (!isConsolePage(destination, region))
    throw new Failure('usage', 'What is to be arrived at is not a page of the AWS console.', {
      hint: `It looks like https://${consoleHost(region)}/s3/home`,
    })
  assertOpensConsole(profile.spec, duration)
  const host = await cli.host(hostOptions(options))
  const profiles = userProfiles(cli.env)
  const section = profiles.profiles.get(profile.name)
  const endpoint = section ? endpointFor(section, profiles, cli.env, 'signin') : profile.endpoint
  const signin: Target = { region, ...(endpoint ? { endpoint } : {}) }
  const credentials = await open(profile.spec, host)()
  const url = await federationUrl(host, credentials, { signin, destination, ...(duration ? { duration } : {}) })
  if (options.json) return cli.print(JSON.stringify({ profile: profile.name, url, expiresIn: 900 }))
  if (options.print || options.stdout) return cli.print(url)
  const { handOver } = await import('../console/hand-over.ts')
  const { openInBrowser } = await import('../../host/prompts/browser.ts')
  const isOpen = await handOver(url, (address) => openInBrowser(address, cli.env, () => undefined))
  if (!isOpen)
    throw new Failure('usage', 'No browser could be started here.', {
      hint: 'mayfly console PROFILE --print prints the address; open it within 15 minutes, and give it to nobody.',
    })
  cli.say(`mayfly: the console of ${profile.name} is open in the browser.`)
}

function pathIn({ service, path }: Options, region: string): string {
  if (path !== undefined) return path.replace(/^\/+/, '')
  if (service !== undefined && !/^[a-z0-9][a-z0-9-]{0,62}$/.test(service))
    throw new Failure('usage', 'The --service is not one.', { hint: 'It looks like s3, or as in the console address.' })
  return `${service ?? 'console'}/home?region=${encodeURIComponent(region)}`
}

function secondsIn(text: string): number {
  const [, count = '', unit = 's'] = /^(\d{1,6})([smh]?)$/.exec(text) ?? []
  const seconds = Number(count) * (unit === 'h' ? 3600 : unit === 'm' ? 60 : 1)
  if (count !== '' && seconds >= 900 && seconds <= 43_200) return seconds
  throw new Failure('usage', 'The --duration is not one from 15 minutes to 12 hours.', { hint: 'Write it like 1h.' })
}
