/** Where the sandbox's identity provider stands on its port. No bucket can have this name. */
export const idpPath = '/_oidc'

/** The issuer that tokens of the sandbox's identity provider name. */
export const issuerAt = (endpoint: string): string => endpoint + idpPath

/** The public client that Mayfly, and anybody else who tries the provider, logs people in as. */
export const idpClientId = 'mayfly'
