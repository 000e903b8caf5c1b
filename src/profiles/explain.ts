import type { BrokerProof, MfaSpec, SamlLogin, SourceSpec, Target, TokenPlace } from '../model/source-spec.ts'

/** One hop of the way to credentials. */
export interface Hop {
  readonly kind: SourceSpec['kind']
  /** What it gives, for people. */
  readonly gives: string
  /** What it asks of the person, or undefined. */
  readonly asks?: string
  /** Seconds the result lasts, as AWS will have it. */
  readonly lasts?: number
  /** What else matters, for people. */
  readonly notes: readonly string[]
}

/** The way to a spec's credentials, from the key to the last session, without touching anything. */
export function explainSpec(spec: SourceSpec): readonly Hop[] {
  switch (spec.kind) {
    case 'stored-key':
      return [
        { kind: spec.kind, gives: `the key ${spec.accessKeyId} in the vault, which signs and never leaves`, notes: [] },
      ]
    case 'mfa-session':
      return [
        ...explainSpec(spec.base),
        {
          kind: spec.kind,
          gives: spec.mfa
            ? 'an MFA session of the user (GetSessionToken)'
            : 'a session of the user without MFA (GetSessionToken)',
          ...asking(spec.mfa),
          lasts: spec.duration,
          notes: [
            whereTo(spec.sts),
            ...(spec.mfa ? [] : ['without MFA, such a session may not call IAM']),
            'kept, and shared by every profile over this user',
          ],
        },
      ]
    case 'assume-role':
      return [
        ...explainSpec(spec.base),
        {
          kind: spec.kind,
          gives: `a session of ${spec.roleArn} (AssumeRole)`,
          ...asking(spec.mfa),
          lasts: spec.duration ?? 3600,
          notes: [
            whereTo(spec.sts),
            ...(spec.base.kind === 'stored-key' || spec.base.kind === 'environment-key'
              ? []
              : ['assumed from a session, so AWS allows an hour at most']),
            ...(spec.externalId ? ['with an external id'] : []),
            ...(spec.policy || spec.policyArns ? ['narrowed by a session policy'] : []),
            ...(spec.tags ? [`tagged ${Object.keys(spec.tags).join(', ')}`] : []),
            ...(spec.sourceIdentity ? [`as source identity ${spec.sourceIdentity}`] : []),
          ],
        },
      ]
    case 'identity-center':
      return [
        {
          kind: spec.kind,
          gives: `a session of the role ${spec.roleName} in account ${spec.accountId} (IAM Identity Center)`,
          asks: 'a sign-in in the browser, when the one kept is over and cannot be renewed',
          notes: [
            `signed in at ${spec.session.startUrl}`,
            `asked of Identity Center in ${spec.session.region}${spec.session.portal.endpoint ? ` at ${spec.session.portal.endpoint}` : ''}`,
            'lasts as long as the permission set says',
            "the sign-in is shared with AWS's own tools, in ~/.aws/sso/cache",
          ],
        },
      ]
    case 'console-login':
      return [
        {
          kind: spec.kind,
          gives: `credentials of ${spec.session} (console sign-in)`,
          asks: 'a sign-in in the browser, when the one kept is over',
          lasts: 900,
          notes: [
            `asked of AWS Sign-In in ${spec.signin.region}${spec.signin.endpoint ? ` at ${spec.signin.endpoint}` : ''}`,
            'renewed in silence for up to twelve hours',
            "the sign-in is shared with AWS's own tools, in ~/.aws/login/cache",
          ],
        },
      ]
    case 'saml':
      return [
        {
          kind: spec.kind,
          gives: `a session of ${spec.roleArn ?? 'a role that is chosen at the sign-in'} (AssumeRoleWithSAML)`,
          ...('process' in spec.login ? {} : { asks: `a sign-in in the browser, at ${spec.login.url}` }),
          lasts: spec.duration ?? 3600,
          notes: [
            whereTo(spec.sts),
            samlAnswer(spec.login),
            'ends with the session at the identity provider at the latest',
            ...(spec.policy || spec.policyArns ? ['narrowed by a session policy'] : []),
          ],
        },
      ]
    case 'web-identity':
      return [
        {
          kind: spec.kind,
          gives: `a session of ${spec.roleArn} for the token ${tokenFrom(spec.token)} (AssumeRoleWithWebIdentity)`,
          ...(spec.token.from === 'login'
            ? { asks: 'a sign-in in the browser or on a device, when the one kept is over and cannot be renewed' }
            : {}),
          lasts: spec.duration ?? 3600,
          notes: [
            whereTo(spec.sts),
            ...(spec.token.from === 'login'
              ? [`signed in as a user of the client ${spec.token.clientId}`, 'the sign-in is kept in the vault']
              : ['the token is read anew for every session, and kept nowhere']),
            ...(spec.policy || spec.policyArns ? ['narrowed by a session policy'] : []),
          ],
        },
      ]
    case 'iot':
      return [
        {
          kind: spec.kind,
          gives: `the role behind the alias ${spec.roleAlias} for the certificate ${spec.certificate} (AWS IoT)`,
          ...(spec.passphraseProcess ? { asks: 'the passphrase of the key, of mayfly_passphrase_process' } : {}),
          notes: [
            `asked of ${spec.endpoint}, with the key ${spec.privateKey}`,
            ...(spec.thing ? [`as the thing ${spec.thing}`] : []),
            ...(spec.caBundle ? [`which must have a certificate of ${spec.caBundle}`] : []),
            'lasts as long as the alias says',
            'ends with the certificate at the latest, and is replaced when the certificate is',
          ],
        },
      ]
    case 'federation-token':
      return [
        ...explainSpec(spec.base),
        {
          kind: spec.kind,
          gives: `a session named ${spec.name} (GetFederationToken)`,
          lasts: spec.duration,
          notes: [whereTo(spec.sts), 'narrowed by a session policy', 'such a session calls no IAM and assumes no role'],
        },
      ]
    case 'environment-key':
      return [
        {
          kind: spec.kind,
          gives: `the key ${spec.accessKeyId} in the environment, which signs and is never handed out`,
          notes: [],
        },
      ]
    case 'environment':
      return [{ kind: spec.kind, gives: `the session ${spec.accessKeyId} in the environment`, notes: [readAnew] }]
    case 'container':
      return [{ kind: spec.kind, gives: `the role of this container, from ${spec.origin}`, notes: [readAnew] }]
    case 'imds':
      return [
        {
          kind: spec.kind,
          gives: `the role of this machine, from the instance metadata service at ${spec.endpoint}`,
          notes: [readAnew, ...(spec.v1Disabled ? ['version 2 only'] : [])],
        },
      ]
    case 'brokered':
      return [
        ...(spec.proof?.by === 'aws' ? explainSpec(spec.proof.base) : []),
        {
          kind: spec.kind,
          gives: `a session of the role ${spec.role}, from the broker ${spec.broker}`,
          ...(spec.proof ? {} : { asks: `a sign-in, when there is none: mayfly login --broker ${spec.broker}` }),
          ...(spec.duration === undefined ? {} : { lasts: spec.duration }),
          notes: [
            brokerProof(spec.proof),
            ...(spec.duration === undefined ? ['lasts as long as the grant says'] : []),
            'ends with what proved who asks at the latest, and can be revoked by the broker',
            ...(spec.reason ? [`with the reason ${JSON.stringify(spec.reason)}`] : []),
            ...(spec.ticket ? [`with the ticket ${JSON.stringify(spec.ticket)}`] : []),
            ...(spec.breakGlass ? ['breaks the glass: everybody hears of it, and it is reviewed'] : []),
            ...(spec.policy ? ['narrowed by a session policy'] : []),
          ],
        },
      ]
    case 'roles-anywhere':
      return [
        {
          kind: spec.kind,
          gives: `a session of ${spec.roleArn} for the certificate ${spec.certificate} (IAM Roles Anywhere)`,
          ...(spec.passphraseProcess ? { asks: 'the passphrase of the key, of mayfly_passphrase_process' } : {}),
          lasts: spec.duration ?? 3600,
          notes: [
            `asked of IAM Roles Anywhere in ${spec.rolesAnywhere.region}${spec.rolesAnywhere.endpoint ? ` at ${spec.rolesAnywhere.endpoint}` : ''}`,
            `signed with the key ${spec.privateKey ?? spec.certificate}`,
            'ends with the certificate at the latest, and is replaced when the certificate is',
            ...(spec.sessionName ? [`named ${spec.sessionName}`] : []),
          ],
        },
      ]
  }
}

