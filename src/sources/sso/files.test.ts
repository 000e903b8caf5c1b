import assert from 'node:assert/strict'
import { test } from 'node:test'
import { memoryAwsCache } from '../../../test/contracts/sign-in.ts'
import type { SsoSessionSpec } from '../../model/source-spec.ts'
import { registrationFileName } from './registration.ts'
import { readToken, tokenFileName, writeToken } from './token-file.ts'

const session: SsoSessionSpec = {
  startUrl: 'https://d-1234567890.awsapps.com/start',
  region: 'eu-central-1',
  scopes: ['sso:account:access', 'codewhisperer:completions'],
  oidc: { region: 'eu-central-1' },
  portal: { region: 'eu-central-1' },
}
const named = (name: string): SsoSessionSpec => ({ ...session, name })

// Computed with Python: hashlib.sha1 of the name, and of json.dumps(…, sort_keys=True), as botocore does.
const vectors = [
  [named('corp'), 'ee0bfd2552fbd840c02cc48b6e823320543c450f', 'b6c4b9bbe690d5dfaad31cc7a652e656d2300ffd'],
  [named('Zürich "1"'), 'adab349463aed07a505ae83472bfaaac1d611e83', '8d274d6266c7588b1d71bf4442c4a6f4dee43275'],
  [session, '7487b5b67d5fa1132cf33fa93ae51ef38cc37752', '926667d08f6a698a48e9be3c6c6533fc85dacd09'],
] as const

test("the files are called as AWS's tools call them, quotes and umlauts included", () => {
  for (const [of, token, registration] of vectors)
    assert.deepEqual([tokenFileName(of), registrationFileName(of)], [`${token}.json`, `${registration}.json`])
})

const kept = (more: object): ReturnType<typeof readToken> => {
  const cache = memoryAwsCache()
  const file = { startUrl: session.startUrl, region: session.region, accessToken: 'aoa', ...more }
  cache.write(tokenFileName(session), JSON.stringify(file))
  return readToken(cache, session)
}

test('a token is read whichever tool and version wrote it', () => {
  const expiresAt = new Date('2026-11-21T10:00:00Z')
  for (const text of [
    '2026-11-21T10:00:00Z',
    '2026-11-21T10:00:00UTC',
    '2026-11-21T10:00:00.000Z',
    '2026-11-21T11:00:00+01:00',
  ])
    assert.deepEqual(kept({ expiresAt: text }), { accessToken: 'aoa', expiresAt }, text)
  assert.deepEqual(
    kept({ expiresAt: '2026-11-21T10:00:00Z', startUrl: undefined, region: undefined })?.expiresAt,
    expiresAt,
  )
})

test('what is no token is none', () => {
  for (const more of [
    {},
    { expiresAt: 'soon' },
    { expiresAt: 1795255200 },
    { expiresAt: '2026-11-21T10:00:00Z', accessToken: 'a\nb' },
  ])
    assert.equal(kept(more), undefined, JSON.stringify(more))
  const cache = memoryAwsCache()
  for (const text of ['', '{', '[]', 'null', '"x"']) {
    cache.write(tokenFileName(session), text)
    assert.equal(readToken(cache, session), undefined, text)
  }
})

test('what is written is read back', () => {
  const cache = memoryAwsCache()
  const at = new Date('2026-11-21T10:00:00Z')
  const token = {
    accessToken: 'aoa',
    expiresAt: at,
    clientId: 'i',
    clientSecret: 's',
    registrationExpiresAt: at,
    refreshToken: 'r',
  }
  writeToken(cache, session, token)
  assert.deepEqual(readToken(cache, session), token)
})
