import type { IConstruct } from 'constructs'

/**
 * A choice refused at synth time, before anything is deployed. The message has the construct's path, what was chosen,
 * and why it is unsafe, with the way to say it on purpose where there is one.
 */
export class Refusal extends Error {
  override readonly name = 'Refusal'

  constructor(scope: IConstruct, message: string) {
    super(`${scope.node.path}: ${message}`)
  }
}
