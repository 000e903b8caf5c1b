import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import type { TestContext } from 'node:test'
import { aws, root } from './clients/clients.ts'

/** A command block of a page, and what the page says comes of it. */
interface Block {
  readonly heading: string
  readonly line: number
  readonly commands: string
  readonly fails: boolean
  /** The ```output block below it. `…` stands for anything. */
  readonly output: string | undefined
}

/** The blocks marked ```sh test (or ```sh test fails), each with the ```output block that follows it. */
function blocksOf(page: string): Block[] {
  const fence = /^(#+ .*)$|^```(\S+)(.*)\n([\s\S]*?)^```$/gm
  const blocks: Block[] = []
  let heading = ''
  for (const { 0: all, 1: title, 2: language, 3: marks = '', 4: text = '', index } of page.matchAll(fence)) {
    const last = blocks.at(-1)
    const line = page.slice(0, index).split('\n').length
    if (title !== undefined) heading = title.replace(/^#+ /, '')
    else if (language === 'sh' && /\btest\b/.test(marks))
      blocks.push({ heading, line, commands: text, fails: /\bfails\b/.test(marks), output: undefined })
    else if (language === 'output' && last) blocks[blocks.length - 1] = { ...last, output: text }
    else assert.notEqual(language, 'output', `an output block without commands: ${all}`)
  }
  return blocks
}

const mark = '@@ tutorial:'

/** One shell for all blocks, as a reader has: what one exports, the next finds. */
const scriptOf = (blocks: readonly Block[]): string =>
  blocks.map(({ commands }) => `{\n${commands}\n} 2>&1\nprintf '\\n${mark}%s\\n' "$?"\n`).join('\n')

/** Runs the script in an empty directory; ends it, and all it started, when it takes too long. */
function runIn(directory: string, script: string): Promise<string> {
  const clean = Object.entries(process.env).filter(([name]) => !/^(AWS|MAYFLY|COLUMNS)/.test(name))
  const path = [root, dirname(process.execPath), ...(aws.program.includes('/') ? [dirname(aws.program)] : [])]
  const env = {
    ...Object.fromEntries(clean),
    HOME: directory,
    PATH: [...path, process.env.PATH].join(delimiter),
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_PAGER: '',
    NO_COLOR: '1',
  }
  return new Promise((resolve, reject) => {
    const shell = spawn('sh', ['-c', script], {
      cwd: directory,
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
      detached: true,
    })
    const end = (): void => void (shell.pid && process.kill(-shell.pid, 'SIGKILL'))
    const tooLong = setTimeout(end, 300_000)
    let said = ''
    shell.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text
    })
    shell.on('error', reject)
    shell.on('close', () => {
      clearTimeout(tooLong)
      resolve(said)
    })
  })
}

/** The page's output as a pattern: all of it in this order, other lines in between only where it says `…`. */
const patternOf = (output: string): RegExp =>
  new RegExp(
    output
      .trim()
      .split('…')
      .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
      .join('[^]*?'),
  )

/** Runs the commands of a page of the repository in a directory, in their order, and compares what comes of each. */
export async function follow(t: TestContext, page: string, directory: string): Promise<void> {
  const blocks = blocksOf(readFileSync(join(root, page), 'utf8'))
  assert.ok(blocks.length > 4)
  const parts = (await runIn(directory, scriptOf(blocks))).split(`\n${mark}`)
  for (const [index, block] of blocks.entries()) {
    const said = (parts[index] ?? '').replace(/^\d+\n/, '')
    const status = Number(/^\d+/.exec(parts[index + 1] ?? '')?.[0] ?? Number.NaN)
    await t.test(`${block.heading} (line ${block.line})`, () => {
      assert.equal(status !== 0, block.fails, `status ${status}; it said:\n${said}`)
      if (block.output !== undefined) assert.match(said, patternOf(block.output))
    })
  }
}
