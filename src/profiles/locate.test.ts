import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { Failure } from '../model/failure.ts'
import { profileFiles, profilePaths } from './locate.ts'

const home = mkdtempSync(join(tmpdir(), 'mayfly-locate-'))
after(() => rmSync(home, { recursive: true }))
mkdirSync(join(home, '.aws'))

test('the two files are in ~/.aws, and the variables move them', () => {
  assert.deepEqual(profilePaths({ HOME: '/h' }), { config: '/h/.aws/config', credentials: '/h/.aws/credentials' })
  assert.deepEqual(profilePaths({ HOME: '/h', AWS_CONFIG_FILE: '/c', AWS_SHARED_CREDENTIALS_FILE: '~/s' }), {
    config: '/c',
    credentials: '/h/s',
  })
  assert.equal(profilePaths({}).config, join(homedir(), '.aws', 'config'))
})

test('variables in the paths are replaced as botocore does, and unknown ones stay', () => {
  const config = (path: string): string => profilePaths({ HOME: '/h', DIR: '/$d', AWS_CONFIG_FILE: path }).config
  assert.equal(config('$DIR/c'), '/$d/c')
  assert.equal(config(`\${DIR}/c`), '/$d/c')
  assert.equal(config('$NONE/c'), '$NONE/c')
  assert.equal(config('a~/c'), 'a~/c')
  assert.equal(config('~x/c'), '~x/c')
})

test('a file that is not there is empty, and so is what is no file', () => {
  const files = profileFiles({ HOME: home, AWS_CONFIG_FILE: '/dev/null' })
  assert.equal(files.config.text, undefined)
  assert.equal(files.credentials.text, undefined)
  writeFileSync(join(home, 'plain'), '')
  assert.equal(profileFiles({ HOME: home, AWS_CONFIG_FILE: join(home, 'plain', 'config') }).config.text, undefined)
})

test('a folder and bytes that are not UTF-8 are refused; UTF-8 is read', () => {
  const read = (path: string): string | undefined => profileFiles({ HOME: home, AWS_CONFIG_FILE: path }).config.text
  const file = join(home, 'config')
  writeFileSync(file, Buffer.from([0x5b, 0x61, 0x5d, 0x0a, 0xff, 0x0a]))
  const refused = (message: string) => (error: unknown) =>
    error instanceof Failure && error.code === 'config-invalid' && error.message === message && !!error.hint
  assert.throws(() => read(file), refused(`${file}:2: this is not UTF-8.`))
  assert.throws(() => read(home), refused(`${home} cannot be read: EISDIR.`))
  writeFileSync(file, '[ż]\n')
  assert.equal(read(file), '[ż]\n')
})
