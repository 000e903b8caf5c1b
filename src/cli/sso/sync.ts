import { editFile, undoLatestEdit } from '../../host/files.ts'
import { Failure } from '../../model/failure.ts'
import { diff } from '../../profiles/diff.ts'
import { setKeys } from '../../profiles/edit.ts'
import { profileFiles, profilePaths } from '../../profiles/locate.ts'
import { parseSections } from '../../profiles/parse.ts'
import { readProfiles } from '../../profiles/read.ts'
import { planSync, type SyncPlan } from '../../profiles/sso-profiles.ts'
import type { Cli } from '../cli.ts'
import { sessionMeant } from './session.ts'

export interface SyncFlags {
  readonly template: string
  readonly region?: string
  readonly startUrl?: string
  readonly ssoRegion?: string
  readonly prune?: boolean
  readonly dryRun?: boolean
  readonly json?: boolean
  readonly input: boolean
}

/** What the vault calls an edit of this verb. */
const edit = 'sso sync'

/** Writes a profile for every role of every account. The diff is shown before anything is written. */
export async function syncSso(cli: Cli, named: string | undefined, flags: SyncFlags): Promise<void> {
  const { config, credentials } = profileFiles(cli.env)
  const withSection = (text: string): string => sectionAdded(text, config.path, named, flags)
  const before = config.text ?? ''
  const profiles = readProfiles({ path: config.path, text: withSection(before) }, credentials)
  const session = sessionMeant(cli, profiles, named)
  const host = await cli.host({ input: flags.input })
  const { listRoles } = await import('../../sources/sso/portal.ts')
  const roles = (await listRoles(session, host)).map(({ account, roleName }) => ({
    accountId: account.id,
    accountName: account.name,
    roleName,
  }))
  const taken = new Set(parseSections(credentials.text ?? '', credentials.path).map(({ header }) => header))
  const { template, region, prune = false } = flags
  const options = { session: session.name, template, ...(region === undefined ? {} : { region }), prune, taken }
  const planFor = (text: string): SyncPlan => planSync(withSection(text), config.path, roles, options)
  const plan = planFor(before)
  const change = diff(before, plan.text, config.path)
  if (change && !flags.json) cli.say(change)
  if (!flags.dryRun) await editFile(config.path, (text) => planFor(text).text, host, edit)
  if (flags.json) return cli.print(JSON.stringify(told(plan, session.name)))
  tell(cli, plan, flags.dryRun === true)
}

/** The config file's text with the sso-session that the flags describe, where they do. */
function sectionAdded(
  text: string,
  file: string,
  name: string | undefined,
  { startUrl, ssoRegion }: SyncFlags,
): string {
  if (startUrl === undefined && ssoRegion === undefined) return text
  if (startUrl === undefined || ssoRegion === undefined || name === undefined || !/^[\w.@:/+-]{1,100}$/.test(name))
    throw new Failure('usage', 'A new sso-session needs a name, --start-url and --sso-region.', {
      hint: 'mayfly sso sync corp --start-url https://d-1234567890.awsapps.com/start --sso-region eu-central-1',
    })
  const values = { sso_start_url: startUrl, sso_region: ssoRegion, sso_registration_scopes: 'sso:account:access' }
  return setKeys(text, `sso-session ${name}`, values, file)
}

/** Takes back the last sync: the config file is what it was, byte for byte. */
export async function undoSync(cli: Cli): Promise<void> {
  const { config } = profilePaths(cli.env)
  const undone = await undoLatestEdit(await cli.host(), config, edit)
  if (!undone) throw new Failure('usage', `No sync changed ${config}.`, { hint: 'There is nothing to undo.' })
  cli.print(`${config} is what it was before the last sync.`)
}

const told = ({ text: _, ...plan }: SyncPlan, session: string): object => ({ session, ...plan })

function tell(cli: Cli, plan: SyncPlan, isDry: boolean): void {
  const { added, changed, removed, vanished, blocked } = plan
  for (const name of blocked)
    cli.say(
      `mayfly: the profile ${name} is not one that sync made, so it was left alone. Rename it, or use --template.`,
    )
  for (const name of vanished) cli.say(`mayfly: the role of ${name} is gone. With --prune the profile goes, too.`)
  const counts = `${added.length} added, ${changed.length} changed, ${removed.length} removed`
  if (added.length + changed.length + removed.length === 0) cli.print('All profiles are as they should be.')
  else if (isDry) cli.print(`Would be: ${counts}. Nothing was changed (--dry-run).`)
  else cli.print(`Profiles: ${counts}. To take it back: mayfly sso undo`)
}
