import { createHash, type Hash, type KeyObject } from 'node:crypto'
import type { SigningKey } from '../../model/signing-key.ts'
import type { Authentication } from './authentication.ts'
import { basicDate, emptySha256, scopeText, sha256 } from './canonical.ts'
import { hmacHex, signingSecret } from './signing-secret.ts'

/**
 * The chain of signatures that goes through a chunked payload: each covers the one before it, from the one of the
 * request on. See "Signature calculations: transferring payload in multiple chunks" in the Amazon S3 API Reference.
 */
export class ChunkChain {
  readonly #secret: KeyObject
  readonly #scope: string
  readonly #date: string
  #previous: string

  constructor(authentication: Authentication, key: SigningKey) {
    this.#secret = signingSecret(key.secretAccessKey, authentication.scope)
    this.#scope = scopeText(authentication.scope)
    this.#date = basicDate(authentication.at)
    this.#previous = authentication.signature
  }

  /** Begins a chunk: hash its data with this, then pass it to `chunk`. */
  hash(): Hash {
    return createHash('sha256')
  }

  /** The signature of the next chunk. */
  chunk(data: Hash): string {
    this.#previous = this.#sign('AWS4-HMAC-SHA256-PAYLOAD', emptySha256, data.digest('hex'))
    return this.#previous
  }

  /** The signature of the trailers, each a line `name:value` that ends with LF. */
  trailers(text: string): string {
    return this.#sign('AWS4-HMAC-SHA256-TRAILER', sha256(Buffer.from(text, 'latin1')))
  }

  #sign(kind: string, ...digests: readonly string[]): string {
    return hmacHex(this.#secret, [kind, this.#date, this.#scope, this.#previous, ...digests].join('\n'))
  }
}
