/**
 * As much of the optional package as is used here. Its own declarations are not there where it could not be compiled,
 * and everything else must still build.
 */
declare module 'pkcs11js' {
  type Handle = Buffer

  interface Attribute {
    readonly type: number
    readonly value?: number | string | Buffer
  }

  type Template = readonly Attribute[]

  interface TokenInfo {
    readonly label: string
    readonly manufacturerID: string
    readonly model: string
    readonly serialNumber: string
  }

  class PKCS11 {
    load(path: string): void
    close(): void
    C_Initialize(): void
    C_Finalize(): void
    C_GetSlotList(tokenPresent: boolean): readonly Handle[]
    C_GetTokenInfo(slot: Handle): TokenInfo
    C_OpenSession(slot: Handle, flags: number): Handle
    C_Login(session: Handle, user: number, pin: string): void
    C_FindObjectsInit(session: Handle, template: Template): void
    C_FindObjects(session: Handle, most: number): readonly Handle[]
    C_FindObjectsFinal(session: Handle): void
    C_GetAttributeValue(session: Handle, object: Handle, template: Template): Template
    C_SignInit(session: Handle, mechanism: { readonly mechanism: number }, key: Handle): void
    C_Sign(session: Handle, data: Buffer, into: Buffer): Buffer
  }

  const CKF_SERIAL_SESSION: number
  const CKU_USER: number
  const CKU_CONTEXT_SPECIFIC: number
  const CKR_USER_ALREADY_LOGGED_IN: number
  const CKR_PIN_INCORRECT: number
  const CKA_CLASS: number
  const CKA_LABEL: number
  const CKA_ID: number
  const CKA_VALUE: number
  const CKA_KEY_TYPE: number
  const CKA_ALWAYS_AUTHENTICATE: number
  const CKO_PRIVATE_KEY: number
  const CKO_CERTIFICATE: number
  const CKK_EC: number
  const CKM_ECDSA: number
  const CKM_RSA_PKCS: number
}
