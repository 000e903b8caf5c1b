import { mkdtempDisposableSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { App, Stack, Validations } from 'aws-cdk-lib'
import { AwsSolutionsChecks } from 'cdk-nag'

interface Report {
  readonly pluginReports: readonly {
    readonly violations: readonly {
      readonly ruleName: string
      readonly violatingConstructs: readonly { readonly constructPath: string }[]
    }[]
  }[]
}

/** What AWS's own checks and cdk-nag's AwsSolutions find in a stack and nobody gave a reason for: `RULE at PATH`. */
export function findings(write: (stack: Stack) => void): string[] {
  using outdir = mkdtempDisposableSync(join(tmpdir(), 'mayfly-findings-'))
  const app = new App({ outdir: outdir.path, analyticsReporting: false })
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app))
  write(new Stack(app, 'Stack'))
  const printed = console.error
  console.error = () => undefined
  try {
    app.synth()
  } catch (error) {
    if (!(error instanceof Error && error.message.includes('Validation failed'))) throw error
  } finally {
    console.error = printed
  }
  const report = JSON.parse(readFileSync(join(outdir.path, 'validation-report.json'), 'utf8')) as Report
  return report.pluginReports.flatMap(({ violations }) =>
    violations.flatMap(({ ruleName, violatingConstructs }) =>
      violatingConstructs.map(({ constructPath }) => `${ruleName} at ${constructPath}`),
    ),
  )
}
