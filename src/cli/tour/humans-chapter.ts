import { freePort } from '../free-port.ts'
import { readOnly, samlTrust, webIdentityTrust } from './policies.ts'
import type { Stage } from './stage.ts'
import type { Chapter, Step } from './step.ts'

const words = (line: string): readonly string[] => line.split(' ')
const bucket = 'mayfly-tour'
const list = `aws s3api list-objects-v2 --bucket ${bucket}`
const quiet = (): string => ''

/** People sign in where they always do, in the browser; nobody has a key. */
export const humansChapter: Chapter = {
  summary: 'people sign in: Identity Center, OpenID Connect, SAML, the console',
  steps: (stage) => [
    ...bucketToRead,
    ...identityCenter(stage),
    ...openIdConnect(stage),
    ...saml(stage),
    ...console(stage),
  ],
  closing: `The browser of this tour is a script that fills in the pages' forms. The same with yours, on your own account:
  docs/tutorial-identity-center.md    IAM Identity Center
  docs/tutorial-saml.md               a SAML provider
  docs/tutorial-console-login.md      the console's sign-in, as aws login
  docs/sources.md                     OpenID Connect, and every other way in`,
}

const bucketToRead: readonly Step[] = [
  {
    title: 'An administrator makes a bucket',
    as: 'administrator',
    command: words(`aws s3api create-bucket --bucket ${bucket}`),
    expect: 'succeeds',
    show: quiet,
  },
]

const place = ({ sandbox }: Stage): string => `region = ${sandbox.region}\nendpoint_url = ${sandbox.endpoint}`

function identityCenter(stage: Stage): readonly Step[] {
  return [
    {
      title: 'IAM Identity Center: ann signs in and approves',
      as: 'ann',
      prepare: async ({ control, append, answer }) => {
        await control('PUT', 'identity-center/sample')
        append(`[sso-session corp]\nsso_start_url = ${stage.sandbox.ssoStartUrl}\nsso_region = ${stage.sandbox.region}`)
        append(
          `[profile work]\nsso_session = corp\nsso_account_id = ${stage.sandbox.accountId}\nsso_role_name = Reader\n${place(stage)}`,
        )
        answer({ user: 'ann', decision: 'allow' })
      },
      command: words('mayfly login work'),
      expect: 'succeeds',
    },
    { title: '', as: 'ann', command: words(`mayfly exec work -- ${list}`), expect: 'succeeds' },
    {
      title: 'What else she may have, and profiles for it',
      as: 'ann',
      command: words('mayfly sso ls corp'),
      expect: 'succeeds',
    },
    {
      title: 'A reader reads, and does no more',
      as: 'ann',
      command: words(`mayfly exec work -- aws s3api delete-bucket --bucket ${bucket}`),
      expect: 'AccessDenied',
    },
  ]
}

function openIdConnect(stage: Stage): readonly Step[] {
  const { accountId, oidcIssuer: issuer, oidcPeople } = stage.sandbox
  const provider = `arn:aws:iam::${accountId}:oidc-provider/${issuer.replace(/^https?:\/\//, '')}`
  const person = oidcPeople.find(({ name }) => name === 'ann')
  return [
    {
      title: 'OpenID Connect: the account trusts the company’s provider',
      as: 'administrator',
      command: words(`aws iam create-open-id-connect-provider --url ${issuer} --client-id-list mayfly`),
      expect: 'succeeds',
    },
    {
      title: 'and has a role for ann',
      as: 'administrator',
      prepare: ({ write }) => write('oidc-trust.json', webIdentityTrust(provider, issuer, 'ann', 'mayfly')),
      command: words('aws iam create-role --role-name staff --assume-role-policy-document file://oidc-trust.json'),
      expect: 'succeeds',
      show: quiet,
    },
    {
      title: '',
      as: 'administrator',
      prepare: ({ write }) => write('read-only.json', readOnly),
      command: words(
        'aws iam put-role-policy --role-name staff --policy-name look --policy-document file://read-only.json',
      ),
      expect: 'succeeds',
    },
    {
      title: 'She signs in once',
      as: 'ann',
      prepare: ({ append, answer }) => {
        append(
          `[profile staff]\nrole_arn = arn:aws:iam::${accountId}:role/staff\nmayfly_oidc_issuer = ${issuer}\nmayfly_oidc_client_id = mayfly\nmayfly_oidc_scopes = openid offline_access\n${place(stage)}`,
        )
        answer({ name: 'ann', password: person?.password ?? '' })
      },
      command: words('mayfly login staff'),
      expect: 'succeeds',
    },
    { title: '', as: 'ann', command: words(`mayfly exec staff -- ${list}`), expect: 'succeeds' },
  ]
}

