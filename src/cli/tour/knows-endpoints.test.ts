import assert from 'node:assert/strict'
import { test } from 'node:test'
import { knowsEndpoints } from './knows-endpoints.ts'

test('an AWS CLI that would go to AWS itself does not speak for the tour', () => {
  assert.equal(knowsEndpoints('aws-cli/2.9.19 Python/3.11.2 Linux/6.1.0 source/x86_64.debian.12 prompt/off'), false)
  assert.equal(knowsEndpoints('aws-cli/2.12.7 Python/3.11.4'), false)
  assert.equal(knowsEndpoints('aws-cli/2.13.0 Python/3.11.4'), true)
  assert.equal(knowsEndpoints('aws-cli/1.28.1 Python/3.11.4'), false)
  assert.equal(knowsEndpoints('aws-cli/1.45.0 Python/3.11.4'), true)
  assert.equal(knowsEndpoints('aws-cli/3.0.1 Python/3.14.0'), true)
  assert.equal(knowsEndpoints('no aws here'), false)
})
