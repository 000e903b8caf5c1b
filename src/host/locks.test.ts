import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import fs, { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { Failure } from '../model/failure.ts'
import { locksIn } from './locks.ts'

const scratch = mkdtempSync(join(tmpdir(), 'locks-'))
after(() => rmSync(scratch, { recursive: true }))
let made = 0
const fresh = (): string => join(scratch, String(made++))

const child = (directory: string, log: string, rounds: number, end: string): Promise<number | null> => {
  const script = `
    import { appendFileSync } from 'node:fs'
    import { locksIn } from ${JSON.stringify(join(import.meta.dirname, 'locks.ts'))}
    const exclusively = locksIn(${JSON.stringify(directory)})
    for (let round = 0; round < ${rounds}; round++)
      await exclusively('login', async () => {
        appendFileSync(${JSON.stringify(log)}, process.pid + ' in\\n')
        await new Promise((done) => setTimeout(done, 3))
        ${end}
        appendFileSync(${JSON.stringify(log)}, process.pid + ' out\\n')
      })`
  return new Promise((resolve) =>
    spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'inherit' }).on('close', resolve),
  )
}

test('processes that want the same lock work one after the other', async () => {
  const directory = fresh()
  const log = join(scratch, 'log')
  const statuses = await Promise.all(Array.from({ length: 5 }, () => child(directory, log, 30, '')))
  assert.deepEqual(statuses, [0, 0, 0, 0, 0])
  const lines = readFileSync(log, 'utf8').trim().split('\n')
  assert.equal(lines.length, 300)
  for (let i = 0; i < lines.length; i += 2)
    assert.equal(lines[i]?.replace(' in', ''), lines[i + 1]?.replace(' out', ''), `line ${i}`)
})

test('the lock of processes killed at work is taken over by one waiter at a time', async () => {
  const directory = fresh()
  const log = join(scratch, 'killed')
  await Promise.all(Array.from({ length: 2 }, () => child(directory, log, 1, "process.kill(process.pid, 'SIGKILL')")))
  let inside = 0
  const waiters = Array.from({ length: 20 }, () =>
    locksIn(directory)('login', async () => {
      inside++
      appendFileSync(log, 'work\n')
      assert.equal(inside, 1)
      await new Promise((done) => setImmediate(done))
      inside--
    }),
  )
  await Promise.all(waiters)
  assert.equal(readFileSync(log, 'utf8').match(/in\n/g)?.length, 2)
})

test('callers of one process take turns, and other names do not wait', async () => {
  const exclusively = locksIn(fresh())
  const order: string[] = []
  await Promise.all([
    exclusively('a', async () => {
      order.push('a in')
      await exclusively('b', async () => order.push('b'))
      order.push('a out')
    }),
    exclusively('a', async () => order.push('second')),
  ])
  assert.ok(order.indexOf('a out') - order.indexOf('a in') === 2)
})

test('the result and the error of the work pass through, and the lock is free again', async () => {
  const directory = fresh()
  const exclusively = locksIn(directory, { patience: 50 })
  await assert.rejects(
    exclusively('a', () => Promise.reject(new Error('boom'))),
    /boom/,
  )
  assert.equal(await exclusively('a', async () => 7), 7)
  assert.equal(readdirSync(directory).length, 1)
})

test('a waiter is told once who holds the lock, and gives up with the file to remove', async () => {
  const directory = fresh()
  const told: number[] = []
  let release: () => void = () => undefined
  const begun = Promise.withResolvers<void>()
  const held = locksIn(directory)('a', () => {
    begun.resolve()
    return new Promise<void>((done) => (release = done))
  })
  await begun.promise
  const impatient = locksIn(directory, { patience: 60, onWait: (pid) => told.push(pid) })
  await assert.rejects(
    impatient('a', async () => undefined),
    (error) => error instanceof Failure && error.code === 'login-needed' && /rm .*\.1$/.test(error.hint ?? ''),
  )
  assert.deepEqual(told, [process.pid])
  release()
  await held
  assert.equal(await impatient('a', async () => 'mine'), 'mine')
})

test('a live process with the number of a dead holder does not keep its lock', async () => {
  const directory = fresh()
  const exclusively = locksIn(directory, { patience: 50 })
  await exclusively('a', async () => undefined)
  const [file = ''] = readdirSync(directory)
  const holder = { pid: process.pid, host: hostname(), began: '1' }
  writeFileSync(join(directory, file), JSON.stringify(holder))
  if (process.platform === 'linux') assert.equal(await exclusively('a', async () => 1), 1)
  const [next = ''] = readdirSync(directory)
  writeFileSync(join(directory, next), JSON.stringify({ pid: 4_000_000, host: 'another.example' }))
  await assert.rejects(
    exclusively('a', async () => 1),
    /another\.example/,
  )
})

test('what the work brought is given even when the lock cannot be released', async () => {
  const directory = fresh()
  const work = async (): Promise<string> => {
    rmSync(directory, { recursive: true })
    return 'a session'
  }
  assert.equal(await locksIn(directory)('a', work), 'a session')
})

test('a holder that is no longer running has let go, also where the system does not tell when processes began', async () => {
  const directory = fresh()
  const exclusively = locksIn(directory, { patience: 50 })
  await exclusively('a', async () => undefined)
  const [file = ''] = readdirSync(directory)
  const { pid } = spawnSync(process.execPath, ['-e', '0'])
  writeFileSync(join(directory, file), JSON.stringify({ pid, host: hostname() }))
  assert.equal(await exclusively('a', async () => 1), 1)
  const [next = ''] = readdirSync(directory)
  writeFileSync(join(directory, next), JSON.stringify({ pid: process.pid, host: hostname() }))
  await assert.rejects(
    exclusively('a', async () => 1),
    (error) => error instanceof Failure,
  )
})

test('a caller that looked at the directory before others took and released the lock does not get it', async (t) => {
  const directory = fresh()
  const exclusively = locksIn(directory, { patience: 50 })
  for (let times = 0; times < 6; times++) await exclusively('a', async () => undefined)
  const [file = ''] = readdirSync(directory)
  assert.match(file, /\.6$/)
  writeFileSync(join(directory, file), JSON.stringify({ pid: process.pid, host: hostname() }))
  const real = fs.readdirSync
  let looks = 0
  const stale = (...words: unknown[]): unknown =>
    ++looks === 1 ? [file.replace(/6$/, '3')] : Reflect.apply(real, fs, words)
  t.mock.method(fs, 'readdirSync', stale)
  syncBuiltinESMExports()
  try {
    await assert.rejects(
      exclusively('a', async () => 'entered'),
      (error) => error instanceof Failure,
    )
  } finally {
    t.mock.restoreAll()
    syncBuiltinESMExports()
  }
  assert.deepEqual(readdirSync(directory), [file])
})