function saml(stage: Stage): readonly Step[] {
  const { accountId, samlMetadataUrl, samlSsoUrl } = stage.sandbox
  const provider = `arn:aws:iam::${accountId}:saml-provider/company`
  const role = `arn:aws:iam::${accountId}:role/visitor`
  return [
    {
      title: 'SAML: the account takes the provider’s metadata',
      as: 'administrator',
      prepare: async ({ write }) => write('metadata.xml', await (await fetch(samlMetadataUrl)).text()),
      command: words('aws iam create-saml-provider --name company --saml-metadata-document file://metadata.xml'),
      expect: 'succeeds',
    },
    {
      title: '',
      as: 'administrator',
      prepare: ({ write }) => write('saml-trust.json', samlTrust(provider)),
      command: words('aws iam create-role --role-name visitor --assume-role-policy-document file://saml-trust.json'),
      expect: 'succeeds',
      show: quiet,
    },
    {
      title: '',
      as: 'administrator',
      command: words(
        'aws iam put-role-policy --role-name visitor --policy-name look --policy-document file://read-only.json',
      ),
      expect: 'succeeds',
    },
    {
      title: 'She signs in there',
      as: 'ann',
      prepare: async ({ append, answer, control }) => {
        await control('PUT', 'saml-idp', { users: { ann: { password: 'a good one', roles: [`${role},${provider}`] } } })
        append(
          `[profile visitor]\nrole_arn = ${role}\nmayfly_saml_login_url = ${samlSsoUrl}\nmayfly_saml_callback_port = ${await freePort()}\n${place(stage)}`,
        )
        answer({ user: 'ann', password: 'a good one' })
      },
      command: words('mayfly login visitor'),
      expect: 'succeeds',
    },
    { title: '', as: 'ann', command: words(`mayfly exec visitor -- ${list}`), expect: 'succeeds' },
  ]
}

function console(stage: Stage): readonly Step[] {
  const { accountId } = stage.sandbox
  const password = 'correct-horse-9!'
  return [
    {
      title: 'The console’s own sign-in, as aws login: a user with a password and no key',
      as: 'administrator',
      command: words('aws iam create-user --user-name ann'),
      expect: 'succeeds',
      show: quiet,
    },
    {
      title: '',
      as: 'administrator',
      command: words(`aws iam create-login-profile --user-name ann --password ${password}`),
      expect: 'succeeds',
      show: quiet,
    },
    ...['AmazonS3ReadOnlyAccess', 'SignInLocalDevelopmentAccess'].map(
      (policy): Step => ({
        title: '',
        as: 'administrator',
        command: words(`aws iam attach-user-policy --user-name ann --policy-arn arn:aws:iam::aws:policy/${policy}`),
        expect: 'succeeds',
      }),
    ),
    {
      title: 'She signs in to it',
      as: 'ann',
      prepare: ({ append, answer }) => {
        append(`[profile console]\nlogin_session = arn:aws:iam::${accountId}:user/ann\n${place(stage)}`)
        answer({ account: accountId, user: 'ann', password, decision: 'allow' })
      },
      command: words('mayfly login console'),
      expect: 'succeeds',
    },
    { title: '', as: 'ann', command: words(`mayfly exec console -- ${list}`), expect: 'succeeds' },
  ]
}