function brokerProof(proof: BrokerProof | undefined): string {
  switch (proof?.by) {
    case undefined:
      return 'for the person who signed in'
    case 'token':
      return `for the token ${tokenFrom(proof.token)}`
    case 'certificate':
      return `for the certificate ${proof.certificate}, at ${proof.address}`
    case 'aws':
      return 'for who AWS says that these credentials are (a signed GetCallerIdentity, good at this broker only)'
  }
}

const readAnew = 'read anew at each call, and kept nowhere'

function tokenFrom(token: TokenPlace): string {
  switch (token.from) {
    case 'file':
      return `in the file ${token.path}`
    case 'variable':
      return `in the variable ${token.name}`
    case 'command':
      return 'that web_identity_token_process prints'
    case 'github-actions':
      return `of this job of GitHub Actions, for ${token.audience}`
    case 'login':
      return `of a person who signs in to ${token.issuer}`
  }
}

const whereTo = (sts: Target): string => `asked of STS in ${sts.region}${sts.endpoint ? ` at ${sts.endpoint}` : ''}`

function samlAnswer(login: SamlLogin): string {
  if ('process' in login) return 'with the assertion that mayfly_saml_assertion_process prints'
  return login.callbackPort === undefined
    ? 'with the assertion that is pasted into a page of this machine'
    : 'with the assertion that the browser brings to this machine'
}

const asking = (mfa: MfaSpec | undefined): { asks?: string } =>
  mfa ? { asks: mfa.process ? `the code of ${mfa.serial}, from mfa_process` : `the code of ${mfa.serial}` } : {}
