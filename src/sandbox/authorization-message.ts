import { createCipheriv, createDecipheriv } from 'node:crypto'
import type { Decided } from './authorize.ts'
import type { Cloud } from './cloud.ts'
import { Fault } from './fault.ts'

const keyName = 'authorization-message'

/** The key the messages are sealed with; made at the first need, kept with the state. */
function sealingKey(cloud: Cloud): Buffer {
  const secrets = cloud.store.table<{ readonly key: string }>('secret')
  const known = secrets.get(keyName)
  if (known) return Buffer.from(known.key, 'base64')
  const key = Buffer.from(cloud.randomBytes(32))
  secrets.put(keyName, { key: key.toString('base64') })
  return key
}

/**
 * Why a call was refused, sealed so that only an account's own sts:DecodeAuthorizationMessage opens it. AWS adds such
 * messages to refusals of EC2 and a few others; here they stand in the request log of every refusal by policy.
 */
export function sealMessage(cloud: Cloud, accountId: string, decided: Decided): string {
  const nonce = cloud.randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', sealingKey(cloud), nonce).setAAD(Buffer.from(accountId))
  const sealed = Buffer.concat([cipher.update(JSON.stringify(decoded(decided))), cipher.final()])
  return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64url')
}

/** The JSON inside a sealed message. Throws `InvalidAuthorizationMessageException` for anything not sealed for this account. */
export function openMessage(cloud: Cloud, accountId: string, message: string): string {
  const bytes = /^[\w-]+$/.test(message) ? Buffer.from(message, 'base64url') : Buffer.alloc(0)
  try {
    const decipher = createDecipheriv('aes-256-gcm', sealingKey(cloud), bytes.subarray(0, 12), { authTagLength: 16 })
    decipher.setAAD(Buffer.from(accountId)).setAuthTag(bytes.subarray(12, 28))
    return Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString('utf8')
  } catch {
    throw new Fault(
      'InvalidAuthorizationMessageException',
      400,
      'The specified authorization message is not valid. The message might be malformed, expired or encoded for another account.',
    )
  }
}

function decoded({ question, verdict }: Decided): object {
  const { principal, action, resource, context } = question
  const id = context['aws:userid']
  const conditions = Object.entries(context).map(([key, value]) => ({
    key,
    values: { items: [value].flat().map((each) => ({ value: each })) },
  }))
  return {
    allowed: false,
    explicitDeny: verdict.outcome === 'explicitly-denied',
    matchedStatements: {
      items: verdict.deciding.map(({ sid, type }) => ({
        statementId: sid ?? '',
        effect: 'DENY',
        sourcePolicyType: type,
      })),
    },
    failures: { items: [] },
    context: { principal: { id: id ?? '', arn: principal }, action, resource, conditions: { items: conditions } },
  }
}
