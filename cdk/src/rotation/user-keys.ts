import {
  CreateAccessKeyCommand,
  DeleteAccessKeyCommand,
  GetAccessKeyLastUsedCommand,
  type IAMClient,
  ListAccessKeysCommand,
  NoSuchEntityException,
  UpdateAccessKeyCommand,
} from '@aws-sdk/client-iam'
import type { HeldKey } from './held-key.ts'

/** An access key as IAM lists it: without its secret. */
export interface ListedKey {
  readonly id: string
  readonly active: boolean
  readonly createdAt: Date
}

/** The access keys of the one user a rotation is for. IAM lets a user have two. */
export interface UserKeys {
  readonly list: () => Promise<readonly ListedKey[]>
  /** The only time anybody sees this key's secret. */
  readonly create: () => Promise<HeldKey>
  /** Can be taken back: an inactive key works again once it is made active. */
  readonly deactivate: (id: string) => Promise<void>
  /** Cannot be taken back. A key that is gone already is no error. */
  readonly remove: (id: string) => Promise<void>
  /** When it was last used; undefined if it never was. IAM may learn of a use hours later. */
  readonly lastUsed: (id: string) => Promise<Date | undefined>
}

/** The keys of a user, through the AWS SDK's client. */
export function userKeys(client: IAMClient, UserName: string): UserKeys {
  return {
    list: async () => {
      const { AccessKeyMetadata = [] } = await client.send(new ListAccessKeysCommand({ UserName }))
      return AccessKeyMetadata.map(({ AccessKeyId = '', Status, CreateDate = new Date(0) }) => ({
        id: AccessKeyId,
        active: Status === 'Active',
        createdAt: CreateDate,
      }))
    },
    create: async () => {
      const { AccessKey } = await client.send(new CreateAccessKeyCommand({ UserName }))
      const { AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey } = AccessKey ?? {}
      if (!accessKeyId || !secretAccessKey) throw new Error('IAM answered CreateAccessKey without a key')
      return { accessKeyId, secretAccessKey }
    },
    deactivate: async (AccessKeyId) => {
      await client.send(new UpdateAccessKeyCommand({ UserName, AccessKeyId, Status: 'Inactive' }))
    },
    remove: async (AccessKeyId) => {
      try {
        await client.send(new DeleteAccessKeyCommand({ UserName, AccessKeyId }))
      } catch (error) {
        if (!(error instanceof NoSuchEntityException)) throw error
      }
    },
    lastUsed: async (AccessKeyId) =>
      (await client.send(new GetAccessKeyLastUsedCommand({ AccessKeyId }))).AccessKeyLastUsed?.LastUsedDate,
  }
}
