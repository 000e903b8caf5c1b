import { createHash } from 'node:crypto'
import { encodeBase32 } from '../base32.ts'
import type { Cloud, ManagedPolicy } from '../cloud.ts'
// Documents, paths, dates and version numbers are AWS's, as it publishes them. Those of 2026-04; the full texts.
import published from './managed-policies.data.json' with { type: 'json' }

/** Whether AWS publishes it: such a policy can be attached by anyone and changed by nobody. */
export const isAwsPolicy = (policy: ManagedPolicy): boolean => policy.accountId === 'aws'

/**
 * Puts the managed policies that AWS publishes into a cloud: those of tutorials, audits and key quarantine, not all of
 * the well over a thousand. Each has its current version only. What is there in that version already is left alone.
 */
export function seedManagedPolicies(cloud: Cloud): void {
  for (const { name, path, version, createdAt, updatedAt, document } of published) {
    const arn = `arn:aws:iam::aws:policy${path}${name}`
    if (cloud.policies.get(arn)?.defaultVersion === version) continue
    cloud.policies.put(arn, {
      accountId: 'aws',
      name,
      path,
      // Ids of the old generation, which carry no account; the same at every start.
      id: `ANPAI${encodeBase32(createHash('sha256').update(name).digest()).slice(0, 16)}`,
      arn,
      createdAt,
      updatedAt,
      defaultVersion: version,
      versions: [{ id: version, document, createdAt: updatedAt }],
      nextVersion: Number(version.slice(1)) + 1,
      tags: {},
    })
  }
}
