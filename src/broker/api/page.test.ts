import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { OpenAPIHono } from '@hono/zod-openapi'
import type { CallerEnv } from '../logins/index.ts'
import { pageRoutes } from './page.ts'

test('the page goes over the line compressed for who says so, and as it is for others', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'mayfly-page-files-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const script = 'console.log("the same again");\n'.repeat(200)
  mkdirSync(join(folder, 'assets'))
  writeFileSync(join(folder, 'assets', 'index.js'), script)
  writeFileSync(join(folder, 'index.html'), '<p>the page')
  const app = new OpenAPIHono<CallerEnv>()
  pageRoutes(app, folder)
  const ask = (path: string, encoding?: string) =>
    app.request(path, encoding === undefined ? {} : { headers: { 'Accept-Encoding': encoding } })

  const zipped = await ask('/assets/index.js', 'gzip, deflate, br')
  assert.deepEqual(
    [zipped.headers.get('content-encoding'), zipped.headers.get('vary'), zipped.headers.get('content-type')],
    ['gzip', 'Accept-Encoding', 'text/javascript; charset=utf-8'],
  )
  const bytes = Buffer.from(await zipped.arrayBuffer())
  assert.ok(bytes.length < script.length / 4)
  assert.equal(gunzipSync(bytes).toString(), script)
  for (const encoding of [undefined, 'identity', 'br', 'gzip;q=0, identity']) {
    const plain = await ask('/assets/index.js', encoding)
    assert.equal(plain.headers.get('content-encoding'), null, encoding ?? 'nothing said')
    assert.equal(await plain.text(), script)
  }
  // An address within the page begins with its entry, and no path leads out of the folder.
  assert.equal(await (await ask('/sessions/sabc')).text(), '<p>the page')
  assert.equal((await ask('/assets/../../etc/passwd')).status, 404)
})
