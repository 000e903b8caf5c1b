/** The newest `most` texts it was given. */
export interface Remembered {
  readonly has: (text: string) => boolean
  readonly add: (text: string) => void
}

export function remembered(most: number): Remembered {
  const texts = new Set<string>()
  return {
    has: (text) => texts.has(text),
    add: (text) => {
      texts.delete(text)
      texts.add(text)
      if (texts.size <= most) return
      const [oldest] = texts
      if (oldest !== undefined) texts.delete(oldest)
    },
  }
}
