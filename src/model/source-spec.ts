/**
 * How credentials will be obtained: plain data, no secrets. Its digest is the cache key, `explain` prints it, and the
 * audit line carries it. Every field that changes what AWS would answer is in here, so an edited profile can never be
 * served old credentials.
 */
export type SourceSpec = PermanentKeySpec | SessionSpec

/** The specs of what never ends by itself: it signs, and is never handed out. */
export type PermanentKeySpec = StoredKeySpec | EnvironmentKeySpec

/** The specs of what ends by itself: all but a permanent key. */
export type SessionSpec =
  | MfaSessionSpec
  | AssumeRoleSpec
  | RolesAnywhereSpec
  | IdentityCenterSpec
  | WebIdentitySpec
  | SamlSpec
  | ConsoleLoginSpec
  | IotSpec
  | FederationTokenSpec
  | BrokeredSpec
  | EnvironmentSpec
  | ContainerSpec
  | ImdsSpec

/** A permanent key that rests in the vault. It signs, and never comes out. */
export interface StoredKeySpec {
  readonly kind: 'stored-key'
  /** Its public half: which key of the vault. */
  readonly accessKeyId: string
}

/** A permanent key in the environment. It signs, and never comes out. */
export interface EnvironmentKeySpec {
  readonly kind: 'environment-key'
  /** AWS_ACCESS_KEY_ID. */
  readonly accessKeyId: string
}

/** A session in the environment, which somebody else renews. Read at each call, kept nowhere. */
export interface EnvironmentSpec {
  readonly kind: 'environment'
  /** AWS_ACCESS_KEY_ID: another session has another one. */
  readonly accessKeyId: string
}

/** The role of the container this runs in. Asked for at each call, kept nowhere. */
export interface ContainerSpec {
  readonly kind: 'container'
  /** Scheme, host and port of the endpoint. */
  readonly origin: string
  /** A digest of the whole address and of the token or its file, which are secrets: what tells containers apart. */
  readonly holder: string
}

/** The role of the machine this runs on. Asked for at each call, kept nowhere. */
export interface ImdsSpec {
  readonly kind: 'imds'
  /** Of the instance metadata service, without a slash at its end. */
  readonly endpoint: string
  /** Version 2 or nothing. */
  readonly v1Disabled?: true
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

/** sts:GetFederationToken: a session under a name of its own, narrowed by a session policy. */
export interface FederationTokenSpec {
  readonly kind: 'federation-token'
  readonly base: StoredKeySpec
  readonly name: string
  /** Seconds, 900 to 129600. */
  readonly duration: number
  /** The session policy as JSON text. It or `policyArns` must be there: without, nothing is allowed. */
  readonly policy?: string
  readonly policyArns?: readonly string[]
  readonly sts: Target
}

/** The credentials provider of AWS IoT Core: the role behind an alias, for whoever holds the key of a certificate. */
export interface IotSpec {
  readonly kind: 'iot'
  /** The host, with a port where it is not 443. */
  readonly endpoint: string
  readonly roleAlias: string
  /** The thing the certificate is attached to. */
  readonly thing?: string
  /** The path of a PEM or DER file. */
  readonly certificate: string
  /** The path of a PEM file. */
  readonly privateKey: string
  /** The path of a PEM file: whom to trust instead of the public authorities. */
  readonly caBundle?: string
  /** A command that prints the passphrase; absent means asking, where one is needed. */
  readonly passphraseProcess?: string
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

/** Whoever signed in to the console: the user themselves, or the session of a role. signin:CreateOAuth2Token. */
export interface ConsoleLoginSpec {
  readonly kind: 'console-login'
  /** The ARN of who signs in; sign-ins of the same one are shared, as in AWS's own tools. */
  readonly session: string
  readonly signin: Target
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

/** A role from a Mayfly broker, for whoever signed in to it, or who proves by themselves who they are. */
export interface BrokeredSpec {
  readonly kind: 'brokered'
  /** The broker's address, without a slash at its end; proofs are made for it and are good nowhere else. */
  readonly broker: string
  /** The role's name at the broker, or its ARN. */
  readonly role: string
  /** Seconds; absent: what the grant says. */
  readonly duration?: number
  /** A session policy to narrow the grant's further: JSON text. */
  readonly policy?: string
  readonly reason?: string
  readonly ticket?: string
  /** It is an emergency: by a grant that is open in emergencies only. */
  readonly breakGlass?: true
  /** Absent: the person's sign-in, `mayfly login --broker`. */
  readonly proof?: BrokerProof
}

/** How a workload shows a broker who it is, with nobody at hand. */
export type BrokerProof = {
  /** Its name at the broker; absent: the only one of the kind. */
  readonly authenticator?: string
} & (
  | { readonly by: 'token'; readonly token: TokenPlace }
  | {
      readonly by: 'certificate'
      /** Where the broker takes certificates: its port with mutual TLS. */
      readonly address: string
      /** The path of a PEM or DER file. */
      readonly certificate: string
      /** The path of a PEM file. */
      readonly privateKey: string
      /** The path of a PEM file: whom to trust at that address instead of the public authorities. */
      readonly caBundle?: string
      /** A command that prints the passphrase; absent means asking, where one is needed. */
      readonly passphraseProcess?: string
    }
  /** A GetCallerIdentity that is signed, and that the broker sends to STS. */
  | { readonly by: 'aws'; readonly base: SessionSpec; readonly sts: Target }
)
