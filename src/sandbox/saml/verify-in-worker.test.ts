import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { test } from 'node:test'
import { responseXml } from '../saml-idp/response-xml.ts'
import { signResponse } from '../saml-idp/sign-response.ts'
import { identity } from '../saml-idp/stage.test.ts'
import { verifyInWorker } from './verify-in-worker.ts'

test('many responses at once each get their own verdict, and the event loop goes on meanwhile', async () => {
  const idp = await identity('idp')
  const keys = [new X509Certificate(idp.certificate).publicKey.export({ type: 'spki', format: 'pem' }).toString()]
  const at = new Date('2026-11-21T09:00:00Z')
  const responseTo = (nameId: string): Promise<string> =>
    signResponse(
      responseXml({
        ...{ responseId: '_r', assertionId: '_a', issuer: 'i', destination: 'd', recipient: 'r', audience: 'a' },
        ...{ nameId, nameIdFormat: 'f', issueInstant: at, notBefore: at, notOnOrAfter: at, attributes: [] },
      }),
      idp,
      'assertion',
    )
  const names = Array.from({ length: 12 }, (_, number) => `user${number}`)
  const signed = await Promise.all(names.map(responseTo))
  await verifyInWorker('', keys)
  let turns = 0
  const ticking = setInterval(() => turns++, 1)
  const verdicts = await Promise.all(
    signed.flatMap((xml) => [verifyInWorker(xml, keys), verifyInWorker(xml.replaceAll('>user', '>other'), keys)]),
  )
  clearInterval(ticking)
  assert.deepEqual(
    verdicts.map((verdict) => (verdict.kind === 'verified' ? verdict.assertion.nameId?.value : verdict.kind)),
    names.flatMap((name) => [name, 'unsigned']),
  )
  assert.ok(turns > 5, `${turns} turns of the event loop`)
})

test('what no reader expects costs the one response, and not the next', async () => {
  assert.equal((await verifyInWorker('<a>'.repeat(25_000), [])).kind, 'malformed')
  assert.equal((await verifyInWorker(`<a${' b="c"'.repeat(12_000)}/>`, [])).kind, 'malformed')
  assert.equal((await verifyInWorker('<a/>', [])).kind, 'malformed')
})
