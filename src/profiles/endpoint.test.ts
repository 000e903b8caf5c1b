import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Failure } from '../model/failure.ts'
import { endpointFor } from './endpoint.ts'
import type { Environment } from './locate.ts'
import { readProfiles } from './read.ts'

const full = `[profile a]
endpoint_url = http://127.0.0.1:4
services = s
[services s]
sts =
  endpoint_url = http://127.0.0.1:3
secrets_manager =
  endpoint_url = http://127.0.0.1:5
`
function endpoint(env: Environment, service: string | undefined = 'sts', config = full): string | undefined {
  const profiles = readProfiles({ path: 'config', text: config }, { path: 'credentials', text: undefined })
  const profile = profiles.profiles.get('a')
  return profile ? endpointFor(profile, profiles, env, service) : assert.fail()
}
const everywhere = { AWS_ENDPOINT_URL_STS: 'http://127.0.0.1:1', AWS_ENDPOINT_URL: 'http://127.0.0.1:2' }
const refused = (config: string, env: Environment, message: RegExp): void =>
  assert.throws(
    () => endpoint(env, 'sts', config),
    (error) =>
      error instanceof Failure && error.code === 'config-invalid' && message.test(error.message) && !!error.hint,
  )

test('the order is the variable of the service, the variable, the services block, the profile, AWS', () => {
  assert.equal(endpoint(everywhere), 'http://127.0.0.1:1')
  assert.equal(endpoint({ ...everywhere, AWS_ENDPOINT_URL_STS: '' }), 'http://127.0.0.1:2')
  assert.equal(endpoint({}), 'http://127.0.0.1:3')
  assert.equal(endpoint({}, 's3'), 'http://127.0.0.1:4')
  assert.equal(endpoint({}, 's3', '[profile a]'), undefined)
})

test('what every service shares leaves out the two of the service', () => {
  const { AWS_ENDPOINT_URL_STS } = everywhere
  const profiles = readProfiles({ path: 'config', text: full }, { path: 'credentials', text: undefined })
  const profile = profiles.profiles.get('a')
  assert.ok(profile)
  assert.equal(endpointFor(profile, profiles, { AWS_ENDPOINT_URL_STS }), 'http://127.0.0.1:4')
})

test('ids of two words are written with an underscore', () => {
  assert.equal(endpoint({}, 'Secrets Manager'), 'http://127.0.0.1:5')
  assert.equal(endpoint({ AWS_ENDPOINT_URL_SECRETS_MANAGER: 'https://x.test/' }, 'secrets-manager'), 'https://x.test')
})

test('configured endpoints can be ignored, and the environment decides before the profile', () => {
  const ignoring = full.replace('services = s', 'ignore_configured_endpoint_urls = true')
  const variable = (text: string): Environment => ({ ...everywhere, AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: text })
  assert.equal(endpoint(everywhere, 'sts', ignoring), undefined)
  assert.equal(endpoint(variable('True')), undefined)
  for (const text of ['', 'false', '1', 'yes'])
    assert.equal(endpoint(variable(text), 'sts', ignoring), 'http://127.0.0.1:1')
})

test('a services section that is not there or empty is refused, unless a variable comes first', () => {
  for (const more of ['', '[services t]\n']) {
    const config = `[profile a]\nservices = t\n${more}`
    refused(config, {}, /^config:2: there is no \[services t\]/)
    assert.equal(endpoint(everywhere, 'sts', config), 'http://127.0.0.1:1')
  }
  assert.equal(endpoint({}, 'sts', '[profile a]\nservices = t\n[services t]\ns3 =\n  x = 1\n'), undefined)
})

test('an endpoint off this machine must be encrypted; loopback need not be', () => {
  const config = (url: string): string => `[profile a]\nendpoint_url = ${url}\n`
  for (const url of ['http://localhost:1', 'http://127.9.9.9', 'http://[::1]:1', 'https://sts.example'])
    assert.equal(endpoint({}, 'sts', config(`${url}//`)), url)
  for (const url of ['http://example.com', 'http://127.0.0.1.example.com', 'http://10.0.0.1', 'http://0.0.0.0'])
    refused(config(url), {}, /^config:2: the endpoint on .* is not encrypted/)
  for (const url of ['x', 'ftp://127.0.0.1', 'javascript:1', 'https://h/?q=1', 'https://h/#f'])
    refused(config(url), {}, /^config:2: the endpoint is not a plain/)
})

test('a password in an endpoint is refused and not shown', () => {
  refused('[profile a]', { AWS_ENDPOINT_URL: 'https://me:hunter2@h' }, /^AWS_ENDPOINT_URL: (?!.*hunter2)/)
})
