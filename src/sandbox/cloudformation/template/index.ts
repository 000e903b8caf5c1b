export { bindParameters, type GivenParameter } from './bind-parameters.ts'
export { type BoundParameters, givenParameters, shownParameters } from './bound-parameters.ts'
export { checkRules } from './check-rules.ts'
export { conditionsOf } from './conditions.ts'
export { evaluate } from './evaluate.ts'
export { dependenciesOf, orderOf, presentResources } from './order.ts'
export { readTemplate } from './read-template.ts'
export type { Scope } from './scope.ts'
export { templateSummary } from './summary.ts'
export type {
  ResourceDeclaration,
  Template,
} from './template.ts'
