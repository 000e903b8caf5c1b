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

/**
 * Warm calls, as a credential_process and a shell pay them, against the bare start of the same Node; pair by pair. What
 * cannot be had for less stands beside them: Node with its cryptography, and Node that starts another program.
 */
export async function run(): Promise<readonly Figure[]> {
  const home = mkdtempSync(join(tmpdir(), 'mayfly-bench-'))
  try {
    const env = await prepare(home)
    const built = join(root, 'dist', 'mayfly.cjs')
    const source = join(root, 'src', 'cli', 'main.ts')
    const cached = { ...env, NODE_COMPILE_CACHE: join(home, 'cache') }
    const spawning = "require('node:child_process').spawn('true', { stdio: 'inherit' })"
    return [
      ratio('warm mayfly creds, as published, against node -e 0', [built, 'creds', 'ann'], env, 'budget 1.35'),
      ratio('the same of a profile that a broker serves', [built, 'creds', 'brokered'], env, 'budget 1.35'),
      ratio('the same from a checkout', [source, 'creds', 'ann'], cached),
      ratio("node -e require('node:crypto')", ['-e', "require('node:crypto')"], env),
      ratio('warm mayfly env', [built, 'env', 'ann'], env),
      ratio('warm mayfly exec -- true', [built, 'exec', 'ann', '--', 'true'], env),
      ratio("node -e spawn('true')", ['-e', spawning], env),
      ratio('mayfly --help', [built, '--help'], env),
    ]
  } finally {
    rmSync(home, { recursive: true, force: true })
  }
}

/** Two profiles, each with a kept session that has hours to live. */
async function prepare(home: string): Promise<NodeJS.ProcessEnv> {
  mkdirSync(join(home, '.aws'))
  writeFileSync(
    join(home, '.aws', 'config'),
    `[profile ann]
region = us-east-1
mayfly_key = AKIAQQQQQQQQQQQQQQQQ
[profile brokered]
region = us-east-1
mayfly_broker = https://mayfly.example.com
mayfly_role = reader
`,
  )
  const env = { PATH: process.env.PATH, HOME: home, MAYFLY_HOME: join(home, 'mayfly') }
  const credentials = {
    accessKeyId: 'ASIAQQQQQQQQQQQQQQQQ',
    secretAccessKey: 'x'.repeat(40),
    sessionToken: 'x'.repeat(800),
    expiration: new Date(Date.now() + 6 * 3_600_000),
  }
  const vault = nodeVault(env, () => Promise.reject(new Error('nobody to ask')))
  for (const profile of ['ann', 'brokered']) {
    const { spec } = userProfile(env, profile)
    await vault.put(sessionPrefix + specDigest(spec), sessionText({ spec, credentials, issuedAt: new Date() }))
  }
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
  const [least, bareLeast] = [Math.min(...times.map(([a]) => a)), Math.min(...times.map(([, b]) => b))]
  const note = `${budget}; ${ours.toFixed(1)} ms to ${theirs.toFixed(1)} ms, median of ${pairs} pairs; least ${least.toFixed(1)} to ${bareLeast.toFixed(1)}`
  return { name, value: median(times.map(([a, b]) => a / b)), unit: 'x', note }
}
