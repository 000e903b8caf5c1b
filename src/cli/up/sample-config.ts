import type { Sandbox } from '../../sandbox/index.ts'
import { gitHubIssuer } from '../../sandbox/oidc-idp/github.ts'

export interface SampleConfig {
  readonly sandbox: Pick<Sandbox, 'endpoint' | 'region' | 'accountId' | 'oidcIssuer'>
  readonly port: number
  readonly database: string
}

/** A configuration to begin with: people of the sandbox's identity provider, jobs of one repository, three roles. */
export const sampleConfig = ({ sandbox, port, database }: SampleConfig): string => {
  const { endpoint, region, accountId, oidcIssuer } = sandbox
  const role = (name: string): string => `"arn:aws:iam::${accountId}:role/${name}"`
  return `# The configuration of the broker that \`mayfly up\` runs. Change it: a good change counts at once, a bad one changes
# nothing and is told in the log. \`mayfly broker check --config\` with this file says what is wrong, and who may have what.

publicUrl: http://127.0.0.1:${port}
listen: { port: ${port} }
database: "${database}"
keyFile: broker.key
upstream: { region: ${region}, endpoint: "${endpoint}" }

roles:
  reader: { arn: ${role('reader')}, longest: 8h }
  developer: { arn: ${role('developer')}, longest: 4h }
  admin: { arn: ${role('admin')}, longest: 1h }

authenticators:
  corp: { kind: oidc, issuer: "${oidcIssuer}", clientId: mayfly, scopes: [openid, profile, email, groups] }
  # The sandbox issues tokens of GitHub Actions: mayfly sandbox token --github REPOSITORY:ref:refs/heads/BRANCH.
  github: { kind: jwt, issuer: "${gitHubIssuer}", jwksUrl: "${oidcIssuer}/jwks" }

grants:
  - { name: everybody-reads, to: { groups: [developers, auditors] }, role: reader, longest: 8h, usual: 1h }
  - { name: developers-write, to: { groups: [developers] }, role: developer, longest: 4h, usual: 1h }
  - name: admin-on-approval
    to: { groups: [developers] }
    role: admin
    longest: 1h
    reason: required
    approvals: { count: 1, by: { groups: [admins, auditors] } }
  - { name: admin-in-emergencies, to: { groups: [admins] }, role: admin, longest: 15m, reason: required, breakGlass: true }
  - name: deployments
    to: { authenticators: [github], claims: { repository: octo/app, ref: refs/heads/main } }
    role: developer
    longest: 15m
    allow:
      - { actions: ["s3:PutObject", "s3:GetObject", "s3:ListBucket"], resources: ["*"] }

access:
  viewers: { groups: [admins, auditors] }
  approvers: { groups: [admins, auditors] }
  admins: { groups: [admins] }

watch: { every: 10s }
`
}

/** Profiles of the roles, for a file that AWS_CONFIG_FILE can name. */
export const sampleProfiles = (
  broker: string,
  { endpoint, region }: SampleConfig['sandbox'],
  roles: readonly string[],
): string =>
  roles
    .map(
      (role) =>
        `[profile ${role}]\nmayfly_broker = ${broker}\nmayfly_role = ${role}\nregion = ${region}\nendpoint_url = ${endpoint}\n`,
    )
    .join('\n')
