import assert from 'node:assert/strict'
import { chmodSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { CreateRoleCommand, CreateSAMLProviderCommand, IAMClient } from '@aws-sdk/client-iam'
import { AssumeRoleWithSAMLCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { fromMayfly } from '../../src/index.ts'
import { makeIdentity, type SamlIdentity, samlIdentity } from '../../src/sandbox/saml-idp/identity.ts'
import { awsAttribute, awsSignIn, entityId } from '../../src/sandbox/saml-idp/issue.ts'
import { metadataXml } from '../../src/sandbox/saml-idp/metadata.ts'
import { responseXml } from '../../src/sandbox/saml-idp/response-xml.ts'
import { aws, type Bench, bench, boto3, mayfly, run } from './clients.ts'

const python = (name: string): string => join(import.meta.dirname, 'python', name)
const lacksSignxml = (await run([boto3.program, '-c', 'import signxml'], process.env)).status !== 0
const signxml = lacksSignxml && 'no signxml here: pip install -r test/clients/requirements.txt'
const isDev = /:assumed-role\/dev\/ann@example\.com/

interface Ground extends Bench {
  readonly role: string
  readonly provider: string
  readonly control: (method: string, path: string, body: object) => Promise<Record<string, unknown>>
}

/** An account that trusts a provider (the sandbox's own unless told) and has a role for it; ann has that role. */
async function ground(t: TestContext, identity?: SamlIdentity): Promise<Ground> {
  const at = await bench(t)
  const { endpoint, region, accessKeyId, secretAccessKey, controlToken, cloud } = at.sandbox
  const iam = new IAMClient({ endpoint, region, credentials: { accessKeyId, secretAccessKey } })
  const { certificate } = identity ?? (await samlIdentity(cloud))
  const made = await iam.send(
    new CreateSAMLProviderCommand({ Name: 'idp', SAMLMetadataDocument: metadataXml(endpoint, certificate) }),
  )
  const provider = made.SAMLProviderArn ?? ''
  const statement = { Effect: 'Allow', Principal: { Federated: provider }, Action: 'sts:AssumeRoleWithSAML' }
  const AssumeRolePolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [statement] })
  const created = await iam.send(new CreateRoleCommand({ RoleName: 'dev', AssumeRolePolicyDocument }))
  const role = created.Role?.Arn ?? ''
  const control: Ground['control'] = async (method, path, body) => {
    const headers = { authorization: `Bearer ${controlToken}` }
    const answer = await fetch(`${endpoint}/_mayfly/${path}`, { method, headers, body: JSON.stringify(body) })
    assert.equal(answer.status, 200)
    return { ...((await answer.json()) as object) }
  }
  await control('PUT', 'saml-idp', { users: { ann: { password: 'x', roles: [`${role},${provider}`] } } })
  return { ...at, role, provider, control }
}

test('boto3 federates by SAML as at AWS, and is refused as at AWS', { skip: boto3.skip }, async (t) => {
  const at = await bench(t)
  const env = { ...at.admin, CONTROL_TOKEN: at.sandbox.controlToken }
  const ran = await run([boto3.program, python('saml.py')], env, at.home)
  assert.equal(ran.status, 0, ran.stderr)
  assert.equal(ran.stdout.trim(), 'ok')
})

test('the AWS SDK for JavaScript federates by SAML without any credentials', async (t) => {
  const { sandbox, role, provider, control } = await ground(t)
  const { samlResponse } = await control('POST', 'saml-idp/response', { user: 'ann' })
  const { endpoint, region } = sandbox
  const answer = await new STSClient({ endpoint, region }).send(
    new AssumeRoleWithSAMLCommand({ RoleArn: role, PrincipalArn: provider, SAMLAssertion: String(samlResponse) }),
  )
  const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '' } = answer.Credentials ?? {}
  const credentials = { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken }
  const who = await new STSClient({ endpoint, region, credentials }).send(new GetCallerIdentityCommand())
  assert.match(who.Arn ?? '', isDev)
})

test('the AWS CLI federates by SAML', { skip: aws.skip }, async (t) => {
  const at = await ground(t)
  const { samlResponse } = await at.control('POST', 'saml-idp/response', { user: 'ann' })
  const file = at.write('response', String(samlResponse))
  const words = ['sts', 'assume-role-with-saml', '--role-arn', at.role, '--principal-arn', at.provider]
  const ran = await run([aws.program, ...words, '--saml-assertion', `file://${file}`], at.nobody, at.home)
  assert.equal(ran.status, 0, ran.stderr)
  assert.match(JSON.parse(ran.stdout).AssumedRoleUser.Arn, isDev)
})

