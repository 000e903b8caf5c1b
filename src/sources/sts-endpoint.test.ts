import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Failure } from '../model/failure.ts'
import { stsEndpoint } from './sts-endpoint.ts'

test('each partition has its own suffix', () => {
  const hosts = {
    'us-east-1': 'sts.us-east-1.amazonaws.com',
    'us-gov-west-1': 'sts.us-gov-west-1.amazonaws.com',
    'cn-north-1': 'sts.cn-north-1.amazonaws.com.cn',
    'eusc-de-east-1': 'sts.eusc-de-east-1.amazonaws.eu',
    'us-iso-east-1': 'sts.us-iso-east-1.c2s.ic.gov',
    'us-isob-east-1': 'sts.us-isob-east-1.sc2s.sgov.gov',
    'aws-global': 'sts.amazonaws.com',
  }
  for (const [region, host] of Object.entries(hosts)) assert.equal(stsEndpoint({ region }).url.href, `https://${host}/`)
  assert.equal(stsEndpoint({ region: 'aws-global' }).region, 'us-east-1')
  assert.equal(stsEndpoint({ region: 'eu-west-1' }).region, 'eu-west-1')
})

test('an endpoint is taken with its path; what could carry the call elsewhere is refused', () => {
  const region = 'us-east-1'
  for (const endpoint of ['http://127.0.0.1:4566', 'https://sts.example/path/'])
    assert.equal(stsEndpoint({ region, endpoint }).url.href, new URL(endpoint).href)
  for (const endpoint of ['', 'ftp://a', 'file:///etc', '127.0.0.1:80', 'http://u:p@a/', 'http://a/?b', 'http://a/#b'])
    assert.throws(
      () => stsEndpoint({ region, endpoint }),
      (error) => error instanceof Failure && error.code === 'config-invalid',
    )
})

test('a region is one label of a host name', () => {
  for (const region of [
    '',
    'evil.example/',
    'us-east-1.evil.example',
    'US-EAST-1',
    '-a',
    'a-',
    'a b',
    'a\n',
    'a'.repeat(64),
  ])
    assert.throws(
      () => stsEndpoint({ region }),
      (error) => error instanceof Failure && error.code === 'config-invalid',
    )
})
