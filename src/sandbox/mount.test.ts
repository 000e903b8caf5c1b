import assert from 'node:assert/strict'
import { test } from 'node:test'
import { serve } from './server.ts'

test('a mount has what lies under its path; the rest is for AWS, and what goes wrong in it is told to the log alone', async (t) => {
  const told: string[] = []
  const server = await serve(async () => ({ status: 200, headers: {}, body: 'aws' }), {
    log: (line) => told.push(line),
    mounts: [
      {
        path: '/_there',
        serve: async (request, response) => {
          if (request.url === '/_there/broken') throw new Error('the secret reason')
          response.end('there')
        },
      },
    ],
  })
  t.after(() => server.close())
  const get = async (path: string): Promise<readonly [number, string]> => {
    const answer = await fetch(`http://127.0.0.1:${server.port}${path}`)
    return [answer.status, await answer.text()]
  }
  for (const path of ['/_there', '/_there/', '/_there/deep/er', '/_there?query'])
    assert.deepEqual(await get(path), [200, 'there'])
  for (const path of ['/', '/_thereabouts', '/a/_there']) assert.deepEqual(await get(path), [200, 'aws'])
  assert.deepEqual(told, [])
  assert.deepEqual(await get('/_there/broken'), [500, 'The request could not be served.\n'])
  assert.match(told.join(), /^\/_there: ".*the secret reason/)
})
