import { keyChapter } from './key-chapter.ts'
import type { Chapter } from './step.ts'

/** The chapters of the tour, in the order to read them. */
export const chapters = {
  key: keyChapter,
} satisfies Readonly<Record<string, Chapter>>

export const isChapter = (name: string): name is keyof typeof chapters => Object.hasOwn(chapters, name)
