/** One event of a stream. */
export interface StreamEvent {
  /** `message` where the stream names none. */
  readonly event: string
  readonly data: string
  /** The last id the stream gave, with this event or before. */
  readonly id: string | undefined
}

/** Characters an event may have: a stream without an end of line must not fill the memory. */
const longest = 4 * 1024 * 1024

/** The events in a stream of bytes, as "Server-sent events" of the HTML standard has them. Comments are left out. */
export async function* readEvents(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<StreamEvent> {
  const decoder = new TextDecoder()
  let rest = ''
  let id: string | undefined
  let event = ''
  let data: string[] = []
  let size = 0
  for await (const chunk of chunks) {
    rest += decoder.decode(chunk, { stream: true })
    // A line that ends in CR may go on with the LF of the next chunk.
    const lines = rest.split(/\r\n|\n|\r(?!$)/)
    rest = lines.pop() ?? ''
    for (const line of lines) {
      size += line.length
      if (line === '') {
        if (data.length > 0) yield { event: event || 'message', data: data.join('\n'), id }
        ;[event, data, size] = ['', [], 0]
        continue
      }
      const [, name = '', value = ''] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? []
      if (name === 'event') event = value
      else if (name === 'data') data.push(value)
      else if (name === 'id' && !value.includes('\0')) id = value
    }
    if (size + rest.length > longest) throw new Error(`an event of more than ${longest} characters`)
  }
}
