import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { bucket } from '../up/found-account.ts'
import { openUp } from '../up/open-up.ts'
import { sampleProfiles } from '../up/sample-config.ts'
import { homeIn } from '../up/up-home.ts'
import type { Stage } from './stage.ts'
import type { Chapter, Step } from './step.ts'

const words = (line: string): readonly string[] => line.split(' ')
const list = `aws s3api list-objects-v2 --bucket ${bucket}`

/** One place issues every session, shows it, and ends it. */
export const brokerChapter: Chapter = {
  summary: 'one place issues every session, shows it, and ends it',
  prepare: openBroker,
  steps: (stage) => [...signingIn(stage), ...using, ...seeing, ...ending(stage)],
  closing: `The same with a page, and people to sign in as: mayfly up
  docs/tutorial-broker.md    issue, see and revoke, step by step
  docs/broker.md             running one for your organisation`,
}

/** Starts a broker, and gives ann a profile for each role of it. */
async function openBroker(stage: Stage): Promise<void> {
  const { sandbox, directory, environment, append, answer } = stage
  const { url, close } = await openUp({
    home: { ...homeIn(directory), leave: () => undefined },
    ...{ sandbox, firstDatabase: 'sqlite:ledger.sqlite', log: () => undefined },
  })
  stage.atEnd(close)
  environment.MAYFLY_BROKER = url
  append(sampleProfiles(url, sandbox, ['reader', 'admin']))
  const password = sandbox.oidcPeople.find(({ name }) => name === 'ann')?.password ?? ''
  answer({ name: 'ann', password, answer: 'allow' })
}

const signingIn = ({ environment }: Stage): readonly Step[] => [
  {
    title: 'A broker runs over the sandbox, and ann signs in to it as she does everywhere',
    as: 'ann',
    command: words(`mayfly login --broker ${environment.MAYFLY_BROKER}`),
    expect: 'succeeds',
  },
]

const using: readonly Step[] = [
  {
    title: 'Issue: a session of a role, without a key anywhere',
    as: 'ann',
    command: words(`mayfly exec reader -- ${list}`),
    expect: 'succeeds',
    show: ({ stdout }) => stdout.split('\n').slice(0, 5).join('\n'),
  },
  {
    title: 'Not every role is for the asking: admin wants a reason, and somebody’s yes',
    as: 'ann',
    command: words('mayfly exec admin -- aws iam list-users'),
    expect: 'refused',
  },
]

const seeing: readonly Step[] = [
  {
    title: 'See: every session that is out',
    as: 'ann',
    command: words('mayfly sessions ls'),
    expect: 'succeeds',
  },
]

const ending = (stage: Stage): readonly Step[] => [
  {
    title: 'A copy of the session leaks',
    as: 'ann',
    command: words('mayfly creds reader'),
    expect: 'succeeds',
    keep: ({ write }, { stdout }) => {
      const { AccessKeyId, SecretAccessKey, SessionToken }: Readonly<Record<string, unknown>> = JSON.parse(stdout)
      write(
        'leaked-copy',
        `[default]\naws_access_key_id = ${AccessKeyId}\naws_secret_access_key = ${SecretAccessKey}\naws_session_token = ${SessionToken}\n`,
      )
    },
    show: () => '(hidden)',
  },
  { title: 'and works for whoever has it', as: 'thief', command: words(list), expect: 'succeeds', show: () => '' },
  {
    title: 'Revoke: the broker refuses, AWS is told, and it is tried whether AWS denies',
    as: 'ann',
    command: ['mayfly', 'sessions', 'revoke', '--role', 'reader', '--reason', 'a copy leaked'],
    expect: 'succeeds',
  },
  { title: 'Denied: the copy opens nothing any more', as: 'thief', command: words(list), expect: 'AccessDenied' },
  {
    title: 'ann works on, with a new session of her own',
    as: 'ann',
    // AWS tells sessions apart by the second: one of the second of the revocation is denied with those before it.
    prepare: () => setTimeout(2000),
    command: words(`mayfly exec reader -- ${list}`),
    expect: 'succeeds',
    show: () => '',
  },
  {
    title: 'And all of it is in a ledger, in which no row can be changed unseen',
    as: 'administrator',
    command: ['mayfly', 'ledger', 'verify', join(stage.directory, 'ledger.sqlite')],
    expect: 'succeeds',
  },
]
