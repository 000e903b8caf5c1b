import {
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  ResourceNotFoundException,
  type SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager'

type Stage = 'AWSCURRENT' | 'AWSPENDING' | 'AWSPREVIOUS'

/** The one secret a rotation is for. */
export interface RotatedSecret {
  readonly describe: () => Promise<{
    readonly rotates: boolean
    /** The stages of each version, by version. */
    readonly stages: Readonly<Record<string, readonly string[]>>
  }>
  /** The text of the version in a stage, if it has one; with a version, only if it is that version. */
  readonly read: (stage: Stage, version?: string) => Promise<string | undefined>
  /** Stores a text as a version that is pending. Said again with the same text, it does nothing. */
  readonly putPending: (version: string, text: string, rotationToken: string | undefined) => Promise<void>
  /** Takes a stage off a version, and puts it on another one. */
  readonly moveStage: (stage: Stage, from: string | undefined, to: string | undefined) => Promise<void>
}

/** A secret, through the AWS SDK's client. */
export function rotatedSecret(client: SecretsManagerClient, SecretId: string): RotatedSecret {
  return {
    describe: async () => {
      const described = await client.send(new DescribeSecretCommand({ SecretId }))
      return { rotates: described.RotationEnabled === true, stages: described.VersionIdsToStages ?? {} }
    },
    read: async (VersionStage, VersionId) => {
      try {
        return (await client.send(new GetSecretValueCommand({ SecretId, VersionStage, VersionId }))).SecretString
      } catch (error) {
        if (error instanceof ResourceNotFoundException) return undefined
        throw error
      }
    },
    putPending: async (ClientRequestToken, SecretString, RotationToken) => {
      const VersionStages = ['AWSPENDING']
      await client.send(
        new PutSecretValueCommand({ SecretId, ClientRequestToken, SecretString, VersionStages, RotationToken }),
      )
    },
    moveStage: async (VersionStage, RemoveFromVersionId, MoveToVersionId) => {
      await client.send(
        new UpdateSecretVersionStageCommand({ SecretId, VersionStage, RemoveFromVersionId, MoveToVersionId }),
      )
    },
  }
}
