import { nodeCrypto } from '../host/node-crypto.ts'

/** The claims that tell holders of tokens apart; a renewed token of the same holder has the same. */
const telling = ['iss', 'sub', 'aud', 'azp', 'https://aws.amazon.com/tags', 'https://aws.amazon.com/source_identity']

/** Session tags in their other form: a claim each. */
const flatTags = 'https://aws.amazon.com/tags/'

/** A digest of whom a token is about; of all of it, when that cannot be read. */
export function holderOf(token: string): string {
  try {
    const claims: unknown = JSON.parse(Buffer.from(token.trim().split('.')[1] ?? '', 'base64url').toString('utf8'))
    const known = new Map(Object.entries(claims ?? {}))
    const tags = [...known]
      .filter(([name]) => name.startsWith(flatTags))
      .sort(([one], [other]) => (one < other ? -1 : 1))
    return digest(JSON.stringify([...telling.map((name) => known.get(name) ?? null), ...tags]))
  } catch {
    return digest(token)
  }
}

/** Enough of a SHA-256 to tell one text from another. */
export const digest = (text: string): string => nodeCrypto().hash('sha256', text).slice(0, 32)
