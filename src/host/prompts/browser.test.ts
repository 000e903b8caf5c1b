import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { until } from '../../../test/contracts/until.ts'
import { Failure } from '../../model/failure.ts'
import { openers, openInBrowser } from './browser.ts'

const url = 'https://idp.example/authorize?a=1&b=$(id)'
const scratch = mkdtempSync(join(tmpdir(), 'browser-'))
after(() => rmSync(scratch, { recursive: true }))

test('the browser the user names goes first, then the one of the system', () => {
  assert.deepEqual(openers(url, { BROWSER: 'firefox --new-tab:lynx "%s" -x' }, 'darwin'), [
    ['firefox', '--new-tab', url],
    ['lynx', url, '-x'],
    ['open', url],
  ])
  assert.deepEqual(openers(url, { DISPLAY: ':0' }, 'linux'), [['xdg-open', url]])
  assert.deepEqual(openers(url, { WSL_DISTRO_NAME: 'Debian' }, 'linux'), [
    ['wslview', url],
    ['xdg-open', url],
  ])
})

test('without a screen, and where the user wants none, there is no browser', () => {
  assert.deepEqual(openers(url, {}, 'linux'), [])
  assert.deepEqual(openers(url, { BROWSER: 'none' }, 'darwin'), [])
})

test('the address is shown, and handed over as one word to the first program that is there', async () => {
  const said: string[] = []
  const program = join(scratch, 'browse')
  writeFileSync(program, `#!/bin/sh\nprintf %s "$1" > ${join(scratch, 'opened')}\n`)
  chmodSync(program, 0o700)
  const env = { PATH: process.env.PATH, BROWSER: `${join(scratch, 'missing')}:${program}` }
  assert.equal(await openInBrowser(url, env, (text) => said.push(text)), true)
  assert.ok(said.join().includes(url))
  const opened = (): string => readFileSync(join(scratch, 'opened'), { encoding: 'utf8', flag: 'a+' })
  await until(() => opened() === url, 'the program that is run with the address')
})

test('where there is no browser the address is shown all the same', async () => {
  const said: string[] = []
  assert.equal(await openInBrowser(url, { BROWSER: 'none' }, (text) => said.push(text)), false)
  assert.ok(said.join().includes(url))
})

test('what is no web address is not opened, nor shown', async () => {
  for (const text of ['file:///etc/passwd', 'javascript:alert(1)', '--help', 'https://a b', 'https://a\u001b[2J'])
    await assert.rejects(
      openInBrowser(text, {}, () => assert.fail()),
      (error) => error instanceof Failure && error.code === 'config-invalid',
    )
})
