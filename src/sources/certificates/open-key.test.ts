import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { createPrivateKey, verify, X509Certificate } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { closedHost } from '../../../test/contracts/closed-host.ts'
import { Failure } from '../../model/failure.ts'
import { authorityExtensions, type Holder, make } from '../../sandbox/roles-anywhere/stage.test.ts'
import type { KeyHost, KeyPlaces } from './key-holder.ts'
import { openKey } from './open-key.ts'

const directory = mkdtempSync(join(tmpdir(), 'mayfly-keys-'))
after(() => rmSync(directory, { recursive: true, force: true }))
const file = (name: string, content?: string | Uint8Array): string => {
  const path = join(directory, name)
  if (content !== undefined) writeFileSync(path, content, { mode: 0o600 })
  return path
}

const root = await make()
const between = await make({ issuer: root, name: 'CN=between', extensions: authorityExtensions() })
const holders: Readonly<Record<'rsa' | 'ec', Holder>> = {
  rsa: await make({ issuer: between, type: 'rsa' }),
  ec: await make({ issuer: between }),
}
const passphrase = 'correct horse'

/** An outside with a person who knows the passphrase; what they are asked is kept. */
function outside(change: Partial<KeyHost> = {}): KeyHost & { readonly asked: string[] } {
  const asked: string[] = []
  return {
    ...closedHost,
    asked,
    readFile: (path) => readFile(path),
    variable: () => undefined,
    ask: async ({ text, secret }) => {
      assert.ok(secret)
      asked.push(text)
      return passphrase
    },
    ...change,
  }
}

/** Opens a key, signs with it, and gives the names of its chain. */
async function opens(places: KeyPlaces, holder: Holder, host: KeyHost = outside()): Promise<readonly string[]> {
  const { certificate, signer, close } = await openKey(places, host)
  try {
    assert.ok(certificate.raw.equals(holder.certificate.raw))
    const data = Buffer.from('to be signed')
    assert.ok(verify('sha256', data, holder.certificate.publicKey, await signer.sign(data)))
    return signer.chain.map((der) => new X509Certificate(der).subject)
  } finally {
    close()
  }
}

const fails = (places: KeyPlaces, message: RegExp, host: KeyHost = outside()) =>
  assert.rejects(openKey(places, host), (error) => {
    assert.ok(error instanceof Failure && error.hint, String(error))
    assert.match(error.message, message)
    assert.ok(!`${error.message}${error.hint}`.includes(passphrase))
    return true
  })

for (const type of ['rsa', 'ec'] as const) {
  const holder = holders[type]
  const key = createPrivateKey(holder.keyPem)
  const certificate = file(`${type}.crt`, holder.pem)
  const plain = {
    pkcs8: key.export({ format: 'pem', type: 'pkcs8' }),
    [type === 'rsa' ? 'pkcs1' : 'sec1']: key.export({ format: 'pem', type: type === 'rsa' ? 'pkcs1' : 'sec1' }),
  }
  for (const [form, pem] of Object.entries(plain))
    test(`an ${type} key in ${form} signs without asking`, async () => {
      const host = outside()
      assert.deepEqual(await opens({ certificate, privateKey: file(`${type}.${form}`, pem) }, holder, host), [])
      assert.deepEqual(host.asked, [])
    })

  test(`an encrypted ${type} key is opened with what the command prints, the variable holds, or the person types`, async () => {
    const pem = key.export({ format: 'pem', type: 'pkcs8', cipher: 'aes-256-cbc', passphrase })
    const privateKey = file(`${type}.enc`, pem)
    const places = { certificate, privateKey }
    const typed = outside()
    await opens(places, holder, typed)
    assert.deepEqual(typed.asked, [`Passphrase of ${privateKey}`])
    const ask = () => assert.fail('nobody is to be asked')
    await opens(
      places,
      holder,
      outside({ ask, variable: (name) => (name === 'MAYFLY_PRIVATE_KEY_PASSPHRASE' ? passphrase : undefined) }),
    )
    const run = async (line: string) => (line === 'pass show tls' ? passphrase : '')
    await opens({ ...places, passphraseProcess: 'pass show tls' }, holder, outside({ ask, run }))
    await fails(places, /^The passphrase does not open .*\.enc\.$/, outside({ ask: async () => 'wrong' }))
  })

  test(`an ${type} certificate may be in DER, in a bundle of any order, or in one file with its key`, async () => {
    const privateKey = file(`${type}.key`, holder.keyPem)
    assert.deepEqual(await opens({ certificate: file(`${type}.der`, holder.certificate.raw), privateKey }, holder), [])
    const bundle = file(`${type}.bundle`, `some words\n${between.pem}${holder.pem}`)
    assert.deepEqual(await opens({ certificate: bundle, privateKey }, holder), ['CN=between'])
    const both = file(`${type}.both`, `${holder.keyPem}${holder.pem}${between.pem}`)
    assert.deepEqual(await opens({ certificate: both }, holder), ['CN=between'])
    const chain = file('chain', between.pem)
    assert.deepEqual(await opens({ certificate, privateKey, chain }, holder), ['CN=between'])
  })
}

