/** What is wrong with something that came over the wire; a closed list. */
export type WireFaultCode = 'malformed' | 'too-large' | 'payload-mismatch'

/**
 * The one error the readers of this room throw, whatever bytes they are given. The message says what is wrong and
 * where, and never repeats the input: it may end in a log.
 */
export class WireFault extends Error {
  override readonly name = 'WireFault'
  readonly code: WireFaultCode

  constructor(code: WireFaultCode, message: string) {
    super(message)
    this.code = code
  }
}
