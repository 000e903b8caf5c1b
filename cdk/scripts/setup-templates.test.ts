import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setupTemplates } from './setup-templates.ts'

const directory = join(import.meta.dirname, '..', '..', 'src', 'cli', 'setup')

test('the templates of setup are what the constructs give', () => {
  for (const [name, template] of Object.entries(setupTemplates()))
    assert.deepEqual(
      JSON.parse(readFileSync(join(directory, `${name}.template.data.json`), 'utf8')),
      template,
      `npm run synth writes src/cli/setup/${name}.template.data.json`,
    )
})

test('they can be deployed where CDK was never bootstrapped', () => {
  for (const template of Object.values(setupTemplates()))
    assert.doesNotMatch(JSON.stringify(template), /BootstrapVersion|AssetParameters|CDKMetadata|aws:cdk/)
})