test('a key of another certificate is refused, unless the right one comes while a renewal writes', async () => {
  const certificate = file('renewed.crt', holders.ec.pem)
  const privateKey = file('renewed.key', holders.rsa.keyPem)
  await fails({ certificate, privateKey }, /is not the one of the certificate/)
  setTimeout(() => file('renewed.key', holders.ec.keyPem), 200)
  await opens({ certificate, privateKey }, holders.ec)
})

test('files that hold something else are named, with what they should hold', async () => {
  const certificate = file('c.crt', holders.ec.pem)
  const privateKey = file('c.key', holders.ec.keyPem)
  await fails({ certificate: file('words', 'words'), privateKey }, /words holds no certificate/)
  await fails({ certificate, privateKey: certificate }, /c\.crt holds no private key/)
  const broken = holders.ec.keyPem.replace(/KEY-----\n.{20}/, 'KEY-----\n')
  await fails({ certificate, privateKey: file('broken', broken) }, /broken holds no private key/)
})

const openssl = (line: string): void =>
  void execFileSync('openssl', line.split(' '), { cwd: directory, stdio: 'ignore' })
const has = (program: string, ...words: string[]): boolean => spawnSync(program, words).error === undefined

describe('PKCS#12', { skip: !has('openssl', 'version') && 'no openssl here' }, () => {
  const ciphers = { new: '', old: '-legacy', 'old (3DES)': '-legacy -descert' }
  for (const type of ['rsa', 'ec'] as const)
    for (const [age, options] of Object.entries(ciphers))
      test(`${type}, ${age} ciphers, with and without a passphrase`, async () => {
        file('p12.key', holders[type].keyPem)
        file('p12.crt', holders[type].pem)
        file('p12.ca', between.pem)
        const make12 = (pass: string): string => {
          const words = ['pkcs12', '-export', ...options.split(' ').filter(Boolean)]
          const files = ['-inkey', 'p12.key', '-in', 'p12.crt', '-certfile', 'p12.ca', '-out', 'x.p12']
          execFileSync('openssl', [...words, ...files, '-passout', `pass:${pass}`], { cwd: directory, stdio: 'ignore' })
          return join(directory, 'x.p12')
        }
        const open = outside()
        assert.deepEqual(await opens({ certificate: make12('') }, holders[type], open), ['CN=between'])
        assert.deepEqual(open.asked, [])
        const certificate = make12(passphrase)
        const locked = outside()
        assert.deepEqual(await opens({ certificate }, holders[type], locked), ['CN=between'])
        assert.deepEqual(locked.asked, [`Passphrase of ${certificate}`])
        await fails({ certificate }, /^The passphrase does not open/, outside({ ask: async () => 'wrong' }))
      })

  test('a file that was cut short, or has no key, is refused', async () => {
    file('n.crt', holders.ec.pem)
    openssl('pkcs12 -export -nokeys -in n.crt -out n.p12 -passout pass:')
    await fails({ certificate: join(directory, 'n.p12') }, /n\.p12 holds no certificate and key/)
    const short = file('short.p12', readFileSync(join(directory, 'n.p12')).subarray(0, 100))
    await fails({ certificate: short }, /does not open/)
  })
})

