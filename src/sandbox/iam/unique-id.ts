import { makeUniqueId } from '../../model/access-key-id.ts'
import type { Cloud } from '../cloud.ts'

/** A fresh unique id of the account, for example `AIDA…` for a user. */
export const newUniqueId = (cloud: Cloud, prefix: string, accountId: string): string =>
  makeUniqueId(prefix, accountId, () => Buffer.from(cloud.randomBytes(4)).readUInt32BE() / 2 ** 32)
