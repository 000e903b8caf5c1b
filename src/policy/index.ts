export { type AclGrant, type AclGrantee, policyOfAcl } from './acl.ts'
export { type Outcome, outcomeOf, type ParsedCase, type PolicyCase, parseCase } from './case.ts'
export {
  type CaseFault,
  type CaseReport,
  type CaseResult,
  renderCaseReport,
  runCases,
  runCasesText,
} from './cases.ts'
export { compile } from './compile.ts'
export type { Condition, PolicyDocument, PrincipalElement, Statement } from './document.ts'
export { type ConditionExplanation, type Explanation, explain, type StatementExplanation } from './explain.ts'
export { awsMessage, type Fault } from './fault.ts'
export type { Naming } from './grant.ts'
export { type ParsedPolicy, type ParseOptions, type PolicyKind, parsePolicy, parsePolicyValue } from './parse.ts'
export type {
  AccessQuestion,
  Decider,
  PolicySet,
  PolicyType,
  RequestContext,
  StatementRef,
  Verdict,
} from './question.ts'
export { denialMessage, denialReason } from './reason.ts'
export { nameStatement, renderExplanation } from './render-explanation.ts'
