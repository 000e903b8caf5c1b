import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { test } from 'node:test'
import { runningBroker } from '../../../test/contracts/running-broker.ts'
import type { ApiParts } from './api-parts.ts'
import { brokerApp } from './app.ts'

/** Whatever is asked of it: to declare routes nothing is needed. */
const anything: unknown = new Proxy(() => undefined, { get: () => anything, apply: () => anything })
const over = <T extends object>(known: object): T =>
  new Proxy({}, { get: (_, name) => (name in known ? Reflect.get(known, name) : anything) }) as T
const key = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' })
const nothing = over<ApiParts>({ page: undefined, logins: over({ key }) })

/** For people in a browser, and for the identity providers that send them back; each leads to a page. */
const pages = /^\/(?:auth\/:name\/(?:start|callback)|device(?:\/confirm)?|oauth\/(?:authorize|consent))$/

test('every route that a program may call is in the document, named and under a heading', async (t) => {
  const { call } = await runningBroker(t)
  const document = (await call('/openapi.json')).body
  const described = Object.entries<Record<string, Operation>>(document.paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => ({ name: `${method.toUpperCase()} ${path}`, operation })),
  )
  const routes = brokerApp(nothing, () => 0).routes.filter(({ method, path }) => method !== 'ALL' && !pages.test(path))
  const called = routes.map(({ method, path }) => `${method} ${path.replace(/:(\w+)/g, '{$1}')}`)
  assert.deepEqual(
    described.map(({ name }) => name).sort(),
    [...new Set(called)].filter((name) => name !== 'GET /openapi.json').sort(),
  )
  const ids = described.map(({ operation }) => operation.operationId)
  assert.equal(new Set(ids).size, described.length)
  for (const { name, operation } of described) {
    const { operationId, summary, tags, parameters = [] } = operation
    assert.ok(operationId && summary && tags?.length === 1, name)
    const inPath = parameters.filter((one) => one.in === 'path').map((one) => `{${one.name}}`)
    assert.deepEqual(inPath, name.match(/\{\w+\}/g) ?? [], name)
  }
  assert.deepEqual(document.servers, [{ url: 'http://127.0.0.1:8484' }])
})

interface Operation {
  readonly operationId?: string
  readonly summary?: string
  readonly tags?: readonly string[]
  readonly parameters?: readonly { readonly in: string; readonly name: string }[]
}
