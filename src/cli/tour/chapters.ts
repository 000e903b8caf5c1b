import { brokerChapter } from './broker-chapter.ts'
import { humansChapter } from './humans-chapter.ts'
import { keyChapter } from './key-chapter.ts'
import type { Chapter } from './step.ts'
import { workloadsChapter } from './workloads-chapter.ts'

/** The chapters of the tour, in the order to read them. */
export const chapters = {
  key: keyChapter,
  humans: humansChapter,
  workloads: workloadsChapter,
  broker: brokerChapter,
} satisfies Readonly<Record<string, Chapter>>

export const isChapter = (name: string): name is keyof typeof chapters => Object.hasOwn(chapters, name)
