import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { userProfile } from '../src/cli/profile.ts'
import { nodeVault } from '../src/host/node-host.ts'
import { sessionPrefix, sessionText } from '../src/sources/cached-session.ts'
import { specDigest } from '../src/sources/spec-digest.ts'
import { type Figure, median } from './figure.ts'

const root = join(import.meta.dirname, '..')
const pairs = 40

/** A warm `mayfly creds`, as a credential_process pays it, against the bare start of the same Node; pair by pair. */
export async function run(): Promise<readonly Figure[]> {
  const home = mkdtempSync(join(tmpdir(), 'mayfly-bench-'))
  try {
    const env = await prepare(home)
    const built = [join(root, 'dist', 'mayfly.cjs'), 'creds', 'ann']
    const source = [join(root, 'src', 'cli', 'main.ts'), 'creds', 'ann']
    return [
      ratio('warm mayfly creds, as published, against node -e 0', built, env, 'budget 1.35'),
      ratio('warm mayfly creds, from a checkout, against node -e 0', source, {
        ...env,
        NODE_COMPILE_CACHE: join(home, 'cache'),
      }),
    ]
  } finally {
    rmSync(home, { recursive: true, force: true })
  }
}

/** A profile with a kept session that has hours to live. */
async function prepare(home: string): Promise<NodeJS.ProcessEnv> {
  mkdirSync(join(home, '.aws'))
  const accessKeyId = 'AKIAQQQQQQQQQQQQQQQQ'
  writeFileSync(join(home, '.aws', 'config'), `[profile ann]\nregion = us-east-1\nmayfly_key = ${accessKeyId}\n`)
  const env = { PATH: process.env.PATH, HOME: home, MAYFLY_HOME: join(home, 'mayfly') }
  const { spec } = userProfile(env, 'ann')
  const credentials = {
    accessKeyId: 'ASIAQQQQQQQQQQQQQQQQ',
    secretAccessKey: 'x'.repeat(40),
    sessionToken: 'x'.repeat(800),
    expiration: new Date(Date.now() + 6 * 3_600_000),
  }
  const vault = nodeVault(env, () => Promise.reject(new Error('nobody to ask')))
  await vault.put(sessionPrefix + specDigest(spec), sessionText({ spec, credentials, issuedAt: new Date() }))
  return env
}

function ratio(name: string, args: readonly string[], env: NodeJS.ProcessEnv, budget = 'no budget'): Figure {
  const milliseconds = (words: readonly string[]): number => {
    const started = performance.now()
    const { status } = spawnSync(process.execPath, words, { env, stdio: ['ignore', 'pipe', 'inherit'] })
    if (status !== 0) throw new Error(`${words.join(' ')} ended with status ${status}`)
    return performance.now() - started
  }
  const bare = ['-e', '0']
  for (let warmUp = 0; warmUp < 5; warmUp++) [milliseconds(args), milliseconds(bare)]
  const times = Array.from({ length: pairs }, () => [milliseconds(args), milliseconds(bare)] as const)
  const [ours, theirs] = [median(times.map(([a]) => a)), median(times.map(([, b]) => b))]
  const note = `${budget}; ${ours.toFixed(1)} ms to ${theirs.toFixed(1)} ms, median of ${pairs} pairs`
  return { name, value: median(times.map(([a, b]) => a / b)), unit: 'x', note }
}
