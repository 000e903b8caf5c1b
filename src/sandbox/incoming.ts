import type { WireRequest } from '../wire/message.ts'

/** A request as the server hands it over. The body is read when, and only when, somebody asks for it. */
export interface Incoming {
  readonly request: WireRequest
  readonly source: AsyncIterable<Uint8Array>
  readonly sourceIp: string
}
