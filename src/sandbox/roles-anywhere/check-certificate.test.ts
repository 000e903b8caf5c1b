import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Extension } from '@peculiar/x509'
import { measuring } from '../../../test/contracts/effort.ts'
import { loadX509 } from '../certificates/load-x509.ts'
import { start } from '../stage.test.ts'
import { revocationListIn } from './revocation.ts'
import {
  authorityExtensions,
  type Holder,
  leafExtensions,
  type Made,
  make,
  revoke,
  setRolesAnywhereStage,
  signerOf,
} from './stage.test.ts'
import { type RevocationList, rolesAnywhereState } from './state.ts'

const x509 = await loadX509()
const untrusted = 'Untrusted Signing Certificate'
const day = 86_400_000
const days = (count: number) => new Date(start.getTime() + count * day)

/** A stage, and the answer to a certificate on it: `ok` or why it was refused. */
async function stageFor(t: Parameters<typeof setRolesAnywhereStage>[0]) {
  const stage = await setRolesAnywhereStage(t)
  const askWith = async (leaf: Holder, chain: readonly Holder[] = []) => {
    const { status, message } = await stage.createSession(signerOf(leaf, chain))
    return status === 201 ? 'ok' : message
  }
  return { ...stage, askWith, leaf: (made: Made = {}) => make({ issuer: stage.root, ...made }) }
}

test('a leaf must be of version 3, no authority, made to sign, and hashed with SHA-256 or better', async (t) => {
  const { leaf, askWith } = await stageFor(t)
  const answer = async (made: Made) => askWith(await leaf(made))
  const [, usage] = leafExtensions
  const other = new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyEncipherment, true)
  const without = (...extensions: (Extension | undefined)[]) => ({
    extensions: extensions.filter((one) => one !== undefined),
  })
  assert.equal(await answer({}), 'ok')
  assert.equal(await answer({ hash: 'SHA-384' }), 'ok')
  assert.match((await answer({ hash: 'SHA-1' })) ?? '', /must be signed with SHA-256 or stronger/)
  assert.match(
    (await answer({ extensions: authorityExtensions() })) ?? '',
    /certificate of an authority cannot be used/,
  )
  assert.match((await answer(without())) ?? '', /must include digitalSignature|version 3/)
  assert.match((await answer(without(leafExtensions[0], other))) ?? '', /must include digitalSignature/)
  assert.equal(await answer(without(usage)), 'ok')
  const strange = new x509.Extension('1.2.3.4', true, new Uint8Array([5, 0]))
  assert.match((await answer(without(...leafExtensions, strange))) ?? '', /critical extension that is not supported/)
  const harmless = new x509.Extension('1.2.3.4', false, new Uint8Array([5, 0]))
  assert.equal(await answer(without(...leafExtensions, harmless)), 'ok')
})

test('a leaf counts within its time, by the clock of the sandbox', async (t) => {
  const { leaf, askWith } = await stageFor(t)
  assert.equal(await askWith(await leaf({ until: start })), 'ok')
  assert.match((await askWith(await leaf({ until: new Date(start.getTime() - 1000) }))) ?? '', /has expired/)
  assert.equal(await askWith(await leaf({ from: start })), 'ok')
  assert.match((await askWith(await leaf({ from: new Date(start.getTime() + 1000) }))) ?? '', /not yet valid/)
})

test('a leaf of another authority is refused, though it has the same name', async (t) => {
  const { askWith, leaf } = await stageFor(t)
  assert.equal(await askWith(await make({ issuer: await make() })), untrusted)
  assert.equal(await askWith(await make()), 'Untrusted certificate. A certificate of an authority cannot be used.')
  const selfMade = await make({ extensions: leafExtensions })
  assert.equal(await askWith(selfMade), untrusted)
  assert.equal(await askWith(await leaf()), 'ok')
})

test('authorities in between are taken from what was sent, in any order, and only with all of them', async (t) => {
  const { root, askWith, changeAnchor } = await stageFor(t)
  const between = (issuer: Holder, name: string, made: Made = {}) =>
    make({ issuer, name: `CN=${name}`, serial: '01', extensions: authorityExtensions(), ...made })
  const first = await between(root, 'first')
  const second = await between(first, 'second', { type: 'rsa' })
  const leaf = await make({ issuer: second })
  assert.equal(await askWith(leaf, [second, first]), 'ok')
  assert.equal(await askWith(leaf, [first, second, root]), 'ok')
  assert.equal(await askWith(leaf, [second]), untrusted)
  assert.equal(await askWith(leaf), untrusted)
  changeAnchor({ bundle: `${root.pem}${first.pem}` })
  assert.equal(await askWith(leaf, [second]), 'ok')
})

