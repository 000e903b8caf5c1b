import type { Administrator } from './administrator.ts'
import { codeOf, refusal } from './refusal.ts'

/** What a user got after they were set up, and without whose removal IAM deletes no user. */
export interface Belonging {
  /** For people: `the MFA device arn:…`. */
  readonly what: string
  readonly remove: () => Promise<void>
}

/** The devices of a user, and their keys but `key`, which the stack itself deletes; none for a role. */
export async function belongingsOf(
  by: Administrator,
  userName: string | undefined,
  key: string | undefined,
): Promise<readonly Belonging[]> {
  if (userName === undefined) return []
  const {
    DeactivateMFADeviceCommand,
    DeleteAccessKeyCommand,
    DeleteVirtualMFADeviceCommand,
    IAMClient,
    ListAccessKeysCommand,
    ListMFADevicesCommand,
  } = await import('@aws-sdk/client-iam')
  const client = new IAMClient(by.clientOf('iam'))
  const UserName = userName
  try {
    const { MFADevices = [] } = await client.send(new ListMFADevicesCommand({ UserName }))
    const { AccessKeyMetadata = [] } = await client.send(new ListAccessKeysCommand({ UserName }))
    return [
      ...MFADevices.flatMap(({ SerialNumber }) => {
        if (SerialNumber === undefined) return []
        const remove = async (): Promise<void> => {
          await client.send(new DeactivateMFADeviceCommand({ UserName, SerialNumber }))
          // Only virtual devices have an ARN; another is a thing in somebody's hand.
          if (/^arn:[\w-]+:iam::\d{12}:mfa\//.test(SerialNumber))
            await client.send(new DeleteVirtualMFADeviceCommand({ SerialNumber }))
        }
        return [{ what: `the MFA device ${SerialNumber}`, remove }]
      }),
      ...AccessKeyMetadata.flatMap(({ AccessKeyId }) => {
        if (AccessKeyId === undefined || AccessKeyId === key) return []
        const remove = async (): Promise<void> => {
          await client.send(new DeleteAccessKeyCommand({ UserName, AccessKeyId }))
        }
        return [{ what: `the further key ${AccessKeyId}`, remove }]
      }),
    ]
  } catch (error) {
    // A removal that was broken off may have deleted the user already.
    if (codeOf(error).startsWith('NoSuchEntity')) return []
    throw refusal(`What ${userName} has cannot be listed`, error)
  }
}
