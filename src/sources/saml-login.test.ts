import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type StsStage, stsStage } from '../../test/contracts/sts-stage.ts'
import { Failure } from '../model/failure.ts'
import type { Credentials } from '../model/signing-key.ts'
import type { SamlLogin } from '../model/source-spec.ts'
import { open } from './index.ts'
import { type SamlGround, samlGround } from './saml-stage.test.ts'

let stage: StsStage
let ground: SamlGround
let url: string
before(async () => {
  stage = await stsStage()
  ground = await samlGround(stage)
  url = `${stage.sandbox.endpoint}/saml-idp/sso`
})
after(() => stage.sandbox.close())

const post = (address: string, fields: Record<string, string>): Promise<Response> =>
  fetch(address, { method: 'POST', body: new URLSearchParams(fields) })
const hidden = (html: string): Record<string, string> =>
  Object.fromEntries(
    [...html.matchAll(/type="hidden" name="(\w+)" value="([^"]*)"/g)].map(([, name = '', value = '']) => [
      name,
      value.replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code))),
    ]),
  )
const actionIn = (html: string): string => /action="([^"]*)"/.exec(html)?.[1] ?? ''

/** Signs in as a person does: the page, the password, the page after it. */
async function signIn(address: string, password = 'secret'): Promise<string> {
  const page = await fetch(address)
  assert.equal(page.status, 200)
  assert.match(page.headers.get('content-security-policy') ?? '', /^default-src 'none'/)
  const html = await page.text()
  assert.ok(!/<script/i.test(html))
  const answer = await post(`${stage.sandbox.endpoint}/saml-idp/sso`, { ...hidden(html), user: 'ann', password })
  return answer.text()
}

const openBy = async (login: SamlLogin, openBrowser: (url: string) => Promise<boolean>): Promise<Credentials> => {
  stage.advance(60)
  return open({ ...ground.spec, login }, stage.process({ openBrowser }))({ forceRefresh: true })
}
const inBackground = (work: () => Promise<unknown>): Promise<boolean> => {
  void work()
  return Promise.resolve(true)
}

test('where the provider may answer to this machine, the browser brings the assertion', async () => {
  let answered: Response | undefined
  const credentials = await openBy({ url, callbackPort: 0 }, (address) =>
    inBackground(async () => {
      const page = await signIn(address)
      const consumer = actionIn(page)
      assert.match(consumer, /^http:\/\/127\.0\.0\.1:\d+\/saml$/)
      answered = await post(consumer, hidden(page))
    }),
  )
  assert.match(credentials.accessKeyId, /^ASIA/)
  assert.match((await answered?.text()) ?? '', /You are signed in/)
})

test('an answer that was not asked for is turned away, and the right one still counts', async () => {
  const statuses: number[] = []
  await openBy({ url, callbackPort: 0 }, (address) =>
    inBackground(async () => {
      const page = await signIn(address)
      const consumer = actionIn(page)
      const SAMLResponse = await ground.response()
      for (const fields of [{ SAMLResponse }, { SAMLResponse, RelayState: 'guessed' }, hidden(page)])
        statuses.push((await post(consumer, fields)).status)
    }),
  )
  assert.deepEqual(statuses, [400, 400, 200])
})

test('an answer to another request is refused, even in the right place', async () => {
  const other = await ground.response({ inResponseTo: '_another' })
  await assert.rejects(
    openBy({ url, callbackPort: 0 }, (address) =>
      inBackground(async () => {
        const page = await signIn(address)
        await post(actionIn(page), { ...hidden(page), SAMLResponse: other })
      }),
    ),
    (error) => error instanceof Failure && error.code === 'login-needed' && /does not answer/.test(error.message),
  )
})

test('where the provider answers to AWS alone, the person pastes the response into a page of this machine', async () => {
  const credentials = await openBy({ url }, (address) =>
    inBackground(async () => {
      assert.match(address, /^http:\/\/127\.0\.0\.1:\d+\/saml\?state=[\w-]{32}$/)
      const form = await (await fetch(address)).text()
      assert.ok(form.includes(`href="${url}"`), form)
      const shown = /<textarea[^>]*>([^<]*)</.exec(await signIn(url))?.[1] ?? assert.fail('no response to copy')
      await post(new URL(address).origin + actionIn(form), { ...hidden(form), SAMLResponse: `${shown}\n` })
    }),
  )
  assert.match(credentials.accessKeyId, /^ASIA/)
})

test('where nobody can sign in, nothing waits', async () => {
  const nobody = () => Promise.reject(new Failure('input-needed', 'nobody'))
  for (const login of [{ url }, { url, callbackPort: 0 }])
    await assert.rejects(openBy(login, nobody), (error) => error instanceof Failure && error.code === 'input-needed')
})

test('a wrong password leads nowhere, and says so', async () => {
  assert.match(await signIn(url, 'guess'), /nobody of that name and password/)
})