test('what stands in between must be an authority, in its time, hashed well, and allowed to stand that far up', async (t) => {
  const { root, askWith } = await stageFor(t)
  const through = async (made: Made) => {
    const between = await make({
      issuer: root,
      name: 'CN=between',
      serial: '01',
      extensions: authorityExtensions(),
      ...made,
    })
    return askWith(await make({ issuer: between }), [between])
  }
  assert.equal(await through({}), 'ok')
  assert.equal(await through({ extensions: leafExtensions }), untrusted)
  const [leafOnly, ...others] = [leafExtensions[0], authorityExtensions()[1]].filter((one) => one !== undefined)
  assert.equal(await through({ extensions: leafOnly ? [leafOnly, ...others] : [] }), untrusted, 'CA:false')
  assert.equal(await through({ until: days(-0.5) }), untrusted)
  assert.equal(await through({ hash: 'SHA-1' }), untrusted)
  assert.equal(await through({ extensions: authorityExtensions(0) }), 'ok')
  const narrow = await make({ issuer: root, name: 'CN=narrow', serial: '01', extensions: authorityExtensions(0) })
  const below = await make({ issuer: narrow, name: 'CN=below', serial: '02', extensions: authorityExtensions() })
  assert.equal(await askWith(await make({ issuer: below }), [below, narrow]), untrusted)
  const constrained = [...authorityExtensions(), new x509.Extension('2.5.29.30', true, new Uint8Array([0x30, 0]))]
  assert.equal(await through({ extensions: constrained }), untrusted)
})

test('circles of authorities end, and lead nowhere', async (t) => {
  const { askWith } = await stageFor(t)
  const [one, other] = [await make({ name: 'CN=one' }), await make({ name: 'CN=other' })]
  const crossed = await make({ issuer: other, name: 'CN=one', extensions: authorityExtensions() })
  const back = await make({ issuer: one, name: 'CN=other', extensions: authorityExtensions() })
  assert.equal(await askWith(await make({ issuer: one }), [one, crossed, other, back]), untrusted)
})

test('authorities that all issued each other do not take forever', async (t) => {
  const { askWith } = await stageFor(t)
  const one = await make({ name: 'CN=same' })
  const issued = (serial: string) =>
    make({ issuer: one, name: 'CN=same', serial, extensions: authorityExtensions(), keys: one.keys })
  const many = await Promise.all(['01', '02', '03', '04', '05', '06', '07', '08', '09'].map(issued))
  const effort = measuring()
  assert.equal(await askWith(await make({ issuer: one }), many), untrusted)
  assert.ok(effort() < 2000)
})

test('a serial number on an imported list is refused while the list is enabled, and only of its own issuer', async (t) => {
  const stage = await stageFor(t)
  const { root, askWith, anchor } = stage
  const { revocationLists } = rolesAnywhereState(stage.sandbox.cloud)
  const put = async (list: Uint8Array, change: Partial<RevocationList> = {}) =>
    revocationLists.put('list', {
      ...anchor(),
      ...{ name: 'x', trustAnchorArn: anchor().arn, sent: '', enabled: true },
      data: (await revocationListIn(list)) ?? '',
      ...change,
    })
  const [good, bad] = [await stage.leaf({ serial: '11' }), await stage.leaf({ serial: '0bad' })]
  await put(await revoke(root, '0bad'))
  assert.equal(await askWith(bad), 'Certificate revoked')
  assert.equal(await askWith(good), 'ok')
  stage.later(40 * 3600)
  assert.equal(await askWith(bad), 'Certificate revoked', 'a list that ran out')
  await put(await revoke(root, '0bad'), { enabled: false })
  assert.equal(await askWith(bad), 'ok')
  await put(await revoke(root, '0bad'), { trustAnchorArn: `${anchor().arn}0` })
  assert.equal(await askWith(bad), 'ok')
  await put(await revoke(await make(), '0bad'))
  assert.equal(await askWith(bad), 'ok', 'a list of a stranger with the same name')
  // An RSA authority below an EC one: its lists are verified by its own key, not as it was itself signed.
  const between = await make({
    ...{ issuer: root, type: 'rsa', name: 'CN=between', serial: '0bad', extensions: authorityExtensions() },
  })
  const below = await make({ issuer: between, serial: '11' })
  assert.equal(await askWith(below, [between]), 'ok')
  await put(await revoke(between, '11'))
  assert.equal(await askWith(below, [between]), 'Certificate revoked')
  await put(await revoke(root, '0bad'))
  assert.equal(await askWith(below, [between]), 'Certificate revoked')
})

test('what is no whole revocation list is not taken', async () => {
  const root = await make()
  const list = await revoke(root, '01')
  assert.ok(await revocationListIn(list))
  const pem = `-----BEGIN X509 CRL-----\n${Buffer.from(list).toString('base64')}\n-----END X509 CRL-----\n`
  assert.equal(await revocationListIn(Buffer.from(pem)), await revocationListIn(list))
  for (const wrong of [new Uint8Array(), list.subarray(0, 40), root.certificate.raw, Buffer.from('x')])
    assert.equal(await revocationListIn(wrong), undefined)
})