const softhsm = [
  '/usr/lib/softhsm/libsofthsm2.so',
  '/usr/lib64/pkcs11/libsofthsm2.so',
  '/opt/homebrew/lib/softhsm/libsofthsm2.so',
].find(existsSync)
const missing =
  (!softhsm && 'no SoftHSM here: apt-get install softhsm2 opensc') ||
  (!has('pkcs11-tool', '--help') && 'no pkcs11-tool here: apt-get install opensc') ||
  (!isInstalled('pkcs11js') && 'the optional package pkcs11js is not built here')

/** Loaded, not just found: it is compiled where it is installed, or not at all. */
function isInstalled(name: string): boolean {
  try {
    createRequire(import.meta.url)(name)
    return true
  } catch {
    return false
  }
}

describe('a key in a PKCS#11 token', { skip: missing }, () => {
  const pin = '246810'
  const module = `module-path=${softhsm}`
  process.env.SOFTHSM2_CONF = file('softhsm2.conf', `directories.tokendir = ${directory}/tokens\nlog.level = ERROR\n`)
  if (!missing) fillToken()

  function fillToken(): void {
    mkdirSync(join(directory, 'tokens'))
    const run = (program: string, words: readonly string[]): void =>
      void execFileSync(program, words, { cwd: directory, stdio: 'ignore' })
    run('softhsm2-util', ['--init-token', '--free', '--label', 'tls token', '--pin', pin, '--so-pin', '0000'])
    for (const [type, id] of [
      ['rsa', '01'],
      ['ec', '02'],
    ] as const) {
      file(`token.${type}.key`, holders[type].keyPem)
      file(`token.${type}.der`, holders[type].certificate.raw)
      const to = ['--token', 'tls token', '--label', type, '--id', id, '--pin', pin]
      run('softhsm2-util', ['--import', `token.${type}.key`, ...to])
      const login = ['--module', softhsm ?? '', '--token-label', 'tls token', '--login', '--pin', pin]
      run('pkcs11-tool', [
        ...login,
        '--write-object',
        `token.${type}.der`,
        '--type',
        'cert',
        '--id',
        id,
        '--label',
        `${type} certificate`,
      ])
    }
  }

  const asking = (answer = pin) => outside({ ask: async () => answer })
  for (const type of ['rsa', 'ec'] as const)
    test(`${type}: signs with the certificate in the token or in a file`, async () => {
      const uri = `pkcs11:token=tls%20token;object=${type}?${module}`
      assert.deepEqual(await opens({ certificate: uri }, holders[type], asking()), [])
      const files = {
        certificate: file(`t.${type}.crt`, holders[type].pem),
        privateKey: uri,
        chain: file('t.chain', between.pem),
      }
      assert.deepEqual(await opens(files, holders[type], asking()), ['CN=between'])
    })

  test('the PIN comes from a file, too; a wrong one is tried once', async () => {
    const pinFile = file('pin', `${pin}\n`)
    const certificate = `pkcs11:token=tls%20token;object=ec?${module}&pin-source=file:${pinFile}`
    await opens({ certificate }, holders.ec, outside({ ask: () => assert.fail('nobody is to be asked') }))
    const asked: string[] = []
    const wrong = outside({ ask: async ({ text }) => `${asked.push(text)}${pin}` })
    await fails({ certificate: `pkcs11:token=tls%20token;object=ec?${module}` }, /^The passphrase does not open/, wrong)
    assert.deepEqual(asked, ['PIN of the token tls token'])
    await opens({ certificate }, holders.ec)
  })

  test('tokens and objects that are not there, or not one, are said to be so', async () => {
    const host = asking()
    await fails({ certificate: `pkcs11:token=other;object=ec?${module}` }, /^0 tokens are what/, host)
    await fails({ certificate: `pkcs11:token=tls%20token;object=no?${module}` }, /has no private key named no/, host)
    await fails({ certificate: `pkcs11:token=tls%20token?${module}` }, /has more than one private key/, host)
    await fails({ certificate: 'pkcs11:token=a?module-path=/no/such.so' }, /^The token could not be used/, host)
  })
})
