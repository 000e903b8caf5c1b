import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { diff } from './diff.ts'

/** Applies a unified diff strictly: every line of it must stand where it says. */
function apply(before: string, patch: string): string {
  const old = before.match(/[^\n]*\n|[^\n]+$/g) ?? []
  const result: string[] = []
  let at = 0
  const lines = patch.split('\n').slice(2)
  for (let index = 0; index < lines.length; ) {
    const header = /^@@ -(\d+),(\d+) \+(\d+),(\d+) @@$/.exec(lines[index++] ?? '')
    assert.ok(header, patch)
    const [from = 0, olds = 0, to = 0, news = 0] = header.slice(1).map(Number)
    const first = olds === 0 ? from : from - 1
    result.push(...old.slice(at, first))
    at = first
    assert.equal(result.length, news === 0 ? to : to - 1, patch)
    let [removed, added] = [0, 0]
    while (index < lines.length && !lines[index]?.startsWith('@@')) {
      const mark = lines[index]?.charAt(0)
      let text = `${lines[index]?.slice(1)}\n`
      index++
      if (lines[index]?.startsWith('\\')) {
        text = text.slice(0, -1)
        index++
      }
      if (mark !== '+') {
        assert.equal(old[at++], text, patch)
        removed++
      }
      if (mark !== '-') {
        result.push(text)
        added++
      }
    }
    assert.deepEqual([removed, added], [olds, news], patch)
  }
  return [...result, ...old.slice(at)].join('')
}

test('no change is no diff', () => {
  assert.equal(diff('a\n', 'a\n', 'f'), '')
})

test('a change is shown with three lines around it', () => {
  const lines = Array.from({ length: 20 }, (_, i) => `k${i} = 1\n`)
  const after = lines.toSpliced(10, 1, 'k10 = 2\n')
  assert.equal(
    diff(lines.join(''), after.join(''), 'f'),
    `--- f
+++ f
@@ -8,7 +8,7 @@
 k7 = 1
 k8 = 1
 k9 = 1
-k10 = 1
+k10 = 2
 k11 = 1
 k12 = 1
 k13 = 1`,
  )
})

test('a new file and an emptied one count their lines as diff does', () => {
  assert.equal(diff('', '[a]\n', 'f'), '--- f\n+++ f\n@@ -0,0 +1,1 @@\n+[a]')
  assert.equal(diff('[a]\n', '', 'f'), '--- f\n+++ f\n@@ -1,1 +0,0 @@\n-[a]')
})

test('a missing end of the last line is told', () => {
  assert.match(diff('a', 'a\n', 'f'), /-a\n\\ No newline at end of file\n\+a$/)
})

test('applying a diff gives the text after', () => {
  const line = fc.constantFrom('a', 'b', 'c', '', '[x]', 'k = 1')
  const text = fc
    .tuple(fc.array(fc.tuple(line, fc.constantFrom('\n', '\n', '\r\n')), { maxLength: 30 }), fc.boolean())
    .map(([lines, closed]) => lines.map(([content, end]) => content + end).join('') + (closed ? '' : 'last'))
  fc.assert(
    fc.property(text, text, (before, after) => {
      const patch = diff(before, after, 'f')
      assert.equal(patch === '' ? before : apply(before, patch), after)
    }),
    { numRuns: 500 },
  )
})

const secret = 'wJalrXUtnFEMIbPxRfiCY'
const shapes = [
  `aws_secret_access_key = ${secret}`,
  `aws_secret_access_key=${secret}`,
  `AWS_SECRET_ACCESS_KEY : ${secret}`,
  `  Aws_Session_Token:${secret}`,
  `\u00a0aws_security_token\u00a0=\u00a0${secret}`,
  `aws_secret_access_key =\n  ${secret}`,
  `aws_secret_access_key =\r\n# note\r\n\r\n\t${secret}`,
  `aws_session_token = one\n two\n  ${secret}`,
  `x=1\raws_secret_access_key = ${secret}`,
  `# aws_secret_access_key = ${secret}`,
  `;aws_session_token=${secret}`,
  `# aws_session_token =\n#   ${secret}`,
  `aws_secret_access_key ${secret}`,
  `my secret key = ${secret}`,
  `s3 =\n  secret = ${secret}`,
]
for (const shape of shapes)
  test(`the secret is hidden, removed, added or near a change: ${JSON.stringify(shape)}`, () => {
    const withSecret = `[a]\nregion = x\n${shape}\nlast = 1\n`
    for (const [before, after] of [
      [withSecret, '[a]\nregion = x\nlast = 1\n'],
      ['[a]\nregion = x\nlast = 1\n', withSecret],
      [withSecret, withSecret.replace('last = 1', 'last = 2')],
      [withSecret, withSecret.replace(secret, `${secret}2`)],
      [withSecret, withSecret.replace('[a]', '[b]')],
      ['', shape],
    ] as const) {
      const patch = diff(before, after, 'f')
      assert.ok(!patch.includes(secret), patch)
      assert.match(patch, /\(hidden\)/)
    }
  })

test('what is not secret is shown, beside a secret too', () => {
  const patch = diff(
    '[secret]\n',
    `[secret]\naws_secret_access_key = ${secret}\nregion = x\nweb_identity_token_file = /t\n`,
    'f',
  )
  assert.equal(
    patch,
    '--- f\n+++ f\n@@ -1,1 +1,4 @@\n [secret]\n+aws_secret_access_key = (hidden)\n+region = x\n+web_identity_token_file = /t',
  )
})
