import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inspect } from 'node:util'
import { Failure } from '../model/failure.ts'
import { readXml } from '../wire/xml.ts'
import { endedBy, readIssued } from './issued.ts'

const now = new Date('2026-11-21T10:00:00Z')
const parts = {
  AccessKeyId: 'ASIARTX3GSDSQSHDLDK6',
  SecretAccessKey: 'the/secret+part',
  SessionToken: 'the/token==',
  Expiration: '2026-11-21T11:00:00Z',
}
const answer = (change: Partial<Record<keyof typeof parts, string>> = {}, rest = '') =>
  readXml(
    `<R><Credentials>${Object.entries({ ...parts, ...change })
      .map(([name, text]) => (text === 'none' ? '' : `<${name}>${text}</${name}>`))
      .join('')}${rest}</Credentials></R>`,
  )

test('reads the four parts, and the account from the key when no ARN tells it', () => {
  assert.deepEqual(readIssued(answer(), now), {
    credentials: {
      accessKeyId: parts.AccessKeyId,
      secretAccessKey: parts.SecretAccessKey,
      sessionToken: parts.SessionToken,
      expiration: new Date(parts.Expiration),
      accountId: '111122223333',
    },
  })
})

test('an ARN that could not be one of AWS is left out', () => {
  const withArn = (arn: string) => {
    const user = readXml(`<R><AssumedRoleUser><Arn>${arn}</Arn></AssumedRoleUser></R>`)
    const result = answer()
    return readIssued({ ...result, children: [...result.children, ...user.children] }, now)
  }
  const arn = 'arn:aws:sts::444455556666:assumed-role/reader/ann'
  assert.equal(withArn(arn).principal, arn)
  assert.equal(withArn(arn).credentials.accountId, '444455556666')
  for (const bad of ['ann', 'arn:aws:sts::x:assumed-role/a/b', `${arn}&#10;b`])
    assert.deepEqual(withArn(bad), readIssued(answer(), now))
})

test('a part that is missing, empty, double or strange is refused, and nothing of it is repeated', () => {
  const refused = [
    ...Object.keys(parts).flatMap((name) => [
      answer({ [name]: 'none' }),
      answer({ [name]: '' }),
      answer({}, `<${name}>a</${name}>`),
    ]),
    answer({ AccessKeyId: 'AKIARTX3GSDSQSHDLDK6' }),
    answer({ SecretAccessKey: 'two words' }),
    answer({ SessionToken: 'ü' }),
    answer({ SessionToken: '<b>nested</b>' }),
    answer({ Expiration: '2026-11-21T10:00:00Z' }),
    answer({ Expiration: '2026-11-21T11:00:00' }),
    answer({ Expiration: '2026-13-41T11:00:00Z' }),
    readXml('<R/>'),
  ]
  for (const result of refused)
    assert.throws(
      () => readIssued(result, now),
      (error) => error instanceof Failure && error.code === 'aws-refused' && !inspect(error).includes('the/secret'),
    )
})

test('a session ends no later than what it was got with', () => {
  const issued = readIssued(answer(), now)
  const at = (text: string) => new Date(text)
  assert.deepEqual(endedBy(issued, at('2026-11-21T10:20:00Z')).credentials.expiration, at('2026-11-21T10:20:00Z'))
  assert.deepEqual(endedBy(issued, at('2026-11-21T12:00:00Z')), issued)
  assert.deepEqual(endedBy(issued, undefined), issued)
})
