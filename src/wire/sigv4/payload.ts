import { emptySha256, sha256 } from './canonical.ts'

/** The names that stand in the place of a digest when the body is sent in signed or unsigned chunks. */
export const streamingPayloads = [
  'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
  'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER',
  'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
] as const

export type StreamingPayload = (typeof streamingPayloads)[number]

/** What a signature says of the body: its SHA-256 in hex, that it is not covered, or that it comes in chunks. */
export type DeclaredPayload = 'UNSIGNED-PAYLOAD' | StreamingPayload | (string & {})

/** The body as the signer knows it. */
export type Payload =
  | { readonly body: string | Uint8Array }
  /** Lower-case hex. */
  | { readonly sha256: string }
  | { readonly unsigned: true }
  | { readonly streaming: StreamingPayload }

/** What the last line of the canonical request says of a body. */
export function declare(payload: Payload): DeclaredPayload {
  if ('unsigned' in payload) return 'UNSIGNED-PAYLOAD'
  if ('streaming' in payload) return payload.streaming
  if ('sha256' in payload) return payload.sha256
  return payload.body.length === 0 ? emptySha256 : sha256(payload.body)
}

/** Whether the body is framed in chunks, and so is read with `decodeChunks`. */
export const isStreaming = (declared: DeclaredPayload | undefined): declared is StreamingPayload =>
  streamingPayloads.some((name) => name === declared)
