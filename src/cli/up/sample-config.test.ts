import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { BrokerConfig } from '../../broker/config/broker-config.ts'
import { parseConfig } from '../../broker/config/read-config.ts'
import { answerCheck } from '../broker/ask-check.ts'
import { roles } from './found-account.ts'
import { sampleConfig } from './sample-config.ts'

const sandbox = {
  endpoint: 'http://127.0.0.1:4566',
  region: 'us-east-1',
  accountId: '111122223333',
  oidcIssuer: 'http://127.0.0.1:4566/_oidc',
}
const config: BrokerConfig = parseConfig(sampleConfig({ sandbox, port: 8484, database: 'memory:' }), '/up/mayfly.yaml')

test('the sample has the roles that are deployed, and a page that people can come to', () => {
  assert.deepEqual(Object.keys(config.roles), Object.keys(roles))
  assert.deepEqual([config.publicUrl, config.listen.port], ['http://127.0.0.1:8484', 8484])
})

test('auditors read and do not write; developers write; nobody is admin without a reason', () => {
  const may = (group: string, role: string, more: { reason?: string } = {}): boolean =>
    answerCheck(
      config,
      { who: 'corp:x@example.com', group: [group], claim: [], role, from: '127.0.0.1', ...more },
      new Date(),
    ).allowed
  assert.deepEqual([may('auditors', 'reader'), may('auditors', 'developer')], [true, false])
  assert.deepEqual([may('developers', 'developer'), may('strangers', 'reader')], [true, false])
  assert.equal(may('developers', 'admin'), false)
})
