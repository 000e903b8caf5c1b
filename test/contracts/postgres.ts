import { execFile } from 'node:child_process'
import { chownSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { freePort } from './free-port.ts'

const run = promisify(execFile)

/** Where Debian and others put the server's programs, newest first. */
const homes = ['18', '17', '16', '15', '14'].map((version) => `/usr/lib/postgresql/${version}/bin`)
const programs = homes.find((home) => existsSync(join(home, 'initdb')))

/** Why PostgreSQL is not tested with here; false: it is. */
export const postgresSkip: string | false =
  programs === undefined ? 'no PostgreSQL server here: apt-get install postgresql' : false

/** Whoever is stopped here, the machine goes on: what was written need not reach the disk. */
const usual = ["unix_socket_directories = ''", 'max_connections = 60', 'fsync = off', 'full_page_writes = off']

export interface Postgres {
  /** `postgres://…` of an empty database, a new one at each call. */
  readonly database: () => Promise<string>
  /** Ends every connection at once, as a server that is stopped the hard way, until `resume`. */
  readonly interrupt: () => Promise<void>
  readonly resume: () => Promise<void>
  readonly stop: () => Promise<void>
}

/** A PostgreSQL server of this test's own, on loopback, on a free port, in a directory that goes with it. */
export async function startPostgres(): Promise<Postgres> {
  if (programs === undefined) throw new Error(String(postgresSkip))
  const home = programs
  const directory = mkdtempSync('/tmp/mayfly-postgres-')
  let port = 0
  // The server refuses to run as root.
  const isRoot = process.getuid?.() === 0
  const owner = isRoot
    ? {
        uid: Number((await run('id', ['-u', 'postgres'])).stdout),
        gid: Number((await run('id', ['-g', 'postgres'])).stdout),
      }
    : {}
  if (isRoot && owner.uid !== undefined && owner.gid !== undefined) chownSync(directory, owner.uid, owner.gid)
  const as = { ...owner, cwd: directory, env: { ...process.env, LC_ALL: 'C.UTF-8' } }
  const data = join(directory, 'data')
  await run(join(home, 'initdb'), ['-D', data, '-U', 'mayfly', '-A', 'trust', '--no-sync'], as)
  await run('sh', ['-c', `echo "include = 'mayfly.conf'" >> ${data}/postgresql.conf`], as)
  const control = (...words: string[]) =>
    run(join(home, 'pg_ctl'), ['-D', data, '-w', '-l', join(directory, 'log'), ...words], as)
  // Another test may take the port before the server does.
  for (let attempt = 1; ; attempt++) {
    port = await freePort()
    const settings = ["listen_addresses = '127.0.0.1'", `port = ${port}`, ...usual].join('\n')
    writeFileSync(join(data, 'mayfly.conf'), `${settings}\n`)
    const started = await control('start').then(
      () => true,
      (error) => {
        if (attempt === 3) throw error
        return false
      },
    )
    if (started) break
  }
  let databases = 0
  const url = (name: string): string => `postgres://mayfly@127.0.0.1:${port}/${name}`
  return {
    database: async () => {
      const name = `ledger_${++databases}`
      await run(join(home, 'createdb'), ['-h', '127.0.0.1', '-p', String(port), '-U', 'mayfly', name], as)
      return url(name)
    },
    interrupt: async () => {
      await control('stop', '-m', 'immediate')
    },
    resume: async () => {
      await control('start')
    },
    stop: async () => {
      await control('stop', '-m', 'immediate').catch(() => undefined)
      rmSync(directory, { recursive: true, force: true })
    },
  }
}
