// Run by the CDK CLI, in the directory where a test put it: every construct that the example has no use for.
import { readFileSync } from 'node:fs'
import {
  AccessKeyRotation,
  GitHubActionsRole,
  IotRole,
  OidcRole,
  RolesAnywhereRole,
  SamlRole,
  TemporaryRole,
} from '@mayfly/cdk'
import { App, CfnOutput, Stack } from 'aws-cdk-lib'
import { Group, User } from 'aws-cdk-lib/aws-iam'
import { Bucket } from 'aws-cdk-lib/aws-s3'
import { StringParameter } from 'aws-cdk-lib/aws-ssm'

const app = new App()
const workloads = new Stack(app, 'Workloads')
const bucket = new Bucket(workloads, 'Reports', { versioned: true, enforceSSL: true })
bucket.grantRead(new TemporaryRole(workloads, 'People', { roleName: 'people' }))
new GitHubActionsRole(workloads, 'Ci', {
  roleName: 'ci',
  subjects: 'repo:example/app:ref:refs/heads/main',
})
new OidcRole(workloads, 'Oidc', {
  roleName: 'oidc',
  issuer: 'https://login.example.com',
  audience: 'mayfly',
  subjects: 'ann',
})
new SamlRole(workloads, 'Saml', { roleName: 'saml', metadata: readFileSync('metadata.xml', 'utf8') })
new RolesAnywhereRole(workloads, 'Machines', {
  roleName: 'machines',
  trustAnchor: { certificate: readFileSync('authority.pem', 'utf8') },
  certificate: { commonName: 'build' },
})
new IotRole(workloads, 'Devices', { roleName: 'devices', roleAlias: 'devices', things: 'press' })
const { secret } = new AccessKeyRotation(workloads, 'Rotation', {
  user: new User(workloads, 'Backup', { userName: 'backup' }),
})
new CfnOutput(workloads, 'Secret', { value: secret.secretArn })

// Another stack that uses what the first one exports.
const readers = new Stack(app, 'Readers')
bucket.grantRead(new Group(readers, 'Group', { groupName: 'readers' }))
new StringParameter(readers, 'Where', { parameterName: '/reports/bucket', stringValue: bucket.bucketName })
