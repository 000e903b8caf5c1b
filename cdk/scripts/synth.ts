/** Writes the templates of `mayfly setup`. A test keeps them what the constructs give. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setupTemplates } from './setup-templates.ts'

const directory = join(import.meta.dirname, '..', '..', 'src', 'cli', 'setup')
for (const [name, template] of Object.entries(setupTemplates()))
  writeFileSync(join(directory, `${name}.template.data.json`), `${JSON.stringify(template, undefined, 2)}\n`)
