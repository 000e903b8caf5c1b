import type { Cli } from '../cli.ts'
import type { Prepared } from './change-set.ts'
import type { PlannedChange } from './plan.ts'

export interface Undone {
  readonly stackName: string
  readonly account: string
  readonly region: string
  readonly changes: readonly PlannedChange[]
  /** What to type once it is executed. */
  readonly again: string
  readonly isQuiet: boolean
}

/** Says how a change set that waits is executed, or taken back. */
export function tellWaiting(cli: Cli, { id, isNew }: Prepared, { again, isQuiet, ...about }: Undone): void {
  const where = `--region ${about.region}`
  if (isQuiet) cli.print(JSON.stringify({ ...about, changeSetId: id }))
  else
    cli.print(`Nothing is changed yet. To execute the change set, and then to go on:
  aws cloudformation execute-change-set --change-set-name ${id} ${where}
  ${again}
To take it back:
  aws cloudformation ${isNew ? `delete-stack --stack-name ${about.stackName}` : `delete-change-set --change-set-name ${id}`} ${where}`)
}