test('assertions that signxml signed are taken, whichever part it signed', { skip: signxml }, async (t) => {
  const identity = await makeIdentity(new Date())
  const at = await ground(t, identity)
  const key = at.write('key.pem', identity.privateKey)
  const certificate = at.write('certificate.pem', identity.certificate)
  const now = new Date()
  const xml = responseXml({
    ...{ responseId: '_r', assertionId: '_a', issuer: entityId, audience: 'urn:amazon:webservices', nameId: 'ann' },
    ...{ destination: awsSignIn, recipient: awsSignIn, nameIdFormat: 'persistent' },
    ...{ issueInstant: now, notBefore: now, notOnOrAfter: new Date(now.getTime() + 60_000) },
    attributes: [
      [`${awsAttribute}Role`, [`${at.role},${at.provider}`]],
      [`${awsAttribute}RoleSessionName`, ['ann@example.com']],
    ],
  })
  const sts = new STSClient({ endpoint: at.sandbox.endpoint, region: at.sandbox.region })
  for (const parts of [['Assertion'], ['Response'], ['Assertion', 'Response']]) {
    const ran = await run([boto3.program, python('sign_saml.py'), key, certificate, ...parts], at.nobody, at.home, xml)
    assert.equal(ran.status, 0, ran.stderr)
    const assume = (signed: string) =>
      sts.send(
        new AssumeRoleWithSAMLCommand({
          ...{ RoleArn: at.role, PrincipalArn: at.provider },
          SAMLAssertion: Buffer.from(signed).toString('base64'),
        }),
      )
    assert.match((await assume(ran.stdout)).AssumedRoleUser?.Arn ?? '', isDev, parts.join())
    await assert.rejects(assume(ran.stdout.replaceAll('ann@', 'eve@')), /Response signature invalid/)
  }
})

/** A profile whose assertion a command prints, and one for tools that get their credentials from Mayfly. */
async function profiles(t: TestContext): Promise<Ground> {
  const at = await ground(t)
  const { endpoint, controlToken } = at.sandbox
  const print = at.write(
    'print-assertion',
    `#!/bin/sh\ncurl -s -H "Authorization: Bearer ${controlToken}" -X POST ${endpoint}/_mayfly/saml-idp/response -d '{"user": "ann"}' | sed 's/.*"samlResponse":"//; s/".*//'\n`,
  )
  chmodSync(print, 0o700)
  at.write(
    '.aws/config',
    `[profile ann]
mayfly_saml_assertion_process = ${print}
role_arn = ${at.role}
region = us-east-1
endpoint_url = ${endpoint}
[profile tools]
region = us-east-1
endpoint_url = ${endpoint}
credential_process = ${mayfly} creds ann --no-input
`,
  )
  return at
}

test('the AWS CLI and boto3 get their credentials of SAML from Mayfly', { skip: aws.skip || boto3.skip }, async (t) => {
  const at = await profiles(t)
  const cli = await run(
    [aws.program, 'sts', 'get-caller-identity', '--profile', 'tools', '--output', 'json'],
    at.nobody,
    at.home,
  )
  assert.equal(cli.status, 0, cli.stderr)
  assert.match(JSON.parse(cli.stdout).Arn, isDev)
  const code = 'import boto3; print(boto3.Session(profile_name="tools").client("sts").get_caller_identity()["Arn"])'
  const ran = await run([boto3.program, '-c', code], at.nobody, at.home)
  assert.equal(ran.status, 0, ran.stderr)
  assert.match(ran.stdout, isDev)
  const calls = [...at.sandbox.cloud.calls.values()].filter(({ operation }) => operation === 'AssumeRoleWithSAML')
  assert.equal(calls.length, 1, 'one session for both')
})

test('the AWS SDK for JavaScript gets its credentials of SAML from Mayfly', async (t) => {
  const at = await profiles(t)
  const { endpoint, region } = at.sandbox
  const env = Object.fromEntries(Object.entries(at.nobody).filter(([name]) => name !== 'AWS_ENDPOINT_URL'))
  const credentials = fromMayfly({ profile: 'ann', env, input: false })
  const who = await new STSClient({ endpoint, region, credentials }).send(new GetCallerIdentityCommand())
  assert.match(who.Arn ?? '', isDev)
  assert.ok(!readFileSync(join(at.home, '.aws', 'config'), 'utf8').includes('aws_secret_access_key'))
})
