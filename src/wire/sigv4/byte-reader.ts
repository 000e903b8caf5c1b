import { WireFault } from '../wire-fault.ts'

/** Reads lines and counted bytes from pieces of any size, keeping no more than the piece at hand. */
export class ByteReader {
  readonly #source: AsyncIterator<Uint8Array>
  #piece: Uint8Array = new Uint8Array()
  #at = 0

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]()
  }

  /** The text up to the next CR LF, as latin1. Faults on a bare CR or LF and on a line of more than `most` bytes. */
  async line(most: number): Promise<string> {
    let text = ''
    for (;;) {
      const byte = await this.#byte()
      if (byte === 0x0d) {
        if ((await this.#byte()) !== 0x0a) throw new WireFault('malformed', 'a chunk line with a CR that no LF follows')
        return text
      }
      if (byte === 0x0a) throw new WireFault('malformed', 'a chunk line that ends without CR')
      if (text.length >= most) throw new WireFault('too-large', `a chunk line of more than ${most} bytes`)
      text += String.fromCharCode(byte)
    }
  }

  /** The next bytes: at least one, at most `most`, and no more than are at hand. */
  async some(most: number): Promise<Uint8Array> {
    await this.#fill()
    const bytes = this.#piece.subarray(this.#at, this.#at + most)
    if (bytes.length === 0) throw new WireFault('malformed', 'a chunked payload that ends too early')
    this.#at += bytes.length
    return bytes
  }

  /** Whether nothing follows. */
  async ended(): Promise<boolean> {
    await this.#fill()
    return this.#at >= this.#piece.length
  }

  /** Lets go of the source. */
  async close(): Promise<void> {
    await this.#source.return?.()
  }

  async #byte(): Promise<number> {
    if (this.#at >= this.#piece.length) await this.#fill()
    const byte = this.#piece[this.#at]
    if (byte === undefined) throw new WireFault('malformed', 'a chunked payload that ends too early')
    this.#at++
    return byte
  }

  async #fill(): Promise<void> {
    while (this.#at >= this.#piece.length) {
      const next = await this.#source.next()
      if (next.done) return
      this.#piece = next.value
      this.#at = 0
    }
  }
}
