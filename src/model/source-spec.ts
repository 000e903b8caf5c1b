/**
 * How credentials will be obtained: plain data, no secrets. Its digest is the cache key, `explain` prints it, and the
 * audit line carries it. Every field that changes what AWS would answer is in here, so an edited profile can never be
 * served old credentials.
 */
export type SourceSpec = StoredKeySpec | SessionSpec

/** The specs of what ends by itself: all but a permanent key. */
export type SessionSpec =
  | MfaSessionSpec
  | AssumeRoleSpec
  | RolesAnywhereSpec
  | IdentityCenterSpec
  | WebIdentitySpec
  | SamlSpec

/** A permanent key that rests in the vault. It signs, and never comes out. */
export interface StoredKeySpec {
  readonly kind: 'stored-key'
  /** Its public half: which key of the vault. */
  readonly accessKeyId: string
}

/** Where a call goes. An absent `endpoint` is AWS itself. */
export interface Target {
  readonly region: string
  readonly endpoint?: string
}

/** How the one-time code of an MFA device is come by. */
export interface MfaSpec {
  readonly serial: string
  /** A command that prints the code; absent means asking. */
  readonly process?: string
}

/** sts:GetSessionToken with MFA: the same user, for a while. */
export interface MfaSessionSpec {
  readonly kind: 'mfa-session'
  readonly base: StoredKeySpec
  readonly mfa?: MfaSpec
  /** Seconds, 900 to 129600. */
  readonly duration: number
  readonly sts: Target
}

/** sts:AssumeRole from another source. */
export interface AssumeRoleSpec {
  readonly kind: 'assume-role'
  readonly base: SourceSpec
  readonly roleArn: string
  /** Absent: Mayfly chooses one at each call. */
  readonly sessionName?: string
  readonly externalId?: string
  /** Seconds, 900 to 43200, and to 3600 when `base` is itself a session. */
  readonly duration?: number
  readonly mfa?: MfaSpec
  readonly tags?: Readonly<Record<string, string>>
  readonly transitiveTagKeys?: readonly string[]
  readonly sourceIdentity?: string
  /** The session policy as JSON text. */
  readonly policy?: string
  readonly policyArns?: readonly string[]
  readonly sts: Target
}

/** rolesanywhere:CreateSession: a role for whoever holds the key of a certificate. */
export interface RolesAnywhereSpec {
  readonly kind: 'roles-anywhere'
  readonly trustAnchorArn: string
  readonly profileArn: string
  readonly roleArn: string
  /** The path of a PEM, DER or PKCS#12 file, or a `pkcs11:` URI without a PIN. */
  readonly certificate: string
  /** The path of a PEM or PKCS#12 file, or a `pkcs11:` URI without a PIN; absent: where the certificate is. */
  readonly privateKey?: string
  /** The path of a file with the certificates between this one and the trust anchor. */
  readonly chain?: string
  /** A command that prints the passphrase or PIN; absent means asking, where one is needed. */
  readonly passphraseProcess?: string
  /** Absent: AWS names it after the certificate's serial number. */
  readonly sessionName?: string
  /** Seconds, 900 to 43200. */
  readonly duration?: number
  readonly rolesAnywhere: Target
}

/** A role of IAM Identity Center, for whoever signed in: sso:GetRoleCredentials. */
export interface IdentityCenterSpec {
  readonly kind: 'identity-center'
  readonly session: SsoSessionSpec
  /** Twelve digits. */
  readonly accountId: string
  /** The name of the permission set. */
  readonly roleName: string
}

/** Where a person signs in. Two that are called the same share their sign-in, as in AWS's own tools. */
export interface SsoSessionSpec {
  /** Of the sso-session section; absent for a profile that has all of it in itself. */
  readonly name?: string
  readonly startUrl: string
  /** Where the instance of Identity Center is. */
  readonly region: string
  readonly scopes: readonly string[]
  readonly oidc: Target
  readonly portal: Target
}

/** A role for a token of an OpenID Connect provider: sts:AssumeRoleWithWebIdentity. */
export interface WebIdentitySpec {
  readonly kind: 'web-identity'
  readonly token: TokenPlace
  readonly roleArn: string
  /** Absent: Mayfly chooses one from the token's subject at each call. */
  readonly sessionName?: string
  /** Seconds, 900 to 43200; absent: an hour. */
  readonly duration?: number
  /** The session policy as JSON text. */
  readonly policy?: string
  readonly policyArns?: readonly string[]
  readonly sts: Target
}

/**
 * Where a web identity token comes from, anew at each call of STS. `holder` tells whose it was when the spec was made
 * (a digest), so that a session is never served to whoever finds another token in the same place.
 */
export type TokenPlace =
  | { readonly from: 'file'; readonly path: string; readonly holder?: string }
  | { readonly from: 'variable'; readonly name: string; readonly holder?: string }
  | { readonly from: 'command'; readonly commandLine: string }
  | { readonly from: 'github-actions'; readonly audience: string; readonly holder?: string }
  | OidcLoginPlace

/** A person who signs in to an OpenID Connect provider. */
export interface OidcLoginPlace {
  readonly from: 'login'
  readonly issuer: string
  readonly clientId: string
  readonly scopes: readonly string[]
  /** The port the browser comes back to, where the provider insists on one. */
  readonly redirectPort?: number
  /** Sign in by a code on any device, even where there is a browser. */
  readonly device?: true
}

/** A role for whoever a SAML identity provider vouches for: sts:AssumeRoleWithSAML. */
export interface SamlSpec {
  readonly kind: 'saml'
  /** Absent: chosen among the roles of the assertion. */
  readonly roleArn?: string
  /** The provider in IAM. Absent: the one the assertion names with the role. */
  readonly providerArn?: string
  readonly login: SamlLogin
  /** Seconds, 900 to 43200; absent: an hour. */
  readonly duration?: number
  /** The session policy as JSON text. */
  readonly policy?: string
  readonly policyArns?: readonly string[]
  readonly sts: Target
}

/**
 * How an assertion is come by: a command prints it, or a person signs in at `url`. With `callbackPort` the provider may
 * bring its answer to `http://127.0.0.1:<callbackPort>/saml` (0: to any port); without, the person pastes it.
 */
export type SamlLogin = { readonly process: string } | { readonly url: string; readonly callbackPort?: number }
