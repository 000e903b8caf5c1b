import assert from 'node:assert/strict'
import { test } from 'node:test'
import { handOver } from './hand-over.ts'

const secret = 'https://signin.aws.amazon.com/federation?Action=login&SigninToken=s3cret'

test('the browser is started with an address that is not the secret, and leads to it once', async () => {
  const seen: string[] = []
  let followed: Promise<void> | undefined
  const isOpen = await handOver(secret, async (url) => {
    seen.push(url)
    const wrong = await fetch(`${new URL(url).origin}/other`, { redirect: 'manual' })
    assert.equal(wrong.status, 404)
    followed = fetch(url, { redirect: 'manual' }).then(async (first) => {
      seen.push(first.headers.get('location') ?? '')
      await first.text()
    })
    return true
  })
  assert.equal(isOpen, true)
  assert.match(seen[0] ?? '', /^http:\/\/127\.0\.0\.1:\d+\/[\w-]{43}$/)
  await followed
  assert.equal(seen[1], secret)
  await assert.rejects(fetch(seen[0] ?? ''))
})

test('where no browser starts nobody listens any more', async () => {
  let url = ''
  const isOpen = await handOver(secret, async (address) => {
    url = address
    return false
  })
  assert.equal(isOpen, false)
  await assert.rejects(fetch(url))
})
