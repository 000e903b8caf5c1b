import { globSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { follow } from '../page.ts'
import { aws, root } from './clients.ts'

describe('tutorials', { concurrency: 2 }, () => {
  for (const page of globSync('docs/tutorial-*.md', { cwd: root }).sort())
    test(`every command of ${page} does what the page says`, { skip: aws.skip }, async (t) => {
      const directory = mkdtempSync(join(tmpdir(), 'mayfly-tutorial-'))
      t.after(() => rmSync(directory, { recursive: true, force: true }))
      await follow(t, page, directory)
    })
})
