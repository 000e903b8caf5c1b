import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  AddClientIDToOpenIDConnectProviderCommand,
  CreateOpenIDConnectProviderCommand,
  type CreateOpenIDConnectProviderCommandInput,
  DeleteOpenIDConnectProviderCommand,
  GetOpenIDConnectProviderCommand,
  ListOpenIDConnectProvidersCommand,
  ListOpenIDConnectProviderTagsCommand,
  RemoveClientIDFromOpenIDConnectProviderCommand,
  TagOpenIDConnectProviderCommand,
  UntagOpenIDConnectProviderCommand,
  UpdateOpenIDConnectProviderThumbprintCommand,
} from '@aws-sdk/client-iam'
import { account, callerNamed, fault, root, stage } from './stage.test.ts'

const Url = 'https://token.actions.githubusercontent.com'
const OpenIDConnectProviderArn = `arn:aws:iam::${account}:oidc-provider/token.actions.githubusercontent.com`
const print = 'a'.repeat(40)

async function made(change: Partial<CreateOpenIDConnectProviderCommandInput> = {}) {
  const here = stage()
  const iam = here.as(root)
  const created = await iam.send(
    new CreateOpenIDConnectProviderCommand({
      Url,
      ClientIDList: ['sts.amazonaws.com'],
      ThumbprintList: [print],
      ...change,
    }),
  )
  const get = () => iam.send(new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn }))
  return { here, iam, created, get }
}

test('a provider is made, got, listed and deleted; its address is told without the scheme', async () => {
  const { iam, created, get } = await made({ Tags: [{ Key: 'team', Value: 'blue' }] })
  assert.deepEqual(
    [created.OpenIDConnectProviderArn, created.Tags],
    [OpenIDConnectProviderArn, [{ Key: 'team', Value: 'blue' }]],
  )
  const { Url: told, ClientIDList, ThumbprintList, CreateDate, Tags } = await get()
  assert.deepEqual(
    { told, ClientIDList, ThumbprintList, CreateDate, Tags },
    {
      told: 'token.actions.githubusercontent.com',
      ClientIDList: ['sts.amazonaws.com'],
      ThumbprintList: [print],
      CreateDate: new Date('2026-11-21T10:00:00Z'),
      Tags: [{ Key: 'team', Value: 'blue' }],
    },
  )
  const listed = await iam.send(new ListOpenIDConnectProvidersCommand({}))
  assert.deepEqual(listed.OpenIDConnectProviderList, [{ Arn: OpenIDConnectProviderArn }])
  for (let turn = 0; turn < 2; turn++)
    await iam.send(new DeleteOpenIDConnectProviderCommand({ OpenIDConnectProviderArn }))
  await assert.rejects(
    get(),
    fault('NoSuchEntity', `OpenIDConnect Provider not found for arn ${OpenIDConnectProviderArn}`),
  )
})

test('client ids are added and taken away, as often as one likes, and thumbprints replaced', async () => {
  const { iam, get } = await made()
  for (let turn = 0; turn < 2; turn++)
    await iam.send(new AddClientIDToOpenIDConnectProviderCommand({ OpenIDConnectProviderArn, ClientID: 'other' }))
  assert.deepEqual((await get()).ClientIDList, ['sts.amazonaws.com', 'other'])
  for (let turn = 0; turn < 2; turn++)
    await iam.send(new RemoveClientIDFromOpenIDConnectProviderCommand({ OpenIDConnectProviderArn, ClientID: 'other' }))
  assert.deepEqual((await get()).ClientIDList, ['sts.amazonaws.com'])
  const ThumbprintList = ['B'.repeat(40)]
  await iam.send(new UpdateOpenIDConnectProviderThumbprintCommand({ OpenIDConnectProviderArn, ThumbprintList }))
  assert.deepEqual((await get()).ThumbprintList, ThumbprintList)
})

test('tags of a provider are added, listed and taken away', async () => {
  const { iam } = await made()
  await iam.send(new TagOpenIDConnectProviderCommand({ OpenIDConnectProviderArn, Tags: [{ Key: 'a', Value: '1' }] }))
  const list = async () => (await iam.send(new ListOpenIDConnectProviderTagsCommand({ OpenIDConnectProviderArn }))).Tags
  assert.deepEqual(await list(), [{ Key: 'a', Value: '1' }])
  await iam.send(new UntagOpenIDConnectProviderCommand({ OpenIDConnectProviderArn, TagKeys: ['A'] }))
  assert.deepEqual(await list(), [])
})

test('an address is https without port and query; on this machine it may be anything that leads there', async () => {
  for (const bad of [
    'http://idp.example',
    'https://idp.example:8443',
    'https://idp.example/?a=b',
    'https://u:p@idp.example',
    'idp.example',
    'https://idp.example/*',
    'http://127.0.0.1.evil.example',
  ])
    await assert.rejects(made({ Url: bad }), fault('ValidationError', 'Invalid Open ID Connect Provider URL'))
  for (const good of ['https://idp.example/tenant/', 'http://127.0.0.1:4566/_oidc', 'https://localhost:8443'])
    assert.ok((await made({ Url: good })).created.OpenIDConnectProviderArn?.endsWith(good.replace(/^https?:\/\//, '')))
})

test('an address is taken once; thumbprints and client ids have their limits', async () => {
  const { iam } = await made()
  await assert.rejects(
    iam.send(new CreateOpenIDConnectProviderCommand({ Url })),
    fault('EntityAlreadyExists', `Provider with url ${Url} already exists.`),
  )
  await assert.rejects(made({ ThumbprintList: ['g'.repeat(40)] }), fault('ValidationError'))
  await assert.rejects(made({ ThumbprintList: Array(6).fill(print) }), fault('InvalidInput'))
  const ids = (count: number) => Array.from({ length: count }, (_, number) => `client-${number}`)
  await assert.rejects(made({ ClientIDList: ids(101) }), fault('LimitExceeded'))
  const full = await made({ ClientIDList: ids(100), ThumbprintList: Array(5).fill(print) })
  await assert.rejects(
    full.iam.send(new AddClientIDToOpenIDConnectProviderCommand({ OpenIDConnectProviderArn, ClientID: 'one more' })),
    fault('LimitExceeded'),
  )
})

test('who may do nothing learns nothing of providers', async () => {
  const { here } = await made()
  const nobody = here.as(callerNamed('bob'))
  for (const arn of [OpenIDConnectProviderArn, `${OpenIDConnectProviderArn}/none`])
    await assert.rejects(
      nobody.send(new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: arn })),
      (error: Error) => error.name === 'AccessDenied' && /iam:GetOpenIDConnectProvider/.test(error.message),
    )
})
